"""The column statistics of a load's hours: which types their values settle, and the catalog after the load.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.column_stats import ColumnStats
from loaders.transform.contracts.contract import Freeze
from loaders.transform.standard_columns import OURS, LogicalType, standard_columns

Counts = Mapping[str, Mapping[str, Sequence[int]]]
"""Table -> column -> values by kind, and rescued."""


@dataclass(slots=True)
class HourStats:
    """The column statistics of the hours of a load, table by table."""

    catalog: Catalog
    budgets: Budgets
    previous_counts: Mapping[datetime, Counts] = field(default_factory=dict)
    """What the previous loads of the hours added to the catalog, by archive hour; it is subtracted."""
    assumed: Mapping[str, Mapping[str, LogicalType]] = field(default_factory=dict)
    """Table -> column -> the type to use before all values are seen."""
    tentative: bool = False
    """Whether the rows can be made a second time."""
    freeze: Freeze | None = None
    """Which tables gain no columns by themselves."""
    tables: dict[str, ColumnStats] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Table -> type of its events."""

    def of(self, table: str, event_type: str) -> ColumnStats:
        """Return the statistics of a table's columns."""
        if table not in self.tables:
            self.types[table] = event_type
            fixed = len(standard_columns(event_type)) + len(OURS)
            kept = self.catalog.kept_columns(table)
            self.tables[table] = ColumnStats(
                table,
                self.catalog.table(table),
                self.budgets.columns - fixed,
                {hour: counts[table] for hour, counts in self.previous_counts.items() if table in counts},
                self.assumed.get(table, {}),
                self.catalog.dropped_columns(table),
                kept,
                self.tentative,
                admits=self.freeze.admits_column(table, kept) if self.freeze else None,
            )
        return self.tables[table]

    def wrong_tables(self) -> frozenset[str]:
        """Return the tables with a column whose assumed type all values of the load have disproved."""
        return frozenset(table for table, stats in self.tables.items() if stats.given_up or stats.wrong())

    def second_pass(self, tables: frozenset[str]) -> HourStats:
        """Return statistics that count these tables again, by the types that all values of the load settled.

        The other tables' statistics are copies: counting their values a second time leaves the first count alone.
        """
        return replace(
            self,
            assumed={table: self.tables[table].settled() for table in tables},
            tentative=False,
            tables={table: stats.copy() for table, stats in self.tables.items() if table not in tables},
        )

    def replace_tables(self, second: HourStats, tables: frozenset[str]) -> None:
        """Use the statistics of a second pass for these tables."""
        self.tables |= {table: stats for table, stats in second.tables.items() if table in tables}

    def catalog_after(self) -> Catalog:
        """Return the catalog after this load."""
        counted = {table for counts in self.previous_counts.values() for table in counts}
        for table in sorted(counted - self.tables.keys()):
            self.of(table, "track")  # its events are gone from the hours, so what they added is subtracted
        after = {table: dict(columns) for table, columns in self.catalog.tables.items()}
        for table, stats in self.tables.items():
            after[table] = {column.name: column for column in stats.columns()}
        return replace(self.catalog, tables=after)

    def retyped(self, after: Catalog) -> tuple[tuple[str, str, str, str], ...]:
        """Return (table, column, old type, new type) of the columns that have another type in the catalog after."""
        return tuple(
            (table, column, known.type, after.tables[table][column].type)
            for table, columns in self.catalog.tables.items()
            for column, known in columns.items()
            if known.type != after.tables[table][column].type
        )

    def counts(self, hour: datetime) -> dict[str, dict[str, list[int]]]:
        """Return table -> column -> values by kind and rescued, of one hour of the load alone."""
        return {table: seen for table, stats in self.tables.items() if (seen := stats.by_hour.get(hour))}
