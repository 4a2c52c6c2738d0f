"""Event tables: their sizes, a few of their rows, the catalog's columns, and the events that are in none of them.

Covered by tests/defs/test_assets.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.queries.ledger import has_ledger_table
from loaders.schema.introspect import read_layout, read_schema, read_tables
from loaders.schema.taken_names import find_taken
from loaders.transform.names import events_of
from loaders.transform.standard_columns import HOME_TABLES

_TRACKS: Final = HOME_TABLES["track"]


def find_used(warehouse: Warehouse, schemas: Sequence[str]) -> list[str]:
    """Return those of the schemas that have tables; none in a database that does not exist yet."""
    if not warehouse.is_created():
        return []
    with warehouse.reading() as session:
        return [schema for schema in schemas if read_tables(session, schema)]


@dataclass(frozen=True)
class SampleRow:
    """The first columns of a row of an event table."""

    table: str
    id: str
    user_id: str | None
    anonymous_id: str | None
    timestamp: datetime
    received_at: datetime | None
    _rescued: object


@dataclass(frozen=True)
class ColumnType:
    """A column of the catalog that is not dropped."""

    table_name: str
    column_name: str
    type: str
    path: str | None
    first_archive_hour: datetime | None
    """The archive hour whose events added it; None if it was imported."""


@dataclass(frozen=True)
class ExcludedEvents:
    """Events that the settings of a source leave out, of one type and name."""

    type: str
    event: str | None
    events: int


def table_sizes(session: Session, schema: str) -> dict[str, int]:
    """Return the number of rows of every table of a schema, the largest first."""
    sizes = {name: count_rows(session, schema, name) for name in read_tables(session, schema)}
    return dict(sorted(sizes.items(), key=lambda entry: (-entry[1], entry[0])))


def count_rows(session: Session, schema: str, table: str) -> int:
    """Return the number of rows of a table."""
    return int(session.rows("queries/tables/count_rows", {"table": (schema, table)})[0].held)


def sample_rows(
    session: Session, schema: str, tables: Sequence[str], hour: datetime, *, at_most: int
) -> list[SampleRow]:
    """Return a few rows of an archive hour from the first of the tables that has any, the newest first."""
    existing = read_layout(session, schema)
    for table in (table for table in tables if table in existing):
        names = {"table": (schema, table)}
        rows = session.rows("queries/tables/sample_rows", names, hour=hour, rows=at_most)
        if rows:
            return [SampleRow(table, *row) for row in rows]
    return []


def events_without_table(session: Session, schema: str) -> dict[str, str]:
    """Return the event tables that do not exist although `tracks` has their events, with what prevents each."""
    tables = read_schema(session, schema)
    taken = find_taken(session, schema, tables)
    events = {event: table for table in taken for event in events_of(table)}
    if not events or _TRACKS not in tables.own:
        return {}
    names = {"tracks": (schema, _TRACKS)}
    found = {row.event for row in session.rows("queries/tables/events_met", names, events=list(events))}
    return {table: reason for table, reason in sorted(taken.items()) if found.intersection(events_of(table))}


def column_types(session: Session, schema: str) -> list[ColumnType]:
    """Return the columns of the catalog without the dropped ones, by table and name."""
    return session.records(ColumnType, "queries/tables/column_types", schema=schema)


def excluded_events(session: Session, source: str) -> list[ExcludedEvents]:
    """Return the events that `include` and `exclude` leave out, by type and name, the most frequent first."""
    if not has_ledger_table(session, "excluded"):
        return []
    return session.records(ExcludedEvents, "queries/tables/excluded_events", source=source)


def count_copies(session: Session, schema: str) -> int:
    """Return how many copies of ids lost against a row of another archive hour."""
    return int(session.rows("queries/tables/count_copies", schema=schema)[0].copies)
