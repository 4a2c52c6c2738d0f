"""Drops a table or column from warehouse and catalog: its values move to `_rescued`, and no load adds it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from loaders.catalog.names import check_target, find_target
from loaders.catalog.store import read_catalog, write_catalog
from loaders.connection.session import Name, Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.ledger.loads import check_schema, count_loads, has_ledger, next_instant
from loaders.load.rebuild import begin_marks
from loaders.process.temporary import temporary_folder
from loaders.rewrite.rewrite import (
    MarkedHours,
    RewriteInputs,
    RowRebuild,
    begin_moves,
    count_marked,
    read_current,
    record_rebuilt_rows,
    refuse_committing,
    replace_marked_rows,
    rolled_back,
    stage_marked_hours,
)
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import Layout, read_layout
from loaders.schema.refusals import translating_refusal
from loaders.transform.catalog import WHOLE, Catalog, DropTarget
from loaders.transform.names import events_of
from loaders.transform.standard_columns import HOME_TABLES, event_type_of

TRACKS = HOME_TABLES["track"]


@dataclass(frozen=True)
class Dropped:
    """The result of a drop, or of its dry run. `load_id` is empty if no row had to be written."""

    table: str
    column: str
    """``*`` for the whole table."""
    dropped: int
    """Rows of the dropped table, or values of the dropped column."""
    rows: int
    """Rows that were rebuilt: their `_rescued` contains the values."""
    hours: int
    """Archive hours of the lake from which they were read."""
    load_id: str = ""
    already: bool = False
    """Whether an earlier call has dropped the target: nothing was changed."""


@dataclass(frozen=True)
class Restored:
    """The result of a restore."""

    table: str
    column: str
    """``*`` for the whole table."""
    already: bool
    """Whether the target was not dropped: nothing was changed."""
    dropped: tuple[str, ...]
    """What is dropped still."""


@dataclass(frozen=True)
class _Dropping:
    """One call of `drop_target` after the catalog is read."""

    target: DropTarget
    catalog: Catalog
    layout: Layout
    rebuild: RowRebuild

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that change: columns of identifies are columns of `users`, too."""
        tables = (self.target.table, USERS) if self.target.table == IDENTIFIES else (self.target.table,)
        return tuple(table for table in tables if self.contains(table))

    def contains(self, table: str) -> bool:
        """Return whether the table exists and contains the target."""
        return table in self.layout and self.target.column in {WHOLE, *self.layout[table]}


