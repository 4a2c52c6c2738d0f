"""Marked rows of one table rebuilt from the lake, outside of a load of their hour, and recorded in the ledger.

Covered by tests/loaders/rewrite/test_retype.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from loaders.catalog.store import read_catalog
from loaders.connection.session import Name, Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.errors import Terminal
from loaders.interface.words import counted
from loaders.ledger.changes import read_changes
from loaders.ledger.loads import (
    LoadRecord,
    LoadTimes,
    check_schema,
    create_ledger,
    has_ledger,
    new_load_id,
    newest_files,
    newest_manifests,
    record_rebuild,
)
from loaders.load.arrivals import Moves
from loaders.load.hours.hour_table import begin_hours
from loaders.load.lake_lookup import keys_of
from loaders.load.rebuild import MarkedRows, begin_rebuild, replace_rows
from loaders.load.take_over import take_over
from loaders.load.users import TouchedUsers, UserRules, recompute_users
from loaders.load.winners import relation_of
from loaders.schema.evolve import IDENTIFIES
from loaders.schema.introspect import Layout, read_layout
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.table_rows import with_archive_hour

_LOOKUP_ROWS: Final = 50_000
"""Events per lookup in the lake."""
_BATCH_ROWS: Final = 200_000
"""Rows that are replaced at a time, at the cost of one scan of the table."""

Lookup = Callable[[datetime, pl.DataFrame], pl.DataFrame]
"""(archive hour, frame of ``type, id``) -> these events of the hour, in the lake's schema."""


@dataclass(frozen=True)
class RewriteInputs:
    """The source, schema, lookup in the lake and settings by which rows are rebuilt."""

    source: str
    schema: str
    lookup: Lookup
    budgets: Budgets = Budgets()
    not_users: tuple[str, ...] = ()
    on_progress: Callable[[int, int], None] = lambda _done, _hours: None
    """Called with the number of archive hours that are read, and of all hours."""
    expect: Callable[[Mapping[datetime, str | None], Callable[[datetime], frozenset[str]]], None] = lambda *_: None
    """Called before `lookup`, as that of `Hour`."""


@dataclass(frozen=True)
class RowRebuild:
    """The table whose rows are rebuilt, and the catalog and the tables after the change."""

    inputs: RewriteInputs
    table: str
    after: Catalog
    layout: Layout
    folder: Path = field(default=Path(), compare=False)


@contextmanager
def rolled_back(warehouse: Warehouse, refuse: Callable[[Session], object]) -> Iterator[Session]:
    """Open a session for a dry run and roll its changes back.

    `refuse` runs first, in a read-only session: it raises before anything is opened for writing.
    """
    with warehouse.reading() as session:
        refuse(session)
    with warehouse.writing() as session, session.transaction() as transaction:
        yield session
        transaction.rollback()


def refuse_committing(session: Session, command: str) -> None:
    """Raise Terminal where a change of a table commits: the table and its rows have to change at once."""
    if session.dialect.ddl_commits:
        raise Terminal(
            f"tideline {command} is not possible in this warehouse: it commits with every change of a table, and the "
            "table and its rows have to change at once; nothing was changed. Load the archive into a new schema instead"
        )


def read_current(session: Session, inputs: RewriteInputs, *, empty: str) -> tuple[Layout, Catalog]:
    """Return the tables and the catalog; raise Terminal with the message `empty` if nothing is loaded yet."""
    if not has_ledger(session):
        raise Terminal(empty)
    check_schema(session, source=inputs.source, schema=inputs.schema)
    layout = read_layout(session, inputs.schema)
    return layout, read_catalog(session, inputs.schema, layout)


@dataclass(frozen=True)
class MarkedHours:
    """The rows to rebuild, and how many of them each archive hour contains."""

    rows: MarkedRows
    hours: Mapping[datetime, int]

    @property
    def total(self) -> int:
        """How many rows are rebuilt."""
        return sum(self.hours.values())


def count_marked(session: Session, marked: MarkedRows) -> MarkedHours:
    """Count the marked rows of each archive hour."""
    rows = session.rows("rewrite/retype/marked_hours", {"marked": marked.table})
    return MarkedHours(marked, {row.archive_hour.astimezone(UTC): row.marked for row in rows})


