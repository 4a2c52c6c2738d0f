"""The contest: staged rows against the stored rows of the same ids, and which copy wins (contract §7).

Owns `load_stored`, `load_contenders`, `load_winners`, `load_leaving` and `load_losing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import polars as pl

from loaders.connection.session import Name, Quoted, Session
from loaders.load.context import LoadContext
from loaders.load.id_conflicts import IdConflicts, find_conflicts
from loaders.load.lake_lookup import keys_of, look_up
from loaders.schema.introspect import Layout
from loaders.staging.staged import StagedTable
from loaders.transform.standard_columns import HOME_TABLES
from loaders.transform.table_rows import RECEIVED_SENT

_STORED: Final = "load_stored"
_CONTENDERS: Final = "load_contenders"
_WINNERS: Final = "load_winners"
_LEAVING: Final = "load_leaving"
_LOSING: Final = "load_losing"
_KEYS: Final = (
    "id", "anonymous_id", "user_id", "timestamp", "event", "event_text", "_archive_hour", "_fingerprint", RECEIVED_SENT,
)  # fmt: skip


@dataclass(frozen=True)
class StagedRelation:
    """Staged rows of one table, readable in the warehouse's connection."""

    table: StagedTable
    relation: Quoted
    keys: Quoted
    """The same rows; of a home table at least with the columns by which loads decide, in less time where it has many
    others."""


@dataclass(frozen=True)
class IdHours:
    """The table of the archive hours outside the load that may contain staged ids, and the event types it has."""

    table: str
    types: frozenset[str]


@dataclass(frozen=True)
class Rivals:
    """The temporary tables of an undecided contest: rows of home tables, and the staged rows with the same ids."""

    stored: str
    contenders: str
    hours: str
    """The hours of the load."""


@dataclass(frozen=True)
class Decision:
    """The temporary tables of a decided contest.

    `winners` has the one copy of each contested id, `leaving` the stored rows to delete, `losing` the staged rows that
    are not inserted. A staged row that is not in `losing` enters.
    """

    winners: str
    leaving: str
    losing: str
    conflicts: Mapping[datetime, IdConflicts] = field(default_factory=dict)
    """The ids of each archive hour of the load that conflict with other hours, where there are some."""
    contested: bool = True
    """False if no id has more than one row: the tables are empty, and no statement has to look."""

    def leaving_types(self, session: Session) -> list[str]:
        """Return the event types that have rows to delete."""
        if not self.contested:
            return []
        return [event_type for (event_type,) in session.rows("load/merge/leaving_types", {"leaving": self.leaving})]

    def losing_types(self, session: Session) -> set[str]:
        """Return the event types of which some staged rows are not inserted."""
        if not self.contested:
            return set()
        return {event_type for (event_type,) in session.rows("load/merge/losing_types", {"losing": self.losing})}


def make_readable(session: Session, tables: Iterable[StagedTable]) -> tuple[StagedRelation, ...]:
    """Return staged tables as relations; those without rows are left out."""
    return tuple(relation_of(session, table) for table in tables if table.rows)


def relation_of(session: Session, table: StagedTable) -> StagedRelation:
    """Return one staged table as a relation."""
    relation = session.stage(table)
    return StagedRelation(table, relation, session.stage_columns(table, relation, _KEYS) if table.home else relation)


def begin_contest(session: Session, hours: str) -> Rivals:
    """Create the tables of a contest, without rows."""
    for statement in (
        "load/merge/create_contenders", "load/merge/create_stored", "load/merge/create_winners",
        "load/merge/create_leaving",
    ):  # fmt: skip
        session.run(statement)
    return Rivals(stored=_STORED, contenders=_CONTENDERS, hours=hours)


def begin_removal(session: Session, hours: str) -> Decision:
    """Create the tables of a decision without a contest: the caller adds the rows that leave, and none enters."""
    begin_contest(session, hours)
    return Decision(winners=_WINNERS, leaving=_LEAVING, losing=_WINNERS)


