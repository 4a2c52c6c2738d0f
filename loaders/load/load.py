"""One archive hour into the warehouse: staged while nothing is held, merged in one transaction (contract §7, §8).

`load_hour` looks, stages, copies the rows to where the merge can read them, takes the merge lock of the schema, and
then merges. Another process may have loaded meanwhile, so under the lock it looks again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loaders.catalog.store import add_wide_ints, read_catalog, write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.errors import Busy, Transient
from loaders.interface.hour import Hour
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.interface.result import Changes, LoadResult, TableCounts
from loaders.ledger.changes import read_changes, staged_rows
from loaders.ledger.loads import (
    PreviousLoad,
    check_owner,
    count_loads,
    create_ledger,
    has_arrived,
    has_ledger,
    new_load_id,
    next_instant,
    read_previous_load,
    record_load,
)
from loaders.load.context import LoadContext
from loaders.load.excluded import replace_excluded
from loaders.load.id_hashes import find_places, note_ids
from loaders.load.losing_copies import note_copies, stage_copies
from loaders.load.merge import delete_leaving, insert_entering
from loaders.load.online_ddl import add_columns, find_refusals, pin_refused, unpin_refused
from loaders.load.quarantine import replace_quarantine
from loaders.load.rebuild import mark_rows, rebuild_rows, refuse_retired, stage_marked
from loaders.load.users import UserRules, recompute_users
from loaders.load.winners import Rows, add_contenders, decide, gather_rivals, make_readable
from loaders.schema.comments import describe
from loaders.schema.evolve import apply_changes, index_tables, layout_after, plan_changes
from loaders.schema.introspect import Layout, read_layout
from loaders.schema.ledger_tables import create_schema
from loaders.staging.stage import HourEvents, StagingOptions, stage_hour
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Budgets, Catalog

__all__ = ["Budgets", "Hour", "LoadResult", "TableCounts", "load_hour"]

_ATTEMPTS: Final = 4
"""Tries of a load that a passing trouble of the server has ended: a deadlock, a lost connection."""


@dataclass(frozen=True)
class WarehouseState:
    """What the warehouse knows when a load comes: the hour's former load, the catalog of the schema."""

    former: PreviousLoad | None
    lost: bool
    """The hour has changed rows before, but its row of the ledger is gone."""
    catalog: Catalog
    layout: Layout = field(compare=False)
    stamp: Hashable | None = field(default=None, compare=False)
    """As long as the warehouse's is the same, all of this stands; None where that is not known."""


@dataclass(frozen=True)
class PreparedLoad:
    """An hour staged by what was seen, its rows readable in the connection of the load."""

    seen: WarehouseState
    staged: Staged
    brought: tuple[Rows, ...]
    changes: tuple[str, ...] = ()
    """What was changed of the tables ahead of the load, and what could not be."""


