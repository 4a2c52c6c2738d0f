"""Rows out, rows in: every table made as the contest decided, each move counted for `arrivals`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from loaders.connection.session import Name, Quoted, Session
from loaders.load.winners import Rows
from loaders.schema.evolve import IDENTIFIES
from loaders.schema.introspect import Layout
from loaders.transform.names import event_table, events_of
from loaders.transform.standard_columns import HOME_TABLES


def delete_leaving(session: Session, schema: str, layout: Layout) -> None:
    """Delete the rows that lost or are gone, a track's row in the table of its event too."""
    for (event_type,) in session.rows("load/merge/leaving_types"):
        home = HOME_TABLES[event_type]
        if home == IDENTIFIES:
            session.run("load/users/touch_leaving", {"identifies": (schema, home)})
        for table in [*_event_tables(session, schema, event_type, layout), home]:
            session.run("load/arrivals/count_out", {"table": (schema, table)}, name=table, type=event_type)
            session.run("load/merge/delete", {"table": (schema, table)}, type=event_type)


def insert_entering(session: Session, schema: str, brought: Iterable[Rows], uuid_ts: datetime) -> None:
    """Insert the staged rows that won."""
    brought = tuple(brought)
    _count_entering(session, brought)
    contested = {event_type for (event_type,) in session.rows("load/merge/losing_types")}
    for rows in brought:
        names = insert_names(session, schema, rows)
        if rows.table.type in contested:
            session.run("load/merge/insert", names, type=rows.table.type, uuid_ts=uuid_ts)
        else:
            session.run("load/merge/insert_all", names, uuid_ts=uuid_ts)


def _count_entering(session: Session, brought: Iterable[Rows]) -> None:
    """Count what enters each table; an event's own table has the ids of its tracks, so only those are looked at."""
    for name in ("entering", "returning"):
        session.run(f"load/arrivals/create_{name}")
    leaving = {event_type for (event_type,) in session.rows("load/merge/leaving_types")}
    tables: set[tuple[str, str | None, str]] = set()
    for rows in brought:
        table = rows.table
        if table.home:
            event = session.quote("event") if table.type == "track" else Quoted("NULL")
            names = {"staged": rows.relation, "event": event}
            session.run("load/arrivals/note_entering", names, type=table.type)
            if table.type in leaving:
                session.run("load/arrivals/note_returning", names, type=table.type)
            tables.add((table.type, None, table.name))
        else:
            tables.update((table.type, event, table.name) for event in events_of(table.name))
    frame = pl.DataFrame(sorted(tables, key=str), schema=["type", "event", "table_name"], orient="row")
    if tables:
        owners = {"tables": session.put(frame.cast(pl.String))}
        session.run("load/arrivals/count_in", owners)
        session.run("load/arrivals/count_same", owners)


def insert_names(session: Session, schema: str, rows: Rows) -> dict[str, Name]:
    """The identifiers of an INSERT from staged rows, which have the alias ``s``."""
    return {
        "table": (schema, rows.table.name),
        "columns": session.columns(rows.table.columns),
        "staged_columns": session.columns(rows.table.columns, of="s"),
        "staged": rows.relation,
    }


def _event_tables(session: Session, schema: str, event_type: str, layout: Layout) -> list[str]:
    if event_type != "track":
        return []
    events = session.rows("load/merge/leaving_events", {"tracks": (schema, HOME_TABLES["track"])})
    return sorted({event_table(event) for (event,) in events} & layout.keys())
