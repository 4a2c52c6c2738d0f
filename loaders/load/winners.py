"""Which row stands: the rows a load brings against the rows that stand under their ids (contract §7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

import polars as pl

from loaders.connection.session import Name, Quoted, Session
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.load.lake_lookup import keys_of, look_up
from loaders.schema.introspect import Layout
from loaders.staging.staged import StagedTable
from loaders.transform.standard_columns import HOME_TABLES
from loaders.transform.table_rows import RECEIVED_SENT


@dataclass(frozen=True)
class Rows:
    """Staged rows of one table, readable in the warehouse's connection."""

    table: StagedTable
    relation: Quoted


def make_readable(session: Session, tables: Iterable[StagedTable]) -> tuple[Rows, ...]:
    """Staged tables as relations; those without rows are left out."""
    return tuple(Rows(table, session.stage(table)) for table in tables if table.rows)


def begin_contest(session: Session) -> None:
    """Make the tables that a contest is held in; they go with the connection."""
    for table in ("contenders", "stored", "winners", "leaving"):
        session.run(f"load/merge/create_{table}")


def gather_rivals(session: Session, hour: Hour, brought: Iterable[Rows], layout: Layout, *, limits: Limits) -> None:
    """Write down who competes: rows of the former load, rows of other hours under staged ids, and those staged rows."""
    begin_contest(session)
    brought = tuple(brought)
    for event_type, table in HOME_TABLES.items():
        if table not in layout:
            continue
        names: dict[str, Name] = {"home": (hour.schema, table)}
        session.run("load/merge/find_former", names, type=event_type, archive_hour=hour.archive_hour)
        for rows in brought:
            if rows.table.name == table:
                named = {**names, "staged": rows.relation}
                session.run("load/merge/find_stored", named, type=event_type, archive_hour=hour.archive_hour)
    add_contenders(session, brought)
    _ask_for_clocks(session, hour, limits)


def add_contenders(session: Session, brought: Iterable[Rows]) -> None:
    """Let the rows of home tables compete for the ids that have a row already."""
    stored = {event_type for (event_type,) in session.rows("load/merge/stored_types")}
    for rows in brought:
        if rows.table.home and rows.table.type in stored:
            names = {"staged": rows.relation, "received_sent": RECEIVED_SENT}
            session.run("load/merge/add_contenders", names, type=rows.table.type)


def decide(session: Session, hour: Hour, *, rewrite: bool) -> None:
    """Name the winner of each contested id, the rows that leave and those that do not enter.

    With `rewrite`, rows of this hour are written anew even where their events are the same.
    """
    for table in ("contenders", "stored"):
        session.measure(f"load_{table}")
    session.run("load/merge/judge", archive_hour=hour.archive_hour)
    session.measure("load_winners")
    session.run("load/merge/leaving", archive_hour=hour.archive_hour, rewrite=rewrite)
    session.run("load/merge/losing")
    for table in ("leaving", "losing"):
        session.measure(f"load_{table}")


def _ask_for_clocks(session: Session, hour: Hour, limits: Limits) -> None:
    """Ask the lake about stored rows whose received_at is the start of their hour: sent so, or not believed?

    One whose hour has left the lake is taken as sent: a copy that came later wins over it either way.
    """
    doubtful = keys_of(session.rows("load/merge/doubtful", archive_hour=hour.archive_hour))
    if doubtful.is_empty():
        return
    hours = [each.astimezone(UTC) for each in doubtful["archive_hour"].unique()]
    gone = pl.col("archive_hour").is_in([each for each in hours if hour.retired(each)])
    _believe(session, doubtful.filter(gone))
    for found in look_up(hour, doubtful.filter(~gone), limits=limits):
        believed = found.filter("received_believed")
        _believe(session, believed.select("type", "id", pl.col("_archive_hour").alias("archive_hour")))


def _believe(session: Session, keys: pl.DataFrame) -> None:
    if not keys.is_empty():
        session.run("load/merge/believe", {"believed": session.put(keys)})