def load_hour(
    warehouse: Warehouse,
    hour: Hour,
    *,
    reload: bool = False,
    budgets: Budgets = Budgets(),
    limits: Limits = DEFAULT_LIMITS,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LoadResult:
    """Merge one archive hour of the lake into the warehouse: all of it in one transaction, or nothing.

    An hour whose newest load has the same manifest is left alone, unless `reload`. May be called for any hours in any
    order, again, and by several processes at once: the tables are the same (contract §11). Raises Transient when
    another process holds the warehouse for too long, Terminal when something must be changed first; neither changes a
    row.
    """
    with TemporaryDirectory(prefix="tideline-") as folder:
        context = LoadContext(hour, reload, budgets, run_id, now, Path(folder), limits)
        for attempt in range(1, _ATTEMPTS):
            try:
                return _try_load(warehouse, context)
            except Busy:
                raise
            except Transient:
                time.sleep(random.uniform(0.3, 0.6) * 2**attempt)  # noqa: S311  only so that two do not meet again
        return _try_load(warehouse, context)


def _try_load(warehouse: Warehouse, context: LoadContext) -> LoadResult:
    schema = context.hour.schema
    with context.timed("look"), warehouse.reading() as session:
        standing = _read_standing(session, context.hour)
    if (done := _done(context, standing)) is not None:
        return done
    staged = _stage(context, standing)
    started = time.perf_counter()
    with warehouse.writing() as session:
        context.seconds["wait"] = time.perf_counter() - started
        with session.transaction():
            ready = _make_ready(session, context, standing, staged)
        started = time.perf_counter()
        with warehouse.merge_lock(session, schema):
            context.seconds["wait"] += time.perf_counter() - started
            if session.dialect.adds_ahead:
                ready = _prepare(session, context, ready, wait=warehouse.wait)
            with session.transaction():
                return _merge(session, context, ready)


def _read_standing(session: Session, hour: Hour) -> WarehouseState:
    if not has_ledger(session):
        return WarehouseState(None, lost=False, catalog=Catalog(), layout=read_layout(session, hour.schema))
    check_owner(session, hour)
    former = read_previous_load(session, hour)
    lost = former is None and has_arrived(session, hour)
    layout = read_layout(session, hour.schema)
    catalog = read_catalog(session, hour.schema, layout)
    return WarehouseState(former, lost, catalog, layout, session.dialect.stamp())


def _look_again(session: Session, hour: Hour, seen: WarehouseState) -> WarehouseState:
    """What stands by now: what was seen, where nobody has committed since."""
    if seen.stamp is not None and session.dialect.stamp() == seen.stamp:
        return seen
    return _read_standing(session, hour)


def _done(context: LoadContext, standing: WarehouseState) -> LoadResult | None:
    """The result of an hour that needs no load."""
    former = standing.former
    if former is None or context.reload or former.manifest_hash != context.hour.manifest_hash:
        return None
    return LoadResult(False, former.load_id, dict(former.counts), seconds=context.seconds)


def _stage(
    context: LoadContext, standing: WarehouseState, refused: Mapping[tuple[str, str], str] | None = None
) -> Staged:
    """The hour's typed rows; a refused column keeps its type. Where the ledger has lost the hour, its former load is
    taken to have counted the same."""
    refused = refused or {}
    catalog = pin_refused(standing.catalog, refused)
    with context.timed("stage"):
        counts = standing.former.column_counts if standing.former else None
        if standing.lost:
            counts = _stage_with(context, catalog, None).counts
        staged = _stage_with(context, catalog, counts)
    return replace(staged, catalog=unpin_refused(staged.catalog, standing.catalog, refused))


def _stage_with(context: LoadContext, catalog: Catalog, counts: dict[str, dict[str, list[int]]] | None) -> Staged:
    hour = context.hour
    events = HourEvents(hour.archive_hour, hour.events, hour.selection)
    return stage_hour(events, catalog, StagingOptions(context.new_folder(), context.budgets, context.limits), counts)


def _make_ready(session: Session, context: LoadContext, standing: WarehouseState, staged: Staged) -> PreparedLoad:
    with context.timed("copy"):
        return PreparedLoad(standing, staged, make_readable(session, staged.tables))


def _prepare(session: Session, context: LoadContext, ready: PreparedLoad, *, wait: float) -> PreparedLoad:
    """What a server does under the merge lock before the load: tideline's own tables, new columns, each in a short
    transaction. Where a type cannot change, the hour is staged once more by the type that stays."""
    hour = context.hour
    with session.transaction():
        create_ledger(session)
        create_schema(session, hour.schema)
    with session.transaction():
        standing = _read_standing(session, hour)
        if _done(context, standing) is not None:
            return ready  # told by the merge, which looks as well
        if standing != ready.seen:
            ready = _make_ready(session, context, standing, _stage(context, standing))
        changes = plan_changes(session, standing.layout, ready.staged, ())
        refused = find_refusals(session, hour.schema, changes)
        if refused:
            ready = _make_ready(session, context, standing, _stage(context, standing, refused))
            changes = plan_changes(session, standing.layout, ready.staged, ())
    added = add_columns(session, hour.schema, changes, ready.staged.catalog, wait=wait)
    return replace(ready, changes=(*map(str, added), *refused.values()))


def _merge(session: Session, context: LoadContext, ready: PreparedLoad) -> LoadResult:
    """Everything between BEGIN and COMMIT. What another process has changed since the look is looked at again."""
    if not session.dialect.adds_ahead:
        create_ledger(session)
        create_schema(session, context.hour.schema)
    standing = _look_again(session, context.hour, ready.seen)
    if (done := _done(context, standing)) is not None:
        return done
    if standing != ready.seen:
        ready = _make_ready(session, context, standing, _stage(context, standing))
    started_at = next_instant(session, context.now())
    load_id = new_load_id(started_at)
    with context.timed("merge"):
        rows, changes = _move_rows(session, context, standing, ready, load_id, started_at)
    with context.timed("record"):
        counts, moved = _record(session, context, ready.staged, rows, load_id, started_at)
        write_catalog(
            session, context.hour.schema, standing.catalog, add_wide_ints(session, context.hour, ready.staged)
        )
        session.dialect.maintain(session.connection, loads=count_loads(session))
    told, left_out = (*ready.changes, *changes), ready.staged.excluded.total()
    return LoadResult(True, load_id, counts, moved.tables, told, moved.touched, context.seconds, left_out)


def _move_rows(
    session: Session,
    context: LoadContext,
    standing: WarehouseState,
    ready: PreparedLoad,
    load_id: str,
    uuid_ts: datetime,
) -> tuple[Counter[str], tuple[str, ...]]:
    """Bring every table to what it must be; rows staged per table, and what changed of the tables themselves."""
    hour, schema = context.hour, context.hour.schema
    layout, former, staged, brought = standing.layout, standing.former, ready.staged, ready.brought
    rewrite = context.reload or standing.lost or (former is not None and former.config_hash != hour.config_hash)

    find_places(session, hour, brought, layout)
    gather_rivals(session, hour, brought, layout, limits=context.limits)
    folder, budgets, limits = context.new_folder(), context.budgets, context.limits
    back = stage_copies(
        session, hour, staged.catalog, folder=folder / "copies", budgets=budgets, limits=limits, rewrite=rewrite
    )
    put_back = make_readable(session, back)
    add_contenders(session, put_back)
    decide(session, hour, rewrite=rewrite)

    changes = plan_changes(session, layout, staged, back)
    refuse_retired(session, hour, changes)
    marked = mark_rows(session, schema, changes, standing.catalog)
    anew: tuple[StagedTable, ...] = ()
    if marked:
        anew = stage_marked(session, hour, staged.catalog, folder=folder / "anew", budgets=budgets, limits=limits)
    changes = plan_changes(session, layout, staged, (*back, *anew))
    apply_changes(session, schema, changes)
    describe(session, schema, changes, staged.catalog)

    for table in ("load/arrivals/create_out", "load/arrivals/create_in", "load/users/create_touched"):
        session.run(table)
    delete_leaving(session, schema, layout)
    insert_entering(session, schema, (*brought, *put_back), uuid_ts)
    if marked:
        rebuild_rows(session, schema, (*brought, *make_readable(session, anew)), uuid_ts)
    note_copies(session, hour)
    note_ids(session, hour, put_back, load_id)
    after = layout_after(session, layout, changes)
    rules = UserRules(staged.catalog, values=budgets.values, not_users=hour.not_users)
    recompute_users(session, schema, after, rules, uuid_ts=uuid_ts)
    index_tables(session, schema, changes)
    return staged_rows((*staged.tables, *back, *anew)), tuple(map(str, changes))


def _record(
    session: Session, context: LoadContext, staged: Staged, rows: Counter[str], load_id: str, started_at: datetime
) -> tuple[dict[str, int], Changes]:
    """Write `arrivals`, quarantine, what was left out, the load and its files; its counts and what it changed."""
    hour = context.hour
    session.run(
        "load/arrivals/insert", load_id=load_id, source=hour.source, archive_hour=hour.archive_hour, schema=hour.schema
    )
    changes = read_changes(session, load_id, rows)
    replace_quarantine(session, hour)
    replace_excluded(session, hour, staged.excluded)
    counts = {name: hour.counts[name] for name in HOUR_COUNTS} | {"rescued": staged.rescued} | changes.totals()
    times = {"started_at": started_at, "finished_at": max(started_at, context.now())}
    record_load(session, hour, load_id, column_counts=staged.counts, run_id=context.run_id, **counts, **times)
    return counts, changes