def stage_marked_hours(session: Session, job: RowRebuild, marked: MarkedHours) -> Iterator[StagedTable]:
    """Yield the marked rows in files, typed by the new catalog; memory is bounded by one lookup. Raise Terminal."""
    held: list[StagedTable] = []
    names = {"marked": marked.rows.table}
    manifests = newest_manifests(session, job.inputs.source, marked.hours.keys())
    job.inputs.expect(manifests, partial(newest_files, session, job.inputs.source))
    for done, archive_hour in enumerate(marked.hours, 1):
        keys = keys_of(session.rows("rewrite/retype/marked_keys", names, archive_hour=archive_hour))
        for number, part in enumerate(keys.select("type", "id").iter_slices(_LOOKUP_ROWS)):
            events = job.inputs.lookup(archive_hour, part)
            if events.height < part.height:
                raise _not_in_lake(job.table, archive_hour, part.height - events.height)
            held += stage_rows(
                [with_archive_hour(events, archive_hour)],
                job.after,
                StagingOptions(job.folder / f"{done}-{number}", job.inputs.budgets),
                tables=frozenset({job.table}),
            )
            if sum(table.rows for table in held) >= _BATCH_ROWS:
                yield _joined(held)
                held = []
        job.inputs.on_progress(done, len(marked.hours))
    if held:
        yield _joined(held)


@dataclass(frozen=True)
class RewriteMoves:
    """The rows that a rewrite replaces or drops, and the users whose identifies it replaces."""

    marked: MarkedRows
    moves: Moves
    touched: TouchedUsers


def begin_moves(session: Session, job: RowRebuild, marked: MarkedHours, uuid_ts: datetime) -> RewriteMoves:
    """Begin to count the rows that a rewrite moves, once per connection."""
    moves = Moves.begin(session, job.inputs.schema, uuid_ts, begin_hours(session))
    touched = TouchedUsers.begin(session, job.inputs.schema)
    begin_rebuild(session)
    return RewriteMoves(marked.rows, moves, touched)


def replace_marked_rows(
    session: Session, job: RowRebuild, batches: Iterable[StagedTable], rewritten: RewriteMoves
) -> None:
    """Replace marked rows by staged rows and recompute `users`. Raise Terminal for a row that is not in the lake."""
    schema, table, uuid_ts = job.inputs.schema, job.table, rewritten.moves.uuid_ts
    for batch in batches:
        replace_rows(rewritten.moves, rewritten.touched, relation_of(session, batch))
        for file in batch.files:
            file.unlink()
    names: dict[str, Name] = {"table": (schema, table), "marked": rewritten.marked.table}
    for row in session.rows("rewrite/retype/left_behind", names, uuid_ts=uuid_ts):
        raise _not_in_lake(table, row.archive_hour.astimezone(UTC), row.missing)
    if table == IDENTIFIES:
        rules = UserRules(job.after, values=job.inputs.budgets.values, not_users=job.inputs.not_users)
        recompute_users(rewritten.touched, job.layout, rules, uuid_ts=uuid_ts)


def record_rebuilt_rows(job: RowRebuild, staged: Mapping[str, int], moves: Moves, now: Callable[[], datetime]) -> str:
    """Write `arrivals` and the ledger's row under the newest loaded archive hour; return the load id."""
    session, inputs, uuid_ts = moves.session, job.inputs, moves.uuid_ts
    # Rebuilt rows have today's values of `event`. The other rows get them with these, whichever comes first.
    create_ledger(session)
    staged = Counter(staged) + take_over(moves, job.after, job.layout, tables=inputs.budgets.tables)
    load_id = new_load_id(uuid_ts)
    (newest_hour,) = session.rows("rewrite/retype/newest_hour", source=inputs.source)
    hour: datetime = newest_hour.archive_hour
    moves.record(load_id, source=inputs.source, archive_hour=hour)
    counts = dict.fromkeys(HOUR_COUNTS, 0) | {"rescued": 0}
    counts |= read_changes(session, {load_id: staged})[load_id].totals()
    record = LoadRecord(load_id, hour, None, None, {}, counts)
    record_rebuild(session, inputs.source, record, LoadTimes(uuid_ts, max(uuid_ts, now())))
    return load_id


def _joined(tables: list[StagedTable]) -> StagedTable:
    """Return the staged rows of one table as one, with the columns of all of them."""
    columns = {name: kind for table in tables for name, kind in table.columns.items()}
    files = tuple(file for table in tables for file in table.files)
    return replace(tables[0], columns=columns, files=files, rows=sum(table.rows for table in tables))


def _not_in_lake(table: str, archive_hour: datetime, missing: int) -> Terminal:
    hour = f"{archive_hour:%Y-%m-%dT%H}"
    rows = counted(missing, f"row of {table} is", f"rows of {table} are")
    return Terminal(
        f"nothing was changed: {rows} not in the lake's hour {hour} as loaded before; load it first "
        f"(tideline load --from {hour} --to {hour}, with --reload if it is not pending)"
    )
