"""Persons in the warehouse: the rows that hold them, and the record of their erasure.

Rows whose archive hour is in the lake leave with a load of that hour, once the lake is without them.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from loaders.connection.session import Name, Quoted, Session, in_utc
from loaders.connection.warehouse import Warehouse
from loaders.ledger.loads import create_ledger, has_ledger
from loaders.rewrite.rewrite import rolled_back
from loaders.schema.introspect import Layout, read_layout
from loaders.transform.standard_columns import HOME_TABLES, PERSON_COLUMNS, event_type_of

_FOUND = "found_rows"
_NO_COLUMN = Quoted("CAST(NULL AS TEXT)")


@dataclass(frozen=True)
class Persons:
    """Ids as the tables have them: user, anonymous and previous ids are one kind, event ids another."""

    persons: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Return whether there is an id."""
        return bool(self.persons or self.events)


@dataclass(frozen=True)
class Erasure:
    """The record of an erasure, without an id of anybody."""

    erasure_id: str
    content: str
    """The list, as the lake has it."""
    erased_by: str
    reason: str | None
    persons: int
    events: int
    tables: Mapping[str, int]
    hours: Collection[datetime]


@contextmanager
def searching(warehouse: Warehouse) -> Iterator[Session | None]:
    """Open a session to search for persons, and undo what it changes; None if the warehouse holds no ledger yet.

    It may write: ids that are searched for are a temporary table, which a read-only session of a server refuses.
    """
    with warehouse.reading() as session:
        found = has_ledger(session)
    if not found:
        yield None
        return
    with rolled_back(warehouse, has_ledger) as session:
        yield session


@dataclass(frozen=True)
class Searched:
    """What an earlier search has left to look at: rows written after an instant, and those of the found hours."""

    since: datetime
    hours: Collection[datetime]


def find_hours(session: Session, schema: str, persons: Persons, searched: Searched | None = None) -> set[datetime]:
    """Return the archive hours of rows that hold one of the persons or events: a query per column, for its index.

    After an earlier search for them only what that has left is read.
    """
    if not persons or not has_ledger(session):
        return set()
    layout, ids = read_layout(session, schema), put_ids(session, persons)
    statement, values, names = "rewrite/forget/hours", dict[str, object](), dict[str, Name]()
    if searched is not None:
        statement, values = "rewrite/forget/hours_since", {"since": searched.since}
        names["hours"] = put_hours(session, searched.hours)
    columns = [*(PERSON_COLUMNS if persons.persons else ()), *(["id"] if persons.events else [])]
    found: set[datetime] = set()
    for table in sorted(set(HOME_TABLES.values()) & layout.keys()):
        for column in (column for column in columns if column in layout[table]):
            names |= {"table": (schema, table), "column": column, "ids": ids["events" if column == "id" else "persons"]}
            found.update(in_utc(row.archive_hour) for row in session.rows(statement, names, **values))
    return found


def count_rows(session: Session, schema: str, persons: Persons, hours: Collection[datetime]) -> dict[str, int]:
    """Return how many rows of each event table in some archive hours hold one of the persons or events; no zeros.

    They are found in the home tables, by their hours; in every table they are counted by id and time, as loads find
    them: a table of one event has no other index.
    """
    if not hours:
        return {}
    layout = read_layout(session, schema)
    session.run("rewrite/forget/create_found")
    note_leaving(session, schema, persons, hours, layout, _FOUND)
    session.measure(_FOUND)
    counts = {}
    for table, columns in sorted(layout.items()):
        if "_archive_hour" in columns:
            names: dict[str, Name] = {"table": (schema, table), "found": _FOUND}
            (row,) = session.rows("rewrite/forget/count", names, type=event_type_of(table))
            counts[table] = int(row.held)
    return {table: rows for table, rows in counts.items() if rows}


def note_leaving(
    session: Session, schema: str, persons: Persons, hours: Collection[datetime], layout: Layout, leaving: Name
) -> None:
    """Add the rows of the home tables in some archive hours that hold one of the persons or events to `leaving`."""
    names: dict[str, Name] = {**put_ids(session, persons), "hours": put_hours(session, hours), "leaving": leaving}
    for kind, table in HOME_TABLES.items():
        if table in layout:
            session.run(
                "rewrite/forget/note_leaving", {**names, **_name_columns(session, schema, table, layout)}, type=kind
            )


