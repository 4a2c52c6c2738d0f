"""The warehouse's side of the counts that must add up (contract §9).

Covered by tests/defs/checks/test_counts.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from loaders.connection.session import Session, in_utc
from loaders.queries.ledger import has_ledger_table


@dataclass(frozen=True)
class UnbalancedLoad:
    """A load whose counts do not add up, or differ from the sums of its `arrivals`."""

    archive_hour: datetime
    staged: int
    inserted: int
    updated: int
    ignored: int
    deleted: int
    arrived_inserted: int
    arrived_updated: int
    arrived_deleted: int


@dataclass(frozen=True)
class RepeatedId:
    """An id that a table holds more than once."""

    archive_hour: datetime
    id: str
    held: int


@dataclass(frozen=True)
class ArrivedTable:
    """An event table that ever had a row, and its rows by `arrivals`."""

    table_name: str
    archive_hour: datetime
    """The first archive hour that changed it."""
    arrived: int


@dataclass(frozen=True)
class UnequalHour:
    """An event hour whose rows differ from the sum of its `arrivals`."""

    archive_hour: datetime
    event_hour: datetime
    arrived: int
    held: int


@dataclass(frozen=True)
class HourRows:
    """The rows of an archive hour in a home table, and its copies that lost against another hour."""

    archive_hour: datetime
    won: int
    lost: int


def unbalanced_loads(session: Session, source: str, hours: Sequence[datetime]) -> list[UnbalancedLoad]:
    """Return the newest loads of these archive hours whose counts do not add up."""
    return session.records(UnbalancedLoad, "queries/reconciliation/unbalanced_loads", source=source, hours=list(hours))


def repeated_ids(session: Session, schema: str, table: str, hours: Sequence[datetime]) -> list[RepeatedId]:
    """Return up to 20 ids of these archive hours that a table holds more than once."""
    names = {"table": (schema, table)}
    return session.records(RepeatedId, "queries/reconciliation/repeated_ids", names, hours=list(hours))


def arrived_tables(session: Session, schema: str) -> list[ArrivedTable]:
    """Return the event tables of a schema that ever had a row, by name; they may have been dropped since."""
    return session.records(ArrivedTable, "queries/reconciliation/arrived_tables", schema=schema)


def unequal_hours(
    session: Session, source: str, schema: str, table: str, hours: Sequence[datetime]
) -> list[UnequalHour]:
    """Return the event hours that these archive hours changed and whose rows differ from the sum of `arrivals`."""
    return session.records(
        UnequalHour,
        "queries/reconciliation/unequal_hours",
        {"table": (schema, table)},
        schema=schema,
        table=table,
        source=source,
        hours=list(hours),
    )


def hour_rows(
    session: Session, source: str, schema: str, home_table: str, kind: str, hours: Sequence[datetime]
) -> list[HourRows]:
    """Return the rows and losing copies of these archive hours; `kind` is the type of the home table's events."""
    names = {"table": (schema, home_table)}
    values = {"schema": schema, "source": source, "type": kind, "hours": list(hours)}
    return session.records(HourRows, "queries/reconciliation/hour_rows", names, **values)


def dropped_ids(
    session: Session, source: str, schema: str, kind: str, hours: Sequence[datetime]
) -> Mapping[datetime, int]:
    """Return the ids of archive hours that retention dropped since their load; empty in an older warehouse."""
    if not hours or not has_ledger_table(session, "dropped"):
        return {}
    values = {"schema": schema, "source": source, "type": kind, "hours": list(hours)}
    rows = session.rows("queries/reconciliation/dropped_ids", **values)
    return {in_utc(row.archive_hour): int(row.dropped) for row in rows}


def excluded_ids(session: Session, source: str, kind: str, hours: Sequence[datetime]) -> Mapping[datetime, int]:
    """Return the ids of archive hours that the settings of their load left out; empty in an older warehouse."""
    if not hours or not has_ledger_table(session, "excluded"):
        return {}
    rows = session.rows("queries/reconciliation/excluded_ids", source=source, type=kind, hours=list(hours))
    return {in_utc(row.archive_hour): int(row.excluded) for row in rows}
