"""The catalog as a value: the columns of one schema's event tables and their types (contract §6, §8).

Covered by tests/loaders/transform/test_type_inference.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from loaders.transform.standard_columns import LogicalType

KINDS: Final = ("booleans", "ints", "floats", "strings", "datetimes")
"""The kinds of values that are counted, in the order of every list of counts; ``rescued`` follows them."""

UNSEEN: Final = (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
"""First and last archive hour of a column that no event has had yet: later and earlier than every hour."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column made from members of events. Standard columns and ours are not in the catalog."""

    table: str
    name: str
    type: LogicalType
    path: str
    """Path of its first value in the event, keys joined by dots."""
    provisional: bool
    first_archive_hour: datetime
    last_archive_hour: datetime
    first_file: str = ""
    pinned: bool = False
    booleans: int = 0
    ints: int = 0
    floats: int = 0
    strings: int = 0
    datetimes: int = 0
    rescued: int = 0

    @property
    def counts(self) -> tuple[int, int, int, int, int, int]:
        """Values seen by kind, before conversion, and the number of rescued values."""
        return self.booleans, self.ints, self.floats, self.strings, self.datetimes, self.rescued

    def with_counts(self, counts: Sequence[int]) -> Column:
        """Return the column with these counts: the five kinds, then the rescued values."""
        booleans, ints, floats, strings, datetimes, rescued = counts
        return replace(
            self,
            booleans=booleans,
            ints=ints,
            floats=floats,
            strings=strings,
            datetimes=datetimes,
            rescued=rescued,
        )


def empty_columns(columns: Iterable[Column]) -> dict[str, LogicalType]:
    """Return the types of the columns that no event has had a value for: those that are declared or imported."""
    return {column.name: column.type for column in columns if column.first_archive_hour == UNSEEN[0]}


@dataclass(frozen=True, slots=True)
class Declaration:
    """Tables and columns that exist before any event has them, by name (contract §5)."""

    names: tuple[str, ...] = ()
    """As configured: names of shipped files, and paths."""
    tables: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    """Also tables without a column of their own."""


WHOLE: Final = "*"
"""Instead of a column's name: the whole table. No column can have this name."""


_NONE_KEPT: Final[frozenset[str]] = frozenset()


class DropTarget(NamedTuple):
    """An event table, or one column of a table."""

    table: str
    column: str = WHOLE

    def __str__(self) -> str:
        return self.table if self.column == WHOLE else f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The columns of one schema by table and name, each table's in the order they were first seen.

    `dropped` are the tables and columns that an operator has dropped: they are not created again, their values are
    rescued. `taken` are names that no event table can have, with the reasons: their events have no table of their own.
    `kept` are names that version 0.1 gave: what has them keeps them (see `kept_names`).
    """

    tables: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    dropped: frozenset[DropTarget] = frozenset()
    taken: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Table -> its columns whose names are kept, and ``*`` if the table's own name is."""
    taken_over: bool = field(default=True, compare=False)
    """Whether the warehouse has recorded `kept`; else the next load does."""

    def table(self, name: str) -> Mapping[str, Column]:
        """Return the columns of a table; empty when it has none."""
        return self.tables.get(name, {})

    def kept_columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table that keep their names."""
        return self.kept.get(table, _NONE_KEPT)

    def kept_tables(self) -> frozenset[str]:
        """Return the event tables that keep their names."""
        return frozenset(table for table, names in self.kept.items() if WHOLE in names)

    def has_dropped(self, table: str) -> bool:
        """Return whether a whole table was dropped."""
        return DropTarget(table) in self.dropped

    def dropped_columns(self, table: str) -> frozenset[str]:
        """Return the columns that were dropped from a table, apart from the whole table."""
        return frozenset(target.column for target in self.dropped if target.table == table) - {WHOLE}


@dataclass(frozen=True, slots=True)
class Budgets:
    """Upper bounds on what events may add to the warehouse; values beyond them are rescued (contract §5)."""

    columns: int = 1_000
    """Columns of a table, standard ones and ours included."""
    tables: int = 500
    """Event tables of a schema."""
    values: int = 300
    """Values of a row, standard columns and ours included."""
