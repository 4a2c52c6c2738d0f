"""What loads changed, by table, and how many rows each table holds by that record.

Covered by tests/defs/tables/test_reports.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from loaders.connection.session import Session
from loaders.schema.evolve import IDENTIFIES, USERS


@dataclass(frozen=True)
class TableChange:
    """Rows that some loads inserted, updated and deleted in one event table."""

    table_name: str
    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True)
class HeldRows:
    """The rows of a table, and the newest archive hour that changed it; None if none has."""

    table_name: str
    rows_held: int
    changed: datetime | None


def changed_tables(session: Session, schema: str, loads: Collection[str]) -> list[TableChange]:
    """Return what these loads changed in each event table of a schema, by name."""
    if not loads:
        return []
    return session.records(TableChange, "queries/tables/changed_tables", schema=schema, loads=sorted(loads))


def held_rows(session: Session, schema: str, existing: Collection[str]) -> dict[str, HeldRows]:
    """Return the rows of the existing tables: of event tables by `arrivals`, of `users` by counting."""
    rows = session.records(HeldRows, "queries/tables/held_rows", schema=schema)
    held = {of_table.table_name: of_table for of_table in rows}
    if USERS in existing:
        users = int(session.rows("queries/tables/count_rows", {"table": (schema, USERS)})[0].held)
        identifies = held.get(IDENTIFIES)
        held[USERS] = HeldRows(USERS, users, identifies.changed if identifies else None)
    return {table: held.get(table, HeldRows(table, 0, None)) for table in existing}


def rows_by_day(session: Session, schema: str, start: datetime) -> dict[str, dict[date, int]]:
    """Return the rows of every event table by the UTC day of their events, from `start` on."""
    days: dict[str, dict[date, int]] = {}
    for row in session.rows("queries/tables/rows_by_day", schema=schema, start=start):
        days.setdefault(row.table_name, {})[row.day] = int(row.rows_held)
    return days