def drop_target(
    warehouse: Warehouse,
    inputs: RewriteInputs,
    target: DropTarget,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Dropped:
    """Drop a column or an event table and move its values to `_rescued` (those of a table to the rows of `tracks`).

    One transaction under the merge lock. Afterwards the tables equal those of a fresh load without the target, and no
    event adds it again. A target that is dropped already is a result (ADR 0026). Raise Terminal, and change nothing,
    for a target that does not exist, for a home table, if a view depends on the target, and if the lake no longer
    contains a row as it was loaded.
    """
    if dry_run:
        with rolled_back(warehouse, lambda session: _plan(session, inputs, target)) as session:
            job = _plan(session, inputs, target)
            return _result(session, job, _mark(session, job)) if job else _dropped_before(target)
    with temporary_folder() as folder, warehouse.loading(inputs.schema) as session:
        refuse_committing(session, "drop")
        job = _plan(session, inputs, target, folder=folder)
        if job is None:
            return _dropped_before(target)
        marked = _mark(session, job)
        result = _result(session, job, marked)
        load_id = _drop(session, job, marked, next_instant(session, now()), now)
        session.run("rewrite/drop/forget_counts", source=inputs.source, table=target.table, column=target.column)
        write_catalog(session, inputs.schema, job.catalog, job.rebuild.after)
        session.dialect.maintain(session.connection, loads=count_loads(session))
        return replace(result, load_id=load_id)


def restore_target(warehouse: Warehouse, target: DropTarget, *, source: str, schema: str) -> Restored:
    """Let the next event add a dropped table or column again.

    A target that is not dropped is a result: events may add it already (ADR 0026). Raise Terminal for a name that no
    event can have, and for a column of a dropped table.
    """
    with warehouse.reading() as session:
        catalog = _read_droppable(session, target, source=source, schema=schema)
    if target not in catalog.dropped:
        return _restored(target, catalog)
    with warehouse.loading(schema) as session:
        catalog = _read_droppable(session, target, source=source, schema=schema)
        write_catalog(session, schema, catalog, replace(catalog, dropped=catalog.dropped - {target}))
    return _restored(target, catalog)


def _restored(target: DropTarget, before: Catalog) -> Restored:
    left = tuple(str(dropped) for dropped in sorted(before.dropped - {target}))
    return Restored(*target, already=target not in before.dropped, dropped=left)


def _read_droppable(session: Session, target: DropTarget, *, source: str, schema: str) -> Catalog:
    """Return the catalog; raise Terminal if nothing but a mistake can have named the target."""
    if not has_ledger(session):
        raise Terminal("the warehouse has no tables yet: there is nothing to restore")
    check_schema(session, source=source, schema=schema)
    catalog = read_catalog(session, schema, read_layout(session, schema))
    check_target(*target)
    if target.column != WHOLE and target not in catalog.dropped and catalog.has_dropped(target.table):
        raise Terminal(
            f"{target} is not dropped by itself: `tideline catalog restore {target.table}` restores its table"
        )
    return catalog


def _dropped_before(target: DropTarget) -> Dropped:
    return Dropped(*target, dropped=0, rows=0, hours=0, already=True)


def _plan(session: Session, inputs: RewriteInputs, target: DropTarget, *, folder: Path = Path()) -> _Dropping | None:
    """Return the drop, or None if the target is dropped already; raise Terminal for a target that does not exist."""
    layout, catalog = read_current(session, inputs, empty="the warehouse has no tables yet: there is nothing to drop")
    if target in catalog.dropped:
        return None
    find_target(catalog, target)
    whole = target.column == WHOLE
    tables = {
        table: {name: column for name, column in columns.items() if (table, name) != target}
        for table, columns in catalog.tables.items()
        if not (whole and table == target.table)
    }
    remaining = {
        table: {name: kind for name, kind in columns.items() if not _is_dropped(target, table, name)}
        for table, columns in layout.items()
        if not (whole and table == target.table)
    }
    after = replace(catalog, tables=tables, dropped=catalog.dropped | {target})
    rebuild = RowRebuild(inputs, TRACKS if whole else target.table, after, remaining, folder)
    return _Dropping(target, catalog, layout, rebuild)


def _is_dropped(target: DropTarget, table: str, column: str) -> bool:
    of = {target.table, USERS} if target.table == IDENTIFIES else {target.table}
    return table in of and column == target.column


def _mark(session: Session, job: _Dropping) -> MarkedHours:
    """Mark the rows to rebuild; return their number by archive hour."""
    schema, target = job.rebuild.inputs.schema, job.target
    marked = begin_marks(session)
    if target.column == WHOLE:
        if job.tables and TRACKS in job.layout:
            event, *clashing = events_of(target.table)
            names: dict[str, Name] = {"tracks": (schema, TRACKS), "marked": marked.table}
            session.run("rewrite/drop/mark_tracks", names, name=TRACKS, event=event, clashing=(clashing or [event])[0])
    elif job.contains(target.table):
        kind = event_type_of(target.table)
        column: dict[str, Name] = {
            "table": (schema, target.table), "column": target.column, "marked": marked.table,
        }  # fmt: skip
        session.run("rewrite/drop/mark_values", column, name=target.table, type=kind)
    return count_marked(session, marked)


def _drop(session: Session, job: _Dropping, marked: MarkedHours, uuid_ts: datetime, now: Callable[[], datetime]) -> str:
    """Drop the target and rebuild the marked rows; return the load id that records it."""
    # Rows are staged before the table is locked: from then on the readers of a server wait.
    batches = list(stage_marked_hours(session, job.rebuild, marked))
    rewritten = begin_moves(session, job.rebuild, marked, uuid_ts)
    if job.target.column == WHOLE and job.tables:
        rewritten.moves.count_dropped(job.target.table)
    _change_tables(session, job)
    if not batches:
        return ""
    replace_marked_rows(session, job.rebuild, batches, rewritten)
    return record_rebuilt_rows(job.rebuild, {job.rebuild.table: marked.total}, rewritten.moves, now)


def _change_tables(session: Session, job: _Dropping) -> None:
    """Drop the column or table; raise Terminal if a view or anything else in the database depends on it."""
    schema = job.rebuild.inputs.schema
    for table in job.tables:
        names: dict[str, Name] = {"table": (schema, table), "column": job.target.column}
        column = None if job.target.column == WHOLE else job.target.column
        with (
            translating_refusal(session, "nothing was dropped", "take away what needs it, then drop it"),
            session.dialect.keeping_views(session.connection, schema, table, column),
        ):
            session.run("rewrite/drop/drop_table" if column is None else "rewrite/drop/drop_column", names)


def _result(session: Session, job: _Dropping, marked: MarkedHours) -> Dropped:
    target, rows = job.target, marked.total
    dropped = rows
    if target.column == WHOLE:
        table = {"table": (job.rebuild.inputs.schema, target.table)}
        dropped = int(session.rows("rewrite/drop/count_rows", table)[0].held) if job.tables else 0
    return Dropped(target.table, target.column, dropped, rows, len(marked.hours))
