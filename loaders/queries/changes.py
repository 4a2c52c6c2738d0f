"""What loads changed, by table, and how many rows each table holds by that record.

Covered by tests/defs/tables/test_reports.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from loaders.connection.session import Session
from loaders.schema.evolve import USERS


@dataclass(frozen=True)
class TableChange:
    """Rows that some loads inserted, updated and deleted in one event table."""

    table_name: str
    inserted: int
    updated: int
    deleted: int


def changed_tables(session: Session, schema: str, loads: Collection[str]) -> list[TableChange]:
    """Return what these loads changed in each event table of a schema, by name."""
    if not loads:
        return []
    return session.records(TableChange, "queries/tables/changed_tables", schema=schema, loads=sorted(loads))


def restated_tables(session: Session, schema: str, loads: Collection[str]) -> dict[str, list[date]]:
    """Return the days that these loads restated, by table."""
    days: dict[str, list[date]] = {}
    if loads:
        for row in session.rows("queries/lateness/restated_tables", schema=schema, loads=sorted(loads)):
            days.setdefault(row.table_name, []).append(row.day)
    return days


def held_rows(session: Session, schema: str, existing: Collection[str]) -> dict[str, int]:
    """Return the rows of the existing tables: of event tables by `arrivals`, of `users` by counting."""
    held = {row.table_name: int(row.held) for row in session.rows("queries/tables/held_rows", schema=schema)}
    if USERS in existing:
        held[USERS] = int(session.rows("queries/tables/count_rows", {"table": (schema, USERS)})[0].held)
    return {table: held.get(table, 0) for table in existing}
