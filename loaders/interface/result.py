"""The result of a load: its counts, the changes per table, the days whose rows changed.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime


@dataclass(frozen=True)
class TableCounts:
    """Rows of one event table: staged = inserted + updated + ignored (contract §9)."""

    staged: int
    inserted: int
    updated: int
    ignored: int
    deleted: int


@dataclass(frozen=True)
class ReusedId:
    """An event with the id of an event of another hour: `differs` names what differs, `event, user`, and no value."""

    archive_hour: datetime
    conflicts: int
    """How many such events the hour has in all."""
    type: str
    id: str
    other_archive_hour: datetime
    differs: str


@dataclass(frozen=True)
class LoadResult:
    """The result of one hour of a load. `loaded` is False if the hour was loaded already and nothing was done."""

    loaded: bool
    load_id: str
    counts: dict[str, int]
    """All counts of `loads`; those of the previous load if the hour was loaded already."""
    tables: dict[str, TableCounts] = field(default_factory=dict)
    schema_changes: tuple[str, ...] = ()
    """Changes of the tables themselves; those of a shared load are in the result of its first hour."""
    touched: tuple[date, ...] = ()
    """UTC days of event time whose rows changed: the days that rollups recompute."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Step -> seconds of the load, which other hours may share."""
    hours: int = 1
    """The archive hours that shared the load."""
    excluded: int = 0
    """Events (distinct ids) that the settings leave out; 0 if the hour was loaded already."""
    violating: int = 0
    """Events that violate their contract; 0 if the hour was loaded already."""
    contract_quarantined: int = 0
    """Those of them that have no row."""
    id_conflicts: int = 0
    """Events of the hour that differ from the row of another hour with their id in more than clocks (contract §9)."""
    reused_ids: tuple[ReusedId, ...] = ()
    """A few of them."""
    warnings: tuple[str, ...] = ()
    """Problems that did not fail the load."""


@dataclass(frozen=True)
class Changes:
    """The changes of a load, summed from its `arrivals`."""

    tables: dict[str, TableCounts]
    touched: tuple[date, ...]

    def totals(self) -> dict[str, int]:
        """Return `staged`, `inserted`, `updated`, `ignored` and `deleted` over all event tables."""
        names = [field.name for field in fields(TableCounts)]
        return {name: sum(getattr(table, name) for table in self.tables.values()) for name in names}
