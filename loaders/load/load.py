"""Loads one archive hour into the warehouse: staged first, then merged in one transaction (contract §7, §8).

The order of `_try_load` keeps the locks short:

1. Read the state of the warehouse, without a lock. An hour that is loaded already ends here.
2. Stage, without a lock: the longest step. It needs only the lake and the state, so other loads and readers go on.
3. Copy the staged rows into the load's connection, in a transaction of its own: the copy is not undone with the merge,
   and on a server it does not hold the merge lock.
4. Take the merge lock of the schema, and read the state again: another process may have loaded meanwhile. Only then are
   the previous load and the catalog facts that the merge may rely on. Where they have changed, stage the hour again.
   On a server, new columns are added now, in short transactions of their own (`_prepare`).
5. Merge: `_move_rows`, then `_record`, in one transaction. A crash at any statement leaves the warehouse as it was.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from loaders.catalog.store import add_wide_ints, write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.errors import Busy, DiskFailure, Transient
from loaders.interface.hour import Hour
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.interface.result import Changes, LoadResult, TableCounts
from loaders.ledger.changes import count_staged, read_changes
from loaders.ledger.loads import count_loads, create_ledger, new_load_id, next_instant, record_load
from loaders.load.arrivals import Moves
from loaders.load.context import LoadContext, LoadStamp
from loaders.load.id_conflicts import IdConflicts, replace_conflicts
from loaders.load.id_hashes import find_id_hours, note_ids
from loaders.load.left_out.excluded import refuse_unerased, replace_erased, replace_excluded
from loaders.load.left_out.quarantine import replace_quarantine
from loaders.load.losing_copies import note_copies, stage_copies
from loaders.load.merge import delete_leaving, insert_entering
from loaders.load.online_ddl import add_columns, find_refusals
from loaders.load.prepare import PreparedLoad, copy_load, loaded_already, prepare_again, skip_refused, stage_load
from loaders.load.rebuild import MarkedRows, mark_rows, rebuild_rows, refuse_retired, stage_marked
from loaders.load.state import WarehouseState, read_state, refresh_state
from loaders.load.take_over import take_over
from loaders.load.users import TouchedUsers, UserRules, recompute_users
from loaders.load.winners import Decision, StagedRelation, add_contenders, decide, gather_rivals, make_readable
from loaders.process.temporary import temporary_folder
from loaders.schema.comments import describe, describe_again
from loaders.schema.evolve import Change, apply_changes, index_tables, layout_after, plan_changes
from loaders.schema.ledger_tables import create_schema
from loaders.schema.taken_names import warn_of_taken
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets

__all__ = ["Budgets", "Hour", "LoadResult", "TableCounts", "load_hour"]

_ATTEMPTS: Final = 4
"""Attempts of a load that ends with a transient error of the server: a deadlock, a lost connection."""


@dataclass(frozen=True)
class _Decided:
    """Which rows leave and enter, and the copies of other hours that compete again."""

    decision: Decision
    restored_copies: tuple[StagedTable, ...]
    restored_rows: tuple[StagedRelation, ...]


@dataclass(frozen=True)
class _Altered:
    """The changes of the tables themselves, and the rows that are rebuilt for them."""

    changes: list[Change]
    marked: MarkedRows
    rebuilt_copies: tuple[StagedTable, ...]


@dataclass(frozen=True)
class _Moved:
    """What `_move_rows` did."""

    staged: Counter[str]
    """Table -> rows staged, restored copies and rebuilt rows included."""
    moves: Moves
    changes: tuple[str, ...]
    """Changes of the tables themselves."""
    conflicts: IdConflicts


def load_hour(
    warehouse: Warehouse,
    hour: Hour,
    *,
    reload: bool = False,
    refresh: bool = False,
    budgets: Budgets = Budgets(),
    limits: Limits = DEFAULT_LIMITS,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LoadResult:
    """Merge one archive hour of the lake into the warehouse: all of it in one transaction, or nothing.

    An hour whose newest load has the same manifest is left alone, unless `reload`; with `refresh` only rows that differ
    are written, because some of its events were erased. May be called for any hours in any
    order, repeatedly, and by several processes at once: the tables are the same (contract §11). Raises Transient when
    another process holds the warehouse for too long, Terminal when something must be changed first; neither changes a
    row.
    """
    with temporary_folder() as folder:
        context = LoadContext(hour, reload, refresh, budgets, run_id, now, folder, limits)
        for attempt in range(1, _ATTEMPTS):
            try:
                return skip_refused(context, partial(_try_load, warehouse, context))
            except (Busy, DiskFailure):
                raise
            except Transient:
                time.sleep(random.uniform(0.3, 0.6) * 2**attempt)  # noqa: S311  only so that two do not meet again
        return skip_refused(context, partial(_try_load, warehouse, context))


def _try_load(warehouse: Warehouse, context: LoadContext) -> LoadResult:
    hour = context.hour
    with context.timed("look"), warehouse.reading() as session:
        state = read_state(session, hour, context.refused)
        if (result := loaded_already(context, state)) is not None:
            return result
        session.dialect.check_writable(session.connection)
    # Staging before the connection may write: a DuckDB file has one writer, and staging takes most of the time.
    staged = stage_load(context, state)
    started = time.perf_counter()
    with warehouse.writing() as session:
        context.seconds["wait"] = time.perf_counter() - started
        # Copying before the merge lock: rows reach a server over the network, and other loads need not wait for that.
        with session.transaction():
            prepared = copy_load(session, context, state, staged)
        started = time.perf_counter()
        with warehouse.merge_lock(session, hour.schema):
            context.seconds["wait"] += time.perf_counter() - started
            if session.dialect.adds_ahead:
                prepared = _prepare(session, context, prepared, wait=warehouse.wait)
            with session.transaction():
                session.dialect.begin_merge(session.connection)
                return _merge(session, context, prepared)


def _prepare(session: Session, context: LoadContext, prepared: PreparedLoad, *, wait: float) -> PreparedLoad:
    """Change tables on a server under the merge lock, before the merge: DDL in the merge would block its readers."""
    hour = context.hour
    # Tideline's own tables first, and committed: the state is read from them.
    with session.transaction():
        create_ledger(session)
        create_schema(session, hour.schema)
    # The state under the merge lock decides which columns are new. The transaction ends before columns are added: it
    # would hold locks on the tables that adding a column waits for.
    with session.transaction():
        state = read_state(session, hour, context.refused)
        if loaded_already(context, state) is not None:
            return prepared  # `_merge` looks as well, and returns the result
        prepared = prepare_again(session, context, state, prepared)
        changes = plan_changes(session, state.layout, prepared.staged, ())
        # A type that cannot change stays, so the hour is staged again by it: values that do not fit are rescued.
        refused = find_refusals(session, hour.schema, changes)
        if refused:
            prepared = copy_load(session, context, state, stage_load(context, state, refused))
            changes = plan_changes(session, state.layout, prepared.staged, ())
    added = add_columns(session, hour.schema, changes, prepared.staged.catalog, wait=wait)
    return replace(prepared, changes=(*map(str, added), *refused.values()))


def _merge(session: Session, context: LoadContext, prepared: PreparedLoad) -> LoadResult:
    """Do everything between BEGIN and COMMIT."""
    # Where DDL is part of the transaction, Tideline's own tables are created here: a failed load leaves no trace.
    if not session.dialect.adds_ahead:
        create_ledger(session)
        create_schema(session, context.hour.schema)
    refuse_unerased(session, context.hour)
    # The state again, under the lock: a load of the same hour, or one that settled other types, may have committed.
    state = refresh_state(session, context.hour, prepared.seen, context.refused)
    if (result := loaded_already(context, state)) is not None:
        return result
    prepared = prepare_again(session, context, state, prepared)
    # The instant after the lock: load ids and uuid_ts grow in the order of commits, so that a cursor misses no row.
    instant = next_instant(session, context.now())
    stamp = LoadStamp(new_load_id(instant), instant)
    with context.timed("merge"):
        moved = _move_rows(session, context, state, prepared, stamp)
    with context.timed("record"):
        counts, changes = _record(session, context, prepared, moved, stamp)
        # The catalog in the same transaction as the rows: the types it names are those of the columns.
        catalog = add_wide_ints(session, context.hour, prepared.staged)
        write_catalog(session, context.hour.schema, state.catalog, catalog)
        session.dialect.maintain(session.connection, loads=count_loads(session))
    return LoadResult(
        loaded=True,
        load_id=stamp.load_id,
        counts=counts,
        tables=changes.tables,
        schema_changes=(*prepared.changes, *moved.changes),
        touched=changes.touched,
        seconds=context.seconds,
        excluded=prepared.staged.excluded.total(),
        id_conflicts=moved.conflicts.count,
        reused_ids=moved.conflicts.samples,
        warnings=(
            *moved.conflicts.warnings(context.hour),
            *warn_of_taken(context.hour, catalog.taken, prepared.staged.refused),
        ),
    )


def _move_rows(
    session: Session, context: LoadContext, state: WarehouseState, prepared: PreparedLoad, stamp: LoadStamp
) -> _Moved:
    """Bring every table to its state after this load. The order of the groups is part of the algorithm."""
    hour, schema, staged, uuid_ts = context.hour, context.hour.schema, prepared.staged, stamp.instant
    # All rows of the hour are rewritten if its settings have changed: equal events may give other rows by them.
    rewrite = context.reload or state.lost or state.has_other_settings(hour)

    # Decide first: the contest reads the tables as earlier loads left them. Change tables before the first DELETE:
    # DuckDB refuses ALTER TABLE after one in the same transaction.
    decided = _decide(session, context, state, prepared, rewrite=rewrite)
    altered = _change_tables(session, context, state, prepared, decided)

    # Deletes before inserts: a new row of the same id would be deleted with the old one, and `load_removed` has to be
    # complete when entering rows are compared with it (a row that replaces one is an update). Rebuilt rows last: they
    # replace marked rows that the merge has neither deleted nor written.
    moves = Moves.begin(session, schema, uuid_ts)
    touched = TouchedUsers.begin(session, schema)
    layout = layout_after(session, state.layout, altered.changes)
    delete_leaving(moves, touched, decided.decision, layout, rewrite=rewrite)
    insert_entering(moves, decided.decision, (*prepared.rows, *decided.restored_rows))
    if altered.marked.count:
        rebuild_rows(moves, touched, altered.marked, (*prepared.rows, *make_readable(session, altered.rebuilt_copies)))

    # Derived tables after the rows they follow: copies and id hashes record the decision, `users` is computed from the
    # identifies as they are now. Indexes last: sorting the first rows of a new table once is cheaper than each insert.
    note_copies(session, hour, decided.decision)
    note_ids(session, hour, decided.restored_rows, stamp.load_id)
    rules = UserRules(staged.catalog, values=context.budgets.values, not_users=hour.not_users)
    recompute_users(touched, layout, rules, uuid_ts=uuid_ts)
    taken = take_over(moves, state.catalog, state.layout, tables=context.budgets.tables)
    index_tables(session, schema, altered.changes)
    tables = (*staged.tables, *decided.restored_copies, *altered.rebuilt_copies)
    return _Moved(count_staged(tables) + taken, moves, tuple(map(str, altered.changes)), decided.decision.conflicts)


def _decide(
    session: Session, context: LoadContext, state: WarehouseState, prepared: PreparedLoad, *, rewrite: bool
) -> _Decided:
    """Decide which rows leave and which enter, before anything is written."""
    # Rivals are rows as they are now. Copies of other hours are staged after them, because an id whose row of this hour
    # stays needs none; and before the decision, because a restored copy may win.
    id_hours = find_id_hours(session, context.hour, prepared.rows, state.layout)
    rivals = gather_rivals(session, context, prepared.rows, state.layout, id_hours)
    restored_copies = stage_copies(session, context, prepared.staged.catalog, rivals, rewrite=rewrite)
    restored_rows = make_readable(session, restored_copies)
    add_contenders(session, rivals, restored_rows)
    decision = decide(session, context.hour, rivals, rewrite=rewrite)
    return _Decided(decision, restored_copies, restored_rows)


def _change_tables(
    session: Session, context: LoadContext, state: WarehouseState, prepared: PreparedLoad, decided: _Decided
) -> _Altered:
    """Make the tables fit the rows of this load, and stage the rows that a changed type rebuilds."""
    hour, staged = context.hour, prepared.staged
    # A refusal ends the load before rows are read from the lake for nothing. Rows are marked before the change, by the
    # old values: a changed type casts them or makes them NULL. Rebuilt rows may need columns of their own, so changes
    # are planned again with them.
    changes = plan_changes(session, state.layout, staged, decided.restored_copies)
    refuse_retired(session, hour, changes)
    marked = mark_rows(session, hour.schema, changes, state.catalog)
    rebuilt_copies: tuple[StagedTable, ...] = ()
    if marked.count:
        rebuilt_copies = stage_marked(session, context, staged.catalog, marked)
    changes = plan_changes(session, state.layout, staged, (*decided.restored_copies, *rebuilt_copies))
    apply_changes(session, hour.schema, changes)
    describe(session, hour.schema, changes, staged.catalog)
    describe_again(session, hour.schema, state.catalog, staged.catalog, state.layout)
    return _Altered(changes, marked, rebuilt_copies)


def _record(
    session: Session, context: LoadContext, prepared: PreparedLoad, moved: _Moved, stamp: LoadStamp
) -> tuple[dict[str, int], Changes]:
    """Write the ledger's part of the load; return its counts and its changes."""
    hour, staged = context.hour, prepared.staged
    # `arrivals` before the load's own row: the row's counts are summed from what `arrivals` recorded, so the two agree.
    moved.moves.record(stamp.load_id, source=hour.source, archive_hour=hour.archive_hour)
    changes = read_changes(session, stamp.load_id, moved.staged)
    replace_quarantine(session, hour)
    replace_excluded(session, hour, staged.excluded)
    replace_conflicts(session, hour, moved.conflicts)
    replace_erased(session, hour)
    # The row of `loads` last: from it on the hour counts as loaded.
    counts = {name: hour.counts[name] for name in HOUR_COUNTS} | {"rescued": staged.rescued} | changes.totals()
    times = {"started_at": stamp.instant, "finished_at": max(stamp.instant, context.now())}
    record_load(session, hour, stamp.load_id, column_counts=staged.counts, run_id=context.run_id, **counts, **times)
    return counts, changes
