"""A settled type changed on purpose: the column is rebuilt from the lake, where its values stand as sent (SPEC §6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
from sqlalchemy.exc import DBAPIError

from event_assets.tables.catalog import Budgets, Catalog, Column
from event_assets.tables.columns import LogicalType
from event_assets.tables.frames import with_archive_hour
from event_assets.tables.settle import misfits
from loaders.catalog import read_catalog, write_catalog
from loaders.catalog_names import find_column, find_type
from loaders.contest import Rows
from loaders.errors import Terminal
from loaders.evolve import IDENTIFIES, USERS, NewType, apply_changes
from loaders.layout import Layout, read_layout
from loaders.ledger import (
    HOUR_COUNTS,
    check_schema,
    count_loads,
    has_ledger,
    new_load_id,
    next_instant,
    record_rebuild,
)
from loaders.lookups import keys_of
from loaders.rebuild import mark_rows, replace_rows
from loaders.result import read_changes
from loaders.session import Session
from loaders.stage import stage_rows
from loaders.staged import StagedTable
from loaders.users import recompute_users
from loaders.warehouse import Warehouse

_LOOKUP_ROWS: Final = 50_000
"""Events that are asked for in the lake at a time."""
_BATCH_ROWS: Final = 200_000
"""Rows that are put in place at a time, which costs one scan of the table each."""

Lookup = Callable[[datetime, pl.DataFrame], pl.DataFrame]
"""(archive hour, frame of ``type, id``) -> those events of that hour, by the lake's schema."""


@dataclass(frozen=True)
class Retype:
    """What is wanted: one column of a source's schema with another type."""

    source: str
    schema: str
    table: str
    column: str
    type: str
    pin: bool = False
    """Whether the column is pinned too; one that is pinned stays so."""


@dataclass(frozen=True)
class Retyped:
    """What a retype did, or with `dry_run` would do. `load_id` is empty when no row had to be written."""

    table: str
    column: str
    former: LogicalType
    type: LogicalType
    pinned: bool
    rows: int
    """Rows made anew."""
    hours: int
    """Archive hours of the lake that they were read from."""
    rescued_before: int
    rescued: int
    """Values of the column that stand in `_rescued`, over all loads (`tideline.columns`)."""
    load_id: str = ""


@dataclass(frozen=True)
class _Job:
    """One call of `retype_column`, once the catalog has been read."""

    wanted: Retype
    lookup: Lookup
    budgets: Budgets
    catalog: Catalog
    after: Catalog
    layout: Layout
    told: Callable[[int, int], None]
    folder: Path = field(default=Path(), compare=False)

    @property
    def former(self) -> Column:
        return self.catalog.tables[self.wanted.table][self.wanted.column]

    @property
    def column(self) -> Column:
        return self.after.tables[self.wanted.table][self.wanted.column]


def retype_column(
    warehouse: Warehouse,
    wanted: Retype,
    lookup: Lookup,
    *,
    dry_run: bool = False,
    budgets: Budgets = Budgets(),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    told: Callable[[int, int], None] = lambda _done, _hours: None,
) -> Retyped:
    """Change a column's type and make every row anew that has a value for it, in one transaction under the merge lock.

    Afterwards the tables are those of a fresh load with the column pinned to that type. The type is settled: data only
    widens it from int to float. `told` hears how many archive hours of how many are read. Raises Terminal, and changes
    nothing, for a name or type that cannot be, and when the lake no longer has a row as it was loaded.
    """
    if dry_run:
        with warehouse.reading() as session:
            _plan(session, wanted, lookup, budgets, told)  # refuses before anything is opened for writing
        with warehouse.writing() as session, session.connection.begin() as transaction:
            job = _plan(session, wanted, lookup, budgets, told)
            hours = _mark(session, job)
            transaction.rollback()
            return _result(job, hours)
    with TemporaryDirectory(prefix="tideline-") as folder, warehouse.loading(wanted.schema) as session:
        job = replace(_plan(session, wanted, lookup, budgets, told), folder=Path(folder))
        hours = _mark(session, job)
        load_id = _rebuild(session, job, hours, next_instant(session, now()), now)
        write_catalog(session, wanted.schema, job.catalog, job.after)
        session.dialect.keep_house(session.connection, loads=count_loads(session))
        return replace(_result(job, hours), load_id=load_id)


def _plan(session: Session, wanted: Retype, lookup: Lookup, budgets: Budgets, told: Callable[[int, int], None]) -> _Job:
    kind = find_type(wanted.type)
    if not has_ledger(session):
        raise Terminal("the warehouse has no tables yet: load first, or pin types with `tideline catalog import`")
    check_schema(session, source=wanted.source, schema=wanted.schema)
    layout = read_layout(session, wanted.schema)
    catalog = read_catalog(session, wanted.schema, layout)
    former = find_column(catalog, wanted.table, wanted.column)
    rescued = misfits(former.counts, kind) + (_wide_ints(session, wanted) if kind == "float" else 0)
    column = replace(former, type=kind, provisional=False, pinned=former.pinned or wanted.pin, rescued=rescued)
    tables = {table: dict(columns) for table, columns in catalog.tables.items()}
    tables[wanted.table][wanted.column] = column
    return _Job(wanted, lookup, budgets, catalog, Catalog(tables), layout, told)


def _wide_ints(session: Session, wanted: Retype) -> int:
    """How many ints of the column no float64 holds: every load has written that down, whatever the type was."""
    rows = session.rows("retype/column_counts", source=wanted.source)
    counts = (json.loads(row.column_counts) for row in rows)
    return sum(load.get(wanted.table, {}).get(wanted.column, [0])[-1] for load in counts)


