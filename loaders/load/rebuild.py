"""Rows rebuilt from the lake, which has their values as sent, after a column's type has changed (contract §6).

Owns `load_marked` and `load_rebuilt`.

Covered by tests/loaders/schema/test_evolve.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import polars as pl

from loaders.connection.session import Name, Session
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.load.arrivals import Moves
from loaders.load.context import LoadContext
from loaders.load.lake_lookup import KEYS, look_up
from loaders.load.merge import insert_names
from loaders.load.users import TouchedUsers
from loaders.load.winners import StagedRelation
from loaders.schema.evolve import IDENTIFIES, USERS, Change, NewType
from loaders.staging.stage import stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Catalog
from loaders.transform.names import sent_words
from loaders.transform.standard_columns import event_type_of

_MARKED: Final = "load_marked"
_REBUILT: Final = "load_rebuilt"


@dataclass(frozen=True)
class MarkedRows:
    """The rows to rebuild: the temporary table of their keys, and how many were marked, doubles included."""

    table: str
    count: int = 0


def begin_marks(session: Session) -> MarkedRows:
    """Create the table of marked rows, without a row."""
    session.run("load/rebuild/create_marked")
    return MarkedRows(_MARKED)


def mark_rows(session: Session, schema: str, changes: Iterable[Change], before: Catalog) -> MarkedRows:
    """Mark the rows to rebuild after these changes. Runs before the changes: it reads the old values.

    `before` is the catalog before the load: a column that had floats while it could not widen has rescued them.
    """
    marked, count = begin_marks(session), 0
    for change in changes:
        if not isinstance(change, NewType) or change.table == USERS:
            continue
        names: dict[str, Name] = {"table": (schema, change.table), "column": change.column}
        values = {"name": change.table, "type": event_type_of(change.table)}
        if change.widened:
            count += session.run("load/rebuild/mark_wide", names, **values)
            known = before.table(change.table).get(change.column)
            if known is not None and known.floats:
                count += session.run("load/rebuild/mark_rescued", names, **values, words=_words(change.column))
        else:
            count += session.run("load/rebuild/mark_retyped", names, **values, words=_words(change.column))
    return MarkedRows(marked.table, count)


def refuse_retired(session: Session, hour: Hour, changes: Iterable[Change]) -> None:
    """Raise Terminal if a column with integers that no float represents would widen to float, and the hour of one of
    them has left the lake, so that it cannot be read again as sent."""
    for change in changes:
        if isinstance(change, NewType) and change.widened and change.table != USERS:
            names: dict[str, Name] = {"table": (hour.schema, change.table), "column": change.column}
            for row in session.rows("load/rebuild/wide_hours", names):
                archive_hour = row.archive_hour.astimezone(UTC)
                if hour.retired(archive_hour):
                    raise Terminal(
                        f"{change.table}.{change.column} cannot become float: it has integers that no float holds, and "
                        f"hour {archive_hour:%Y-%m-%dT%H}, which contains some, has left the lake; pin the column as "
                        "int (tideline catalog export, then import of the file with that line alone)"
                    )


def stage_marked(
    session: Session, context: LoadContext, catalog: Catalog, marked: MarkedRows
) -> tuple[StagedTable, ...]:
    """Stage the marked rows of other hours by the catalog after this load; those of its own hours are staged already.

    The lake is searched hour by hour, for a bounded number of rows at a time.
    """
    hour = context.lead
    keys = _read_keys(session, marked).filter(~pl.col("archive_hour").is_in(context.archive_hours))
    return tuple(
        table
        for _, group in keys.group_by("archive_hour", maintain_order=True)
        for table in stage_rows(
            look_up(session, hour, group, limits=context.limits),
            catalog,
            context.staging_options(),
            tables=frozenset(group["table_name"]),
        )
    )


def rebuild_rows(
    moves: Moves, touched: TouchedUsers, marked: MarkedRows, staged_rows: Iterable[StagedRelation]
) -> None:
    """Replace marked rows by staged ones, unless this load has deleted or written them."""
    begin_rebuild(moves.session)
    tables = set(_read_keys(moves.session, marked)["table_name"])
    for rows in staged_rows:
        if rows.table.name in tables:
            replace_rows(moves, touched, rows)


def begin_rebuild(session: Session) -> None:
    """Create the table of rows that are rebuilt, before the first `replace_rows`."""
    session.run("load/rebuild/create_rebuilt")


def replace_rows(moves: Moves, touched: TouchedUsers, rows: StagedRelation) -> None:
    """Replace the marked rows of one table by staged rows.

    Everything that is read from the old rows comes before their delete: their keys, their counts, their users.
    """
    session, table = moves.session, rows.table.name
    names = insert_names(moves, rows)
    session.run("load/rebuild/empty_rebuilt")
    session.run("load/rebuild/find_rebuilt", names, name=table, uuid_ts=moves.uuid_ts)
    moves.count_rebuilt(table, rows.relation, _REBUILT)
    if table == IDENTIFIES:
        touched.add_rebuilt(_REBUILT)
    session.run("load/rebuild/delete", names)
    session.run("load/rebuild/insert", names, uuid_ts=moves.uuid_ts)


def _read_keys(session: Session, marked: MarkedRows) -> pl.DataFrame:
    schema = {"table_name": pl.String(), **KEYS}
    rows = session.rows("load/rebuild/marked", {"marked": marked.table})
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _words(column: str) -> str:
    """Return a pattern for the paths of rescued values that the column's name can come from."""
    return "%".join(["", *sent_words(column), ""])
