"""Rows deleted and inserted as the contest decided, each counted for `arrivals`.

Covered by tests/loaders/load/test_winners.py.
"""

from __future__ import annotations

from collections import Counter

from loaders.connection.session import Name
from loaders.load.arrivals import Moves
from loaders.load.users import TouchedUsers
from loaders.load.winners import Decision, StagedRelation
from loaders.schema.evolve import IDENTIFIES
from loaders.schema.introspect import Layout
from loaders.transform.names import event_table
from loaders.transform.standard_columns import HOME_TABLES


def delete_leaving(
    moves: Moves, touched: TouchedUsers, decision: Decision, layout: Layout, *, rewrite: bool = False
) -> None:
    """Delete the rows that are beaten or missing, a track's row in the table of its event too.

    With `rewrite`, all rows of the hour are written again: those that somebody has taken out of an event table, too.
    Users and rows are noted before the delete that takes them away. The home table comes last: the event tables of
    leaving tracks are found in it.
    """
    session, schema = moves.session, moves.schema
    for event_type in decision.leaving_types(session):
        home = HOME_TABLES[event_type]
        if home == IDENTIFIES:
            touched.add_leaving(decision)
        for table in [*_event_tables(moves, decision, event_type, layout), home]:
            moves.count_removed(table, event_type, decision)
            if rewrite and table != home:
                moves.count_lost(table, home, decision)
            names: dict[str, Name] = {"table": (schema, table), "leaving": decision.leaving}
            session.run("load/merge/delete", names, type=event_type)


def insert_entering(
    moves: Moves,
    decision: Decision,
    staged_rows: tuple[StagedRelation, ...],
    restored: tuple[StagedRelation, ...],
) -> None:
    """Insert the staged rows and restored copies that did not lose. Raise Terminal if a table does not take all."""
    moves.count_entering(staged_rows, restored, decision)
    contested = decision.losing_types(moves.session)
    inserted: Counter[str] = Counter()
    for rows in (*staged_rows, *restored):
        names = insert_names(moves, rows) | {"losing": decision.losing}
        if rows.table.type in contested:
            count = moves.session.run("load/merge/insert", names, type=rows.table.type, uuid_ts=moves.uuid_ts)
        else:
            count = moves.session.run("load/merge/insert_all", names, uuid_ts=moves.uuid_ts)
        inserted[rows.table.name] += count
    if moves.session.dialect.counts_inserts:
        moves.check_entered(inserted)


def insert_names(moves: Moves, rows: StagedRelation) -> dict[str, Name]:
    """Return the identifiers of an INSERT from staged rows, which have the alias ``s``."""
    return {
        "table": (moves.schema, rows.table.name),
        "columns": moves.session.columns(rows.table.columns),
        "staged_columns": moves.session.columns(rows.table.columns, of="s"),
        "staged": rows.relation,
    }


def _event_tables(moves: Moves, decision: Decision, event_type: str, layout: Layout) -> list[str]:
    if event_type != "track":
        return []
    names: dict[str, Name] = {"tracks": (moves.schema, HOME_TABLES["track"]), "leaving": decision.leaving}
    events = moves.session.rows("load/merge/leaving_events", names)
    return sorted({event_table(event) for (event,) in events} & layout.keys())
