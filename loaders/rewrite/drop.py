"""A junk table or column taken out of warehouse and catalog: its values move to `_rescued`, and it stays away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from loaders.catalog.names import find_place
from loaders.catalog.store import read_catalog, write_catalog
from loaders.connection.session import Name, Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.ledger.loads import check_schema, count_loads, has_ledger, next_instant
from loaders.rewrite.rewrite import (
    Ground,
    Remake,
    begin_moves,
    marked_hours,
    put_in_place,
    read_standing,
    record_remake,
    refused_as,
    stage_marked_hours,
    undone,
)
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import Layout, read_layout
from loaders.transform.catalog import WHOLE, Catalog, Place
from loaders.transform.names import events_of
from loaders.transform.standard_columns import HOME_TABLES

TRACKS = HOME_TABLES["track"]
_KINDS = {table: kind for kind, table in HOME_TABLES.items()}


@dataclass(frozen=True)
class Dropped:
    """What a drop did, or with `dry_run` would do. `load_id` is empty when no row had to be written."""

    table: str
    column: str
    """``*`` for the whole table."""
    dropped: int
    """Rows of the dropped table, or values of the dropped column."""
    rows: int
    """Rows made anew: their `_rescued` has the values now."""
    hours: int
    """Archive hours of the lake that they were read from."""
    load_id: str = ""


@dataclass(frozen=True)
class _Job:
    """One call of `drop_place`, once the catalog has been read."""

    place: Place
    catalog: Catalog
    standing: Layout
    remake: Remake

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that change: `users` has what identifies bring."""
        told = (self.place.table, USERS) if self.place.table == IDENTIFIES else (self.place.table,)
        return tuple(table for table in told if self.stands_in(table))

    def stands_in(self, table: str) -> bool:
        """Whether the table has what is dropped."""
        return table in self.standing and self.place.column in {WHOLE, *self.standing[table]}


def drop_place(
    warehouse: Warehouse,
    ground: Ground,
    place: Place,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Dropped:
    """Drop a column, or an event's own table, and keep its values in `_rescued` (those of a table in `tracks`).

    One transaction under the merge lock. Afterwards the tables are those of a fresh load that never let it come to be;
    no event brings it again. Raises Terminal, and changes nothing, for what is not there, for a table that every event
    of its type has, where a view needs it, and when the lake no longer has a row as it was loaded.
    """
    if dry_run:
        with undone(warehouse, lambda session: _plan(session, ground, place)) as session:
            job = _plan(session, ground, place)
            return _result(session, job, _mark(session, job))
    with TemporaryDirectory(prefix="tideline-") as folder, warehouse.loading(ground.schema) as session:
        job = _plan(session, ground, place, folder=Path(folder))
        hours = _mark(session, job)
        result = _result(session, job, hours)
        load_id = _drop(session, job, hours, next_instant(session, now()), now)
        session.run("rewrite/drop/forget_counts", source=ground.source, table=place.table, column=place.column)
        write_catalog(session, ground.schema, job.catalog, job.remake.after)
        session.dialect.maintain(session.connection, loads=count_loads(session))
        return replace(result, load_id=load_id)


def restore_place(warehouse: Warehouse, place: Place, *, source: str, schema: str) -> None:
    """Let a dropped table or column come again with the next event that has it; Terminal for what is not dropped."""
    with warehouse.reading() as session:
        _read_dropped(session, place, source=source, schema=schema)
    with warehouse.loading(schema) as session:
        catalog = _read_dropped(session, place, source=source, schema=schema)
        write_catalog(session, schema, catalog, replace(catalog, dropped=catalog.dropped - {place}))


def _read_dropped(session: Session, place: Place, *, source: str, schema: str) -> Catalog:
    check = has_ledger(session)
    if check:
        check_schema(session, source=source, schema=schema)
    catalog = read_catalog(session, schema, read_layout(session, schema)) if check else Catalog()
    if place not in catalog.dropped:
        known = ", ".join(str(each) for each in sorted(catalog.dropped)[:10]) or "nothing"
        raise Terminal(f"{place} is not dropped: {known} is")
    return catalog


def _plan(session: Session, ground: Ground, place: Place, *, folder: Path = Path()) -> _Job:
    layout, catalog = read_standing(session, ground, empty="the warehouse has no tables yet: there is nothing to drop")
    find_place(catalog, place)
    whole = place.column == WHOLE
    tables = {
        table: {name: column for name, column in columns.items() if (table, name) != place}
        for table, columns in catalog.tables.items()
        if not (whole and table == place.table)
    }
    standing = {
        table: {name: kind for name, kind in columns.items() if not _goes(place, table, name)}
        for table, columns in layout.items()
        if not (whole and table == place.table)
    }
    after = Catalog(tables, catalog.dropped | {place})
    return _Job(place, catalog, layout, Remake(ground, TRACKS if whole else place.table, after, standing, folder))


def _goes(place: Place, table: str, column: str) -> bool:
    of = {place.table, USERS} if place.table == IDENTIFIES else {place.table}
    return table in of and column == place.column


def _mark(session: Session, job: _Job) -> dict[datetime, int]:
    """Mark the rows that are made anew; how many of each archive hour."""
    schema, place = job.remake.ground.schema, job.place
    session.run("load/rebuild/create_marked")
    if place.column == WHOLE:
        if job.tables and TRACKS in job.standing:
            event, *clashing = events_of(place.table)
            names: dict[str, Name] = {"tracks": (schema, TRACKS)}
            session.run("rewrite/drop/mark_tracks", names, name=TRACKS, event=event, clashing=(clashing or [event])[0])
    elif job.stands_in(place.table):
        kind = _KINDS.get(place.table, "track")
        column: dict[str, Name] = {"table": (schema, place.table), "column": place.column}
        session.run("rewrite/drop/mark_values", column, name=place.table, type=kind)
    return marked_hours(session)


def _drop(
    session: Session, job: _Job, hours: dict[datetime, int], uuid_ts: datetime, now: Callable[[], datetime]
) -> str:
    """Drop it and write the marked rows anew; the load_id under which that is recorded."""
    # Staged before the table is locked: a server's readers wait from there on.
    batches = list(stage_marked_hours(session, job.remake, hours))
    begin_moves(session)
    if job.place.column == WHOLE and job.tables:
        table = (job.remake.ground.schema, job.place.table)
        session.run("rewrite/drop/count_out", {"table": table}, name=job.place.table)
    _change_tables(session, job)
    if not batches:
        return ""
    put_in_place(session, job.remake, batches, uuid_ts)
    return record_remake(session, job.remake.ground, {job.remake.table: sum(hours.values())}, uuid_ts, now)


def _change_tables(session: Session, job: _Job) -> None:
    """Drop the column or table; Terminal where a view or anything else of the database needs it."""
    schema = job.remake.ground.schema
    for table in job.tables:
        names: dict[str, Name] = {"table": (schema, table), "column": job.place.column}
        column = None if job.place.column == WHOLE else job.place.column
        with (
            refused_as(session, "nothing was dropped", "take away what needs it, then drop it"),
            session.dialect.keeping_views(session.connection, schema, table, column),
        ):
            session.run("rewrite/drop/drop_table" if column is None else "rewrite/drop/drop_column", names)


def _result(session: Session, job: _Job, hours: dict[datetime, int]) -> Dropped:
    place, rows = job.place, sum(hours.values())
    dropped = rows
    if place.column == WHOLE:
        table = {"table": (job.remake.ground.schema, place.table)}
        dropped = int(session.rows("rewrite/drop/count_rows", table)[0].held) if job.tables else 0
    return Dropped(place.table, place.column, dropped, rows, len(hours))