def distinct_ids(session: Session, schema: str, *, persons: bool, events: bool) -> Persons:
    """Return all ids of the tables, of the kinds that are wanted."""
    if not has_ledger(session):
        return Persons()
    layout = read_layout(session, schema)
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for table in set(HOME_TABLES.values()) & layout.keys():
        columns = [*(PERSON_COLUMNS if persons else ()), *(["id"] if events else [])]
        for column in columns:
            if column in layout[table]:
                rows = session.rows("rewrite/forget/ids", {"table": (schema, table), "column": column})
                found[column != "id"].update(row.id for row in rows)
    return Persons(frozenset(found[True]), frozenset(found[False]))


def link_persons(session: Session, schema: str, persons: Persons) -> Persons:
    """Return the persons with the ids that identifies and aliases tie to them.

    A user's anonymous ids and the users of the given ids are tied by identifies; aliases tie in both directions, any
    number of times. The other users of an anonymous id that was found are not tied: a device may be shared.
    """
    if not persons.persons or not has_ledger(session):
        return persons
    layout = read_layout(session, schema)
    known = set(persons.persons)
    known |= _linked(session, schema, layout, "linked_users", "identify", known)
    fresh = known
    while fresh:
        found = _linked(session, schema, layout, "linked_aliases", "alias", fresh)
        found |= _linked(session, schema, layout, "linked_anonymous", "identify", fresh)
        fresh = found - known
        known |= fresh
    return Persons(frozenset(known), persons.events)


def _linked(session: Session, schema: str, layout: Layout, query: str, kind: str, ids: Iterable[str]) -> set[str]:
    table = HOME_TABLES[kind]
    needed = {"user_id", "previous_id"} if kind == "alias" else {"user_id", "anonymous_id"}
    if not needed <= layout.get(table, {}).keys():
        return set()
    names: dict[str, Name] = {"table": (schema, table), "persons": session.put(_frame(ids))}
    return {row.id for row in session.rows(f"rewrite/forget/{query}", names)}


def record_list(session: Session, source: str, erasure_id: str, content: str) -> None:
    """Record a list of the lake. From now on no load takes an hour that was read without it."""
    session.run("rewrite/forget/insert_list", source=source, erasure_id=erasure_id, content=content)


def begin_erasure(session: Session, source: str, erasure: Erasure, *, now: datetime) -> None:
    """Record an erasure before anything is removed; one that is recorded stays as it is.

    What days of rollups added up to before goes, and until the end no recompute notes it: a load that knew the list
    already may have taken the persons out of a day, and the difference would be theirs.
    """
    create_ledger(session)
    session.run("rewrite/forget/clear_totals_before")
    record_list(session, source, erasure.erasure_id, erasure.content)
    session.run(
        "rewrite/forget/insert_erasure",
        erasure_id=erasure.erasure_id,
        source=source,
        erased_by=erasure.erased_by,
        reason=erasure.reason,
        persons=erasure.persons,
        events=erasure.events,
        erased_rows=sum(erasure.tables.values()),
        tables=json.dumps(dict(erasure.tables)),
        archive_hours=json.dumps([f"{hour:%Y-%m-%dT%H}" for hour in sorted(erasure.hours)]),
        started_at=now,
    )


def finish_erasure(session: Session, source: str, erasure_id: str, *, now: datetime) -> None:
    """Record that an erasure has reached its end."""
    session.run("rewrite/forget/finish_erasure", source=source, erasure_id=erasure_id, finished_at=now)


def put_ids(session: Session, persons: Persons) -> dict[str, Name]:
    """Give the database the ids as two temporary tables; return their names."""
    return {"persons": session.put(_frame(persons.persons)), "events": session.put(_frame(persons.events))}


def put_hours(session: Session, hours: Collection[datetime]) -> Name:
    """Give the database archive hours as a temporary table; return its name."""
    return session.put(pl.DataFrame({"archive_hour": sorted(hours)}, schema={"archive_hour": pl.Datetime("us", "UTC")}))


def _frame(ids: Iterable[str]) -> pl.DataFrame:
    return pl.DataFrame({"id": sorted(ids)}, schema={"id": pl.String()})


def _name_columns(session: Session, schema: str, table: str, layout: Layout) -> dict[str, Name]:
    """Return the names of a table and of its columns of persons; for one that it does not have, those of another one.

    A server compares NULL with all ids, row by row, instead of looking it up among them.
    """
    known = [name for name in PERSON_COLUMNS if name in layout[table]]
    instead = session.columns(known[:1], of="t") if known else _NO_COLUMN
    columns = {name: session.columns([name], of="t") if name in known else instead for name in PERSON_COLUMNS}
    return {"table": (schema, table), **columns}
