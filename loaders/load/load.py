"""Loads archive hours into the warehouse: staged first, then merged in one transaction (contract §7, §8).

The order of `_try_load` keeps the locks short:

1. Read the state of the warehouse, without a lock. Hours that are loaded already end here.
2. Stage, without a lock: the longest step. It needs only the lake and the state, so other loads and readers go on.
3. Copy the staged rows into the load's connection, in a transaction of its own: the copy is not undone with the merge,
   and on a server it does not hold the merge lock.
4. Take the merge lock of the schema, and read the state again: another process may have loaded meanwhile. Only then are
   the previous load and the catalog facts that the merge may rely on. Where they have changed, stage the hours again.
   On a server, new columns are added now, in short transactions of their own (`_prepare`).
5. Merge: `_move_rows`, then `record_hours`, in one transaction. A crash at any statement leaves the warehouse as it
   was.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from loaders.catalog.declared import warn_of_types
from loaders.catalog.store import add_wide_ints, write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Busy, DiskFailure, HourUnreadable, Transient
from loaders.interface.hour import Hour
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.interface.result import LoadResult, TableCounts
from loaders.ledger.changes import count_staged
from loaders.ledger.loads import count_loads, create_ledger, next_instant
from loaders.load.altering.alter import change_tables
from loaders.load.altering.declared import create_declared, lacks_declared
from loaders.load.arrivals import Moves
from loaders.load.context import LoadContext, LoadStamp
from loaders.load.hours.hour_table import begin_hours
from loaders.load.hours.record import MovedRows, add_staged, record_hours, stamp_hours
from loaders.load.id_hashes import find_id_hours, note_ids
from loaders.load.left_out.excluded import refuse_unerased
from loaders.load.losing_copies import count_restored, note_copies, stage_copies
from loaders.load.merge import delete_leaving, insert_entering
from loaders.load.online_ddl import add_columns, find_refusals
from loaders.load.prepare import (
    LoadResults,
    PreparedLoad,
    copy_load,
    loaded_already,
    prepare_again,
    skip_refused,
    stage_load,
)
from loaders.load.rebuild import rebuild_rows
from loaders.load.state import WarehouseState, read_state, refresh_state
from loaders.load.take_over import take_over
from loaders.load.users import TouchedUsers, UserRules, recompute_users
from loaders.load.winners import (
    Decision,
    StagedRelation,
    add_contenders,
    begin_contest,
    decide,
    gather_rivals,
    make_readable,
    undisputed,
)
from loaders.process.temporary import temporary_folder
from loaders.schema.evolve import USERS, index_tables, layout_after, plan_changes
from loaders.schema.introspect import Layout
from loaders.schema.ledger_tables import create_schema
from loaders.schema.taken_names import warn_of_taken
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Budgets

__all__ = ["Budgets", "Hour", "LoadResult", "TableCounts", "load_hour", "load_hours"]

_ATTEMPTS: Final = 4
"""Attempts of a load that ends with a transient error of the server: a deadlock, a lost connection."""


@dataclass(frozen=True)
class _Decided:
    """Which rows leave and enter, and the copies of other hours that compete again."""

    decision: Decision
    restored_copies: tuple[StagedTable, ...]
    restored_rows: tuple[StagedRelation, ...]
    restored: Mapping[datetime, Counter[str]]
    """How many rows they are, by the archive hour that counts them, and table."""


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
    """Merge one archive hour of the lake into the warehouse, as `load_hours` does with several.

    Raises the errors of the hour's readers as they are.
    """
    try:
        results = load_hours(
            warehouse, [hour], reload=reload, refresh=refresh, budgets=budgets, limits=limits, run_id=run_id, now=now
        )
    except HourUnreadable as error:
        raise error.cause from error.cause.__cause__
    return results[hour.archive_hour]


def load_hours(
    warehouse: Warehouse,
    hours: Sequence[Hour],
    *,
    reload: bool = False,
    refresh: bool = False,
    budgets: Budgets = Budgets(),
    limits: Limits = DEFAULT_LIMITS,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[datetime, LoadResult]:
    """Merge some archive hours of one source into the warehouse: all of them in one transaction, or nothing.

    An hour whose newest load has the same manifest is left alone, unless `reload`; with `refresh` only rows that differ
    are written, because some of its events were erased. May be called for any hours in any
    order, repeatedly, and by several processes at once: the tables are the same (contract §11). Raises HourUnreadable
    for an hour whose rows cannot be read, Transient when another process holds the warehouse for too long, Terminal
    when something must be changed first; none of them changes a row.
    """
    ordered = tuple(sorted(hours, key=lambda hour: hour.archive_hour))
    with temporary_folder() as folder:
        context = LoadContext(ordered, reload, refresh, budgets, run_id, now, folder, limits)
        for attempt in range(1, _ATTEMPTS):
            try:
                return dict(skip_refused(context, partial(_try_load, warehouse, context)))
            except (Busy, DiskFailure):
                raise
            except Transient:
                time.sleep(random.uniform(0.3, 0.6) * 2**attempt)  # noqa: S311  only so that two do not meet again
        return dict(skip_refused(context, partial(_try_load, warehouse, context)))


def _try_load(warehouse: Warehouse, context: LoadContext) -> LoadResults:
    state = _look(warehouse, context)
    done = loaded_already(context, state)
    pending = context.without(done)
    if not pending.hours:
        return done
    # Staging before the connection may write: a DuckDB file has one writer, and staging takes most of the time.
    staged = stage_load(pending, state)
    started = time.perf_counter()
    with warehouse.writing() as session:
        context.seconds["wait"] = time.perf_counter() - started
        # Copying before the merge lock: rows reach a server over the network, and other loads need not wait for that.
        with session.transaction():
            prepared = copy_load(session, pending, state, staged)
        started = time.perf_counter()
        with warehouse.merge_lock(session, context.schema):
            context.seconds["wait"] += time.perf_counter() - started
            if session.dialect.adds_ahead:
                prepared = _prepare(session, context, prepared, wait=warehouse.wait)
            with session.transaction():
                session.dialect.begin_merge(session.connection)
                return _merge(session, context, prepared)


def _look(warehouse: Warehouse, context: LoadContext) -> WarehouseState:
    """Return the state of the warehouse, with the declared columns; they are created here where it lacks some."""
    source, schema, declared = context.source, context.schema, context.lead.declared
    with context.timed("look"):
        with warehouse.reading() as session:
            state = read_state(session, context)
            if context.without(loaded_already(context, state)).hours:
                session.dialect.check_writable(session.connection)
        if not lacks_declared(state.catalog, state.layout, declared):
            return state
        context.created.extend(create_declared(warehouse, declared, source=source, schema=schema))
        with warehouse.reading() as session:
            return read_state(session, context)


def _prepare(session: Session, context: LoadContext, prepared: PreparedLoad, *, wait: float) -> PreparedLoad:
    """Change tables on a server under the merge lock, before the merge: DDL in the merge would block its readers."""
    # Tideline's own tables first, and committed: the state is read from them. The ledger last: it notes its views.
    with session.transaction():
        create_schema(session, context.schema)
        create_ledger(session)
    # The state under the merge lock decides which columns are new. The transaction ends before columns are added: it
    # would hold locks on the tables that adding a column waits for.
    with session.transaction():
        state = read_state(session, context)
        if not context.without(loaded_already(context, state)).hours:
            return prepared  # `_merge` looks as well, and returns the results
        prepared = prepare_again(session, context, state, prepared)
        changes = plan_changes(session, state.layout, prepared.staged, ())
        # A type that cannot change stays, so the hours are staged again by it: values that do not fit are rescued.
        refused = find_refusals(session, context.schema, changes)
        if refused:
            staged = stage_load(prepared.context, state, refused)
            prepared = copy_load(session, prepared.context, state, staged)
            changes = plan_changes(session, state.layout, prepared.staged, ())
    added = add_columns(session, context.schema, changes, prepared.staged.catalog, wait=wait)
    return replace(prepared, changes=(*map(str, added), *refused.values()))


def _merge(session: Session, context: LoadContext, prepared: PreparedLoad) -> LoadResults:
    """Do everything between BEGIN and COMMIT."""
    # Where DDL is part of the transaction, Tideline's own tables are created here: a failed load leaves no trace.
    if not session.dialect.adds_ahead:
        create_ledger(session)
        create_schema(session, context.schema)
    refuse_unerased(session, context.hours)
    # The state again, under the lock: a load of the same hours, or one that settled other types, may have committed.
    state = refresh_state(session, context, prepared.seen)
    done = loaded_already(context, state)
    if not context.without(done).hours:
        return done
    prepared = prepare_again(session, context, state, prepared)
    context, staged = prepared.context, prepared.staged
    session.dialect.make_room(session.connection, _count_columns(state.layout, staged))
    # The instant after the lock: load ids and uuid_ts grow in the order of commits, so that a cursor misses no row.
    instant = next_instant(session, context.now())
    stamps = stamp_hours(context, instant)
    with context.timed("merge"):
        moved = _move_rows(session, state, prepared, stamps, instant)
    with context.timed("record"):
        results = record_hours(session, context, staged, moved, stamps)
        # The catalog in the same transaction as the rows: the types it names are those of the columns.
        catalog = add_wide_ints(session, context.source, context.archive_hours, staged)
        write_catalog(session, context.schema, state.catalog, catalog)
        session.dialect.maintain(session.connection, loads=count_loads(session))
    first = results[context.lead.archive_hour]
    results[context.lead.archive_hour] = replace(
        first,
        schema_changes=(*context.created, *prepared.changes, *moved.changes),
        warnings=(
            *first.warnings,
            *warn_of_taken(context.hours, catalog.taken, staged.refused),
            *warn_of_types(catalog, context.lead.declared),
        ),
    )
    return {**done, **results}


def _count_columns(layout: Layout, staged: Staged) -> int:
    """Return how many columns the tables that get rows have together."""
    written = {table.name: table.columns.keys() for table in staged.tables}
    tables = {USERS: layout.get(USERS, {}).keys(), **written}
    return sum(len(layout.get(table, {}).keys() | columns) for table, columns in tables.items())


def _move_rows(
    session: Session, state: WarehouseState, prepared: PreparedLoad, stamps: Sequence[LoadStamp], instant: datetime
) -> MovedRows:
    """Bring every table to its state after this load. The order of the groups is part of the algorithm."""
    context, schema, staged = prepared.context, prepared.context.schema, prepared.staged
    # All rows of an hour are rewritten if its settings have changed: equal events may give other rows by them.
    rewritten = {hour.archive_hour for hour in context.hours if context.reload or state.has_other_settings(hour)}
    rewritten |= state.lost
    hours = begin_hours(session, stamps, rewritten)

    # Decide first: the contest reads the tables as earlier loads left them. Change tables before the first DELETE:
    # DuckDB refuses ALTER TABLE after one in the same transaction.
    decided = _decide(session, state, prepared, hours)
    altered = change_tables(session, state, prepared, decided.restored_copies)

    # Deletes before inserts: a new row of the same id would be deleted with the old one, and `load_removed` has to be
    # complete when entering rows are compared with it (a row that replaces one is an update). Rebuilt rows last: they
    # replace marked rows that the merge has neither deleted nor written.
    moves = Moves.begin(session, schema, instant, hours)
    touched = TouchedUsers.begin(session, schema)
    layout = layout_after(session, state.layout, altered.changes)
    delete_leaving(moves, touched, decided.decision, layout, rewrite=bool(rewritten))
    insert_entering(moves, decided.decision, prepared.rows, decided.restored_rows)
    if altered.marked.count:
        rebuild_rows(moves, touched, altered.marked, (*prepared.rows, *make_readable(session, altered.rebuilt_copies)))

    # Derived tables after the rows they follow: copies and id hashes record the decision, `users` is computed from the
    # identifies as they are now. Indexes last: sorting the first rows of a new table once is cheaper than each insert.
    note_copies(session, context, decided.decision, hours)
    note_ids(session, schema, decided.restored_rows, stamps[-1].load_id)
    rules = UserRules(staged.catalog, values=context.budgets.values, not_users=context.lead.not_users)
    recompute_users(touched, layout, rules, uuid_ts=instant)
    taken = take_over(moves, state.catalog, state.layout, tables=context.budgets.tables)
    index_tables(session, schema, altered.changes)
    rows = (
        count_staged((*staged.tables, *altered.rebuilt_copies)), decided.restored, {context.lead.archive_hour: taken}
    )  # fmt: skip
    changes = tuple(map(str, altered.changes))
    return MovedRows(add_staged(rows, context), moves, changes, decided.decision.conflicts)


def _decide(session: Session, state: WarehouseState, prepared: PreparedLoad, hours: str) -> _Decided:
    """Decide which rows leave and which enter, before anything is written."""
    # Rivals are rows as they are now. Copies of other hours are staged after them, because an id whose row of this load
    # stays needs none; and before the decision, because a restored copy may win.
    context, layout = prepared.context, state.layout
    id_hours = find_id_hours(session, context.lead, hours, prepared.rows, layout)
    rivals = begin_contest(session, hours)
    if not gather_rivals(session, context, rivals, prepared.rows, layout=layout, id_hours=id_hours):
        return _Decided(undisputed(), (), (), {})  # most hours: what follows would only look at empty tables
    restored_copies = stage_copies(session, context, prepared.staged.catalog, rivals)
    restored_rows = make_readable(session, restored_copies)
    restored = count_restored(session, restored_rows, rivals)
    add_contenders(session, rivals, restored_rows)
    return _Decided(decide(session, rivals), restored_copies, restored_rows, restored)
