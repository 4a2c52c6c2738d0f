"""What fills the budgets of a source: event tables with rows and columns, or the columns of one table.

Covered by tests/cli/catalog/test_usage.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from loaders.catalog.names import find_table
from loaders.catalog.store import read_catalog
from loaders.queries.tables import table_sizes
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import UNSEEN, WHOLE, Catalog, Column
from loaders.transform.standard_columns import HOME_TABLES

By = Literal["rows", "columns", "last", "name"]

DROPPED: Final = "dropped"


@dataclass(frozen=True)
class TableUsage:
    """One event table, or one that was dropped and is not added again."""

    table: str
    rows: int = 0
    columns: int = 0
    """All columns, as the budget counts them."""
    last_archive_hour: datetime | None = None
    """The last archive hour with a value for a column that comes from events; None if there is none."""
    counts: bool = False
    """Whether it counts against the budget of event tables."""
    state: str = ""
    """`dropped`, or empty."""


@dataclass(frozen=True)
class ColumnUsage:
    """One column that comes from events, or one that was dropped and is not added again."""

    column: str
    type: str
    values: int = 0
    """Values in the loaded hours, copies that lost included."""
    rescued: int = 0
    first_archive_hour: datetime | None = None
    last_archive_hour: datetime | None = None
    path: str = ""


def table_usage(settings: Settings, source: Source, by: By) -> list[TableUsage]:
    """Return the tables of a source, sorted: the fullest first, or the one with the oldest last value, or by name.

    `users` is not among them: it follows identifies.
    """
    with open_ledger(settings) as session:
        if session is None:
            return []
        layout = read_layout(session, source.schema)
        catalog = read_catalog(session, source.schema, layout)
        sizes = table_sizes(session, source.schema)
    tables = [
        TableUsage(table, sizes.get(table, 0), len(layout.get(table, {})), _last(columns.values()), _counts(table))
        for table, columns in catalog.tables.items()
    ]
    tables += [TableUsage(dropped.table, state=DROPPED) for dropped in catalog.dropped if dropped.column == WHOLE]
    keys: dict[By, Callable[[TableUsage], float]] = {
        "rows": lambda usage: -usage.rows,
        "columns": lambda usage: -usage.columns,
        "last": lambda usage: _age(usage.last_archive_hour),
        "name": lambda usage: 0,
    }
    return sorted(tables, key=lambda usage: (keys[by](usage), usage.table))


def column_usage(settings: Settings, source: Source, table: str, by: By) -> list[ColumnUsage]:
    """Return the columns of a table that come from events. Raise Terminal if there is no such table."""
    with open_ledger(settings) as session:
        layout = {} if session is None else read_layout(session, source.schema)
        catalog = Catalog() if session is None else read_catalog(session, source.schema, layout)
    find_table(catalog, table)
    columns = [_column(column) for column in catalog.table(table).values()]
    columns += [ColumnUsage(name, DROPPED) for name in catalog.dropped_columns(table)]
    keys: dict[By, Callable[[ColumnUsage], float]] = {
        "rows": lambda usage: -usage.values,
        "columns": lambda usage: 0,
        "last": lambda usage: _age(usage.last_archive_hour),
        "name": lambda usage: 0,
    }
    return sorted(columns, key=lambda usage: (keys[by](usage), usage.column))


def _column(column: Column) -> ColumnUsage:
    first, last = column.first_archive_hour, column.last_archive_hour
    return ColumnUsage(
        column.name,
        column.type,
        sum(column.counts[:5]),
        column.rescued,
        None if first in UNSEEN else first,
        None if last in UNSEEN else last,
        column.path,
    )


def _age(last: datetime | None) -> float:
    """Return a key that sorts the oldest last value first."""
    return 0 if last is None else last.timestamp()


def _last(columns: Iterable[Column]) -> datetime | None:
    hours = [column.last_archive_hour for column in columns if column.last_archive_hour not in UNSEEN]
    return max(hours, default=None)


def _counts(table: str) -> bool:
    return table not in {*HOME_TABLES.values(), "users"}