def gather_rivals(
    session: Session,
    context: LoadContext,
    rivals: Rivals,
    staged_rows: tuple[StagedRelation, ...],
    *,
    layout: Layout,
    id_hours: IdHours | None,
) -> bool:
    """Find the rows of the previous loads, the rows of other hours with a staged id, and the staged rows against them.

    Return whether there are any. `id_hours` are those of `find_id_hours`. Stored rows come first: only staged rows with
    a stored rival compete, or with a staged one of another hour.
    """
    for event_type, table in HOME_TABLES.items():
        if table not in layout:
            continue
        home: dict[str, Name] = {"home": (context.schema, table), "hours": rivals.hours}
        session.run("load/merge/find_former", home, type=event_type)
        if id_hours is not None and event_type not in id_hours.types:
            continue
        for rows in staged_rows:
            if rows.table.name == table:
                names = {
                    **home,
                    "staged": rows.keys,
                    "id_hours": id_hours.table if id_hours else "",
                    "event": _event_column(event_type),
                }
                statement = "load/merge/find_stored_in_hours" if id_hours else "load/merge/find_stored"
                session.run(statement, names, type=event_type)
    has_stored = add_contenders(session, rivals, staged_rows)
    if has_stored:
        _confirm_clocks(session, context, rivals)
    if len(context.hours) == 1:
        return has_stored
    added = [
        session.run("load/merge/add_rivals", _contender_names(rivals, rows), type=rows.table.type)
        for rows in staged_rows
        if rows.table.home
    ]
    return has_stored or any(added)


def undisputed() -> Decision:
    """Return the decision of a contest without rivals: every staged row enters, and none leaves."""
    return Decision(winners=_WINNERS, leaving=_LEAVING, losing=_WINNERS, contested=False)


def add_contenders(session: Session, rivals: Rivals, staged_rows: Iterable[StagedRelation]) -> bool:
    """Add rows of home tables to the `rivals` if their id has a stored row; return whether there are stored rows."""
    stored = {event_type for (event_type,) in session.rows("load/merge/stored_types", {"stored": rivals.stored})}
    for rows in staged_rows:
        if rows.table.home and rows.table.type in stored:
            session.run("load/merge/add_contenders", _contender_names(rivals, rows), type=rows.table.type)
    return bool(stored)


def _contender_names(rivals: Rivals, rows: StagedRelation) -> dict[str, Name]:
    return {
        "contenders": rivals.contenders, "stored": rivals.stored, "staged": rows.keys,
        "received_sent": RECEIVED_SENT, "event": _event_column(rows.table.type),
    }  # fmt: skip


def _event_column(event_type: str) -> str:
    """Return the column of an event's name; of a type without one, a column that all copies share."""
    return "event_text" if event_type == "track" else "id"


def decide(session: Session, rivals: Rivals) -> Decision:
    """Find the winner of each contested id, the rows that leave and those that do not enter.

    Tables are measured once they are complete, before they are joined: a server plans the join by their size.
    """
    hours: dict[str, Name] = {"hours": rivals.hours}
    for table in (rivals.contenders, rivals.stored):
        session.measure(table)
    conflicts = find_conflicts(session, {"contenders": rivals.contenders, "stored": rivals.stored, **hours})
    session.run("load/merge/judge", hours)
    session.measure(_WINNERS)
    session.run("load/merge/leaving", hours)
    session.run("load/merge/losing")
    for table in (_LEAVING, _LOSING):
        session.measure(table)
    return Decision(winners=_WINNERS, leaving=_LEAVING, losing=_LOSING, conflicts=conflicts)


def _confirm_clocks(session: Session, context: LoadContext, rivals: Rivals) -> None:
    """Ask the lake about stored rows whose received_at is the start of their hour: was it sent, or not believed?

    If the hour has left the lake, it counts as sent: a copy that came later wins over it either way. So does a row that
    its hour in the lake no longer has: that hour is pending, and its own load puts back the best of the copies.
    """
    hour = context.lead
    doubtful = keys_of(session.rows("load/merge/doubtful", {"hours": rivals.hours}))
    if doubtful.is_empty():
        return
    hours = doubtful["archive_hour"].unique()
    retired = pl.col("archive_hour").is_in([moment for moment in hours if hour.retired(moment.astimezone(UTC))])
    _believe(session, doubtful.filter(retired))
    missing = doubtful.filter(~retired)
    for found in look_up(session, hour, missing, limits=context.limits):
        keys = found.select("type", "id", pl.col("_archive_hour").alias("archive_hour"), "received_believed")
        _believe(session, keys.filter("received_believed").drop("received_believed"))
        missing = missing.join(keys, on=missing.columns, how="anti")
    _believe(session, missing)


def _believe(session: Session, keys: pl.DataFrame) -> None:
    if not keys.is_empty():
        session.run("load/merge/believe", {"believed": session.put(keys)})