def _mark(session: Session, job: _Job) -> dict[datetime, int]:
    """Mark the rows that are made anew; how many of each archive hour."""
    changes = _changes(session, job)
    mark_rows(session, job.wanted.schema, changes, job.catalog)
    return {row.archive_hour.astimezone(UTC): row.marked for row in session.rows("retype/marked_hours")}


def _changes(session: Session, job: _Job) -> list[NewType]:
    """What must change of the tables: the column, in `users` too where identifies bring it."""
    table, column = job.wanted.table, job.wanted.column
    physical = {kind: session.dialect.column_type(kind) for kind in ("int", job.column.type)}
    standing = {
        name: job.layout.get(name, {}).get(column) for name in ((table, USERS) if table == IDENTIFIES else (table,))
    }
    return [
        NewType(name, column, job.column.type, job.column.type == "float" and kind == physical["int"])
        for name, kind in standing.items()
        if kind is not None and kind != physical[job.column.type]
    ]


def _rebuild(
    session: Session, job: _Job, hours: dict[datetime, int], uuid_ts: datetime, now: Callable[[], datetime]
) -> str:
    """Change the column and write the marked rows anew; the load_id under which that is recorded."""
    schema, table = job.wanted.schema, job.wanted.table
    batches = list(_batches(session, job, hours))  # before the table is locked: a server's readers wait from there on
    _change_tables(session, job)
    if not batches:
        return ""
    for statement in ("arrivals/create_out", "arrivals/create_in", "users/create_touched", "rebuild/create_standing"):
        session.run(statement)
    for batch in batches:
        replace_rows(session, schema, Rows(batch, session.stage(batch)), uuid_ts)
        for file in batch.files:
            file.unlink()
    for row in session.rows("retype/left_behind", {"table": (schema, table)}, uuid_ts=uuid_ts):
        raise _not_in_lake(job, row.archive_hour.astimezone(UTC), row.missing)
    if table == IDENTIFIES:
        recompute_users(session, schema, job.layout, job.after, values=job.budgets.values, uuid_ts=uuid_ts)
    return _record(session, job, sum(hours.values()), uuid_ts, now)


def _change_tables(session: Session, job: _Job) -> None:
    """Give the column its type; Terminal, in the database's own words, where a view or an index keeps it as it is."""
    try:
        apply_changes(session, job.wanted.schema, _changes(session, job))
    except DBAPIError as error:
        if error.orig is None or error.connection_invalidated or session.dialect.is_transient(error.orig):
            raise
        said = " ".join(str(error.orig).split())
        raise Terminal(f"nothing was changed: {said}; drop what needs the column, retype, and make it again") from error


def _batches(session: Session, job: _Job, hours: dict[datetime, int]) -> Iterator[StagedTable]:
    """The marked rows by the new type, in files: memory is bounded by one look-up."""
    held: list[StagedTable] = []
    for done, (archive_hour, _) in enumerate(hours.items(), 1):
        keys = keys_of(session.rows("retype/marked_keys", archive_hour=archive_hour)).select("type", "id")
        for number, part in enumerate(keys.iter_slices(_LOOKUP_ROWS)):
            events = job.lookup(archive_hour, part)
            if events.height < part.height:
                raise _not_in_lake(job, archive_hour, part.height - events.height)
            held += stage_rows(
                [with_archive_hour(events, archive_hour)],
                job.after,
                folder=job.folder / f"{done}-{number}",
                budgets=job.budgets,
                tables=frozenset({job.wanted.table}),
            )
            if sum(table.rows for table in held) >= _BATCH_ROWS:
                yield _joined(held)
                held = []
        job.told(done, len(hours))
    if held:
        yield _joined(held)


def _joined(tables: list[StagedTable]) -> StagedTable:
    """Staged rows of one table as one; the columns that any of them has."""
    columns = {name: kind for table in tables for name, kind in table.columns.items()}
    files = tuple(file for table in tables for file in table.files)
    return replace(tables[0], columns=columns, files=files, rows=sum(table.rows for table in tables))


def _record(session: Session, job: _Job, rows: int, uuid_ts: datetime, now: Callable[[], datetime]) -> str:
    """Write `arrivals` and the ledger's row, as part of the newest archive hour that is loaded."""
    wanted, load_id = job.wanted, new_load_id(uuid_ts)
    (newest,) = session.rows("retype/newest_hour", source=wanted.source)
    hour: datetime = newest.archive_hour
    session.run("arrivals/insert", load_id=load_id, source=wanted.source, archive_hour=hour, schema=wanted.schema)
    counts = dict.fromkeys(HOUR_COUNTS, 0) | {"rescued": 0}
    counts |= read_changes(session, load_id, {wanted.table: rows}).totals()
    times = {"started_at": uuid_ts, "finished_at": max(uuid_ts, now())}
    record_rebuild(session, load_id, source=wanted.source, archive_hour=hour, **counts, **times)
    return load_id


def _not_in_lake(job: _Job, archive_hour: datetime, missing: int) -> Terminal:
    hour = f"{archive_hour:%Y-%m-%dT%H}"
    return Terminal(
        f"nothing was changed: {missing} rows of {job.wanted.table} are not in the lake's hour {hour} as they were "
        f"loaded; load it first (tideline load --from {hour} --to {hour}, with --reload if it is not pending)"
    )


def _result(job: _Job, hours: dict[datetime, int]) -> Retyped:
    former, column = job.former, job.column
    return Retyped(
        column.table, column.name, former.type, column.type, column.pinned, sum(hours.values()), len(hours),
        former.rescued, column.rescued,
    )  # fmt: skip
