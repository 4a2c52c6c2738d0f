"""Changes the type of a settled column: the column is rebuilt from the lake, which holds its values as sent
(contract §6).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from loaders.catalog.names import find_column, find_type
from loaders.catalog.store import write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.ledger.loads import count_loads, next_instant
from loaders.load.rebuild import mark_rows
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
from loaders.schema.comments import describe
from loaders.schema.evolve import IDENTIFIES, USERS, NewType, apply_changes
from loaders.schema.refusals import translating_refusal
from loaders.transform.catalog import Catalog, Column
from loaders.transform.standard_columns import LogicalType
from loaders.transform.type_inference import misfits


@dataclass(frozen=True)
class Retype:
    """A request to give one column another type."""

    table: str
    column: str
    type: str
    pin: bool = False
    """Whether to pin the column; a pinned column stays pinned."""


@dataclass(frozen=True)
class Retyped:
    """The result of a retype, or of its dry run. `load_id` is empty if no row had to be written."""

    table: str
    column: str
    former: LogicalType
    type: LogicalType
    pinned: bool
    rows: int
    """Rows that were rebuilt."""
    hours: int
    """Archive hours of the lake from which they were read."""
    rescued_before: int
    rescued: int
    """Values of the column in `_rescued`, over all loads (`tideline.columns`)."""
    load_id: str = ""
    already: bool = False
    """Whether the column had this type before, settled and pinned as requested."""


@dataclass(frozen=True)
class _Retyping:
    """One call of `retype_column` after the catalog is read."""

    wanted: Retype
    catalog: Catalog
    rebuild: RowRebuild

    @property
    def former(self) -> Column:
        return self.catalog.tables[self.wanted.table][self.wanted.column]

    @property
    def column(self) -> Column:
        return self.rebuild.after.tables[self.wanted.table][self.wanted.column]


def retype_column(
    warehouse: Warehouse,
    inputs: RewriteInputs,
    wanted: Retype,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Retyped:
    """Change a column's type and rebuild every row with a value for it, in one transaction under the merge lock.

    Afterwards the tables equal those of a fresh load with the column pinned to that type. The type is settled: data
    only widens it from int to float. Raise Terminal, and change nothing, for an unknown name or type, and if the lake
    no longer contains a row as it was loaded.
    """
    if dry_run:
        with rolled_back(warehouse, lambda session: _plan(session, inputs, wanted)) as session:
            job = _plan(session, inputs, wanted)
            return _result(session, job, _mark(session, job))
    with temporary_folder() as folder, warehouse.loading(inputs.schema) as session:
        refuse_committing(session, "retype")
        job = _plan(session, inputs, wanted, folder=folder)
        marked = _mark(session, job)
        result = _result(session, job, marked)
        load_id = _rebuild(session, job, marked, next_instant(session, now()), now)
        write_catalog(session, inputs.schema, job.catalog, job.rebuild.after)
        session.dialect.maintain(session.connection, loads=count_loads(session))
        return replace(result, load_id=load_id)


def _plan(session: Session, inputs: RewriteInputs, wanted: Retype, *, folder: Path = Path()) -> _Retyping:
    kind = find_type(wanted.type)
    empty = "the warehouse has no tables yet: load first, or pin types with `tideline catalog import`"
    layout, catalog = read_current(session, inputs, empty=empty)
    former = find_column(catalog, wanted.table, wanted.column)
    wide = _wide_ints(session, inputs.source, wanted) if kind == "float" else 0
    rescued = misfits(former.counts, kind) + wide
    column = replace(former, type=kind, provisional=False, pinned=former.pinned or wanted.pin, rescued=rescued)
    tables = {table: dict(columns) for table, columns in catalog.tables.items()}
    tables[wanted.table][wanted.column] = column
    after = replace(catalog, tables=tables)
    return _Retyping(wanted, catalog, RowRebuild(inputs, wanted.table, after, layout, folder))


def _wide_ints(session: Session, source: str, wanted: Retype) -> int:
    """Return the number of ints of the column that no float64 holds: every load records it, whatever the type is."""
    rows = session.rows("rewrite/retype/column_counts", source=source)
    counts = (json.loads(row.column_counts) for row in rows)
    return sum(load.get(wanted.table, {}).get(wanted.column, [0])[-1] for load in counts)


def _mark(session: Session, job: _Retyping) -> MarkedHours:
    """Mark the rows to rebuild; return their number by archive hour."""
    return count_marked(session, mark_rows(session, job.rebuild.inputs.schema, _changes(session, job), job.catalog))


def _changes(session: Session, job: _Retyping) -> list[NewType]:
    """Return the columns to change: a column of identifies is a column of `users`, too."""
    table, column = job.wanted.table, job.wanted.column
    physical = {kind: session.dialect.column_type(kind) for kind in ("int", job.column.type)}
    types = {
        name: job.rebuild.layout.get(name, {}).get(column)
        for name in ((table, USERS) if table == IDENTIFIES else (table,))
    }
    return [
        NewType(name, column, job.column.type, job.column.type == "float" and kind == physical["int"])
        for name, kind in types.items()
        if kind is not None and kind != physical[job.column.type]
    ]


def _rebuild(
    session: Session, job: _Retyping, marked: MarkedHours, uuid_ts: datetime, now: Callable[[], datetime]
) -> str:
    """Change the column and rebuild the marked rows; return the load id that records it."""
    # Rows are staged before the table is locked: from then on the readers of a server wait.
    batches = list(stage_marked_hours(session, job.rebuild, marked))
    _change_tables(session, job)
    if not batches:
        return ""
    rewritten = begin_moves(session, job.rebuild, marked, uuid_ts)
    replace_marked_rows(session, job.rebuild, batches, rewritten)
    return record_rebuilt_rows(job.rebuild, {job.wanted.table: marked.total}, rewritten.moves, now)


def _change_tables(session: Session, job: _Retyping) -> None:
    """Change the type; raise Terminal with the message of the database if a view or an index prevents it."""
    with translating_refusal(session, "nothing was changed", "drop what needs the column, retype, and make it again"):
        changes = _changes(session, job)
        apply_changes(session, job.rebuild.inputs.schema, changes)
        describe(session, job.rebuild.inputs.schema, changes, job.rebuild.after)


def _result(session: Session, job: _Retyping, marked: MarkedHours) -> Retyped:
    former, column = job.former, job.column
    return Retyped(
        column.table, column.name, former.type, column.type, column.pinned, marked.total, len(marked.hours),
        former.rescued, column.rescued, already=replace(column, rescued=former.rescued) == former
        and not _changes(session, job),
    )  # fmt: skip
