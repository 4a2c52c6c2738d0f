"""The catalog in the warehouse: `tideline.columns` read as a value, and the changes of a load written back.

Covered by tests/loaders/catalog/test_file.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import polars as pl

from loaders.connection.session import Row, Session
from loaders.schema.introspect import Layout, SchemaTables, read_tables
from loaders.schema.taken_names import find_taken
from loaders.staging.staged import Staged
from loaders.transform.catalog import UNSEEN, WHOLE, Catalog, Column, DropTarget
from loaders.transform.kept_names import Kept, find_kept
from loaders.transform.standard_columns import OURS

_DROPPED: Final = "dropped"
"""Stored instead of a type: an operator has dropped the column or table, and no event adds it again."""

_INSTANT: Final = pl.Datetime("us", "UTC")
_SCHEMA: Final = pl.Schema(
    {
        "table_name": pl.String(),
        "column_name": pl.String(),
        "type": pl.String(),
        "path": pl.String(),
        "provisional": pl.Boolean(),
        "pinned": pl.Boolean(),
        "booleans": pl.Int64(),
        "ints": pl.Int64(),
        "floats": pl.Int64(),
        "strings": pl.Int64(),
        "datetimes": pl.Int64(),
        "rescued": pl.Int64(),
        "first_archive_hour": _INSTANT,
        "first_file": pl.String(),
        "last_archive_hour": _INSTANT,
    }
)


def read_catalog(session: Session, schema: str, layout: Layout, existing: SchemaTables | None = None) -> Catalog:
    """Return the catalog of a schema, each table's columns in the order first seen: that of the table itself.

    `existing` are all tables of the schema, where they are known.

    Imported columns that no event has yet come last. An event table without columns of its own is contained too, with
    none: it counts against the budget of tables.
    """
    tables: dict[str, list[Column]] = {table: [] for table, columns in layout.items() if OURS.keys() <= columns.keys()}
    dropped: set[DropTarget] = set()
    for row in session.rows("catalog/read", schema=schema):
        if row.type == _DROPPED:
            dropped.add(DropTarget(row.table_name, row.column_name))
        else:
            tables.setdefault(row.table_name, []).append(_column(row))
    ordered = {table: _in_order(columns, layout.get(table, {})) for table, columns in tables.items()}
    catalog = Catalog(ordered, frozenset(dropped), taken=find_taken(session, schema, existing))
    kept = _read_kept_names(session, schema)
    return replace(catalog, kept=find_kept(catalog, layout) if kept is None else kept, taken_over=kept is not None)


def _read_kept_names(session: Session, schema: str) -> Kept | None:
    """Return the names that a schema keeps, or None if no load has recorded them."""
    if "kept_names" not in read_tables(session, "tideline"):
        return None  # no load has created it in a warehouse of version 0.1
    rows = session.rows("catalog/kept_names", schema=schema)
    kept: dict[str, set[str]] = {}
    for table, column in rows:
        kept.setdefault(table, set()).add(column)
    kept.pop(WHOLE, None)
    return {table: frozenset(columns) for table, columns in kept.items()} if rows else None


def write_kept_names(session: Session, schema: str, catalog: Catalog) -> None:
    """Record the names that a schema keeps, and with a row of its own that they are recorded."""
    rows = [(WHOLE, WHOLE), *((table, column) for table, columns in catalog.kept.items() for column in sorted(columns))]
    frame = pl.DataFrame(rows, schema={"table_name": pl.String(), "column_name": pl.String()}, orient="row")
    session.run("catalog/keep_names", {"names": session.put(frame)}, schema=schema)


def add_wide_ints(session: Session, source: str, hours: Sequence[datetime], staged: Staged) -> Catalog:
    """Return the catalog after a load: a column that became float rescues the ints of other hours too wide for a float.

    `hours` are those of the load. Every load has recorded how many those were, whatever the type was then.
    """
    widened = [(table, column) for table, column, _, to in staged.retyped if to == "float"]
    if not widened:
        return staged.catalog
    loads = session.rows("catalog/column_counts", source=source, archive_hours=list(hours))
    counts = [json.loads(row.column_counts) for row in loads]
    tables = {table: dict(columns) for table, columns in staged.catalog.tables.items()}
    for table, name in widened:
        wide = sum(load.get(table, {}).get(name, [0])[-1] for load in counts)
        column = tables[table][name]
        tables[table][name] = replace(column, rescued=column.rescued + wide)
    return replace(staged.catalog, tables=tables)


def write_catalog(session: Session, schema: str, before: Catalog, after: Catalog) -> None:
    """Write the columns that were added, counted, dropped or restored; the others stay as they are."""
    rows = [_row(column) for column in _changed(before, after)]
    rows += [_dropped_row(target) for target in sorted(after.dropped - before.dropped)]
    removed = pl.DataFrame(sorted(_removed(before, after)), schema=["table_name", "column_name"], orient="row")
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    outdated = pl.concat([frame.select(removed.columns), removed.cast(pl.String)])
    if not outdated.is_empty():
        session.run("catalog/delete", {"columns": session.put(outdated)}, schema=schema)
    if rows:
        session.run("catalog/insert", {"columns": session.put(frame)}, schema=schema)


def _row(column: Column) -> tuple[object, ...]:
    return (
        column.table, column.name, column.type, column.path, column.provisional, column.pinned, *column.counts,
        _seen(column.first_archive_hour), column.first_file, _seen(column.last_archive_hour),
    )  # fmt: skip


def _dropped_row(target: DropTarget) -> tuple[object, ...]:
    return (target.table, target.column, _DROPPED, "", False, False, 0, 0, 0, 0, 0, 0, None, "", None)


def _removed(before: Catalog, after: Catalog) -> set[DropTarget]:
    """Return the entries to delete: columns that were dropped, and dropped entries that were restored."""
    known, left = (
        {DropTarget(table, name) for table, columns in catalog.tables.items() for name in columns}
        for catalog in (before, after)
    )
    return (known - left) | (before.dropped - after.dropped)


def _changed(before: Catalog, after: Catalog) -> Iterator[Column]:
    for table, columns in after.tables.items():
        known = before.table(table)
        yield from (column for name, column in columns.items() if known.get(name) != column)


def _in_order(columns: list[Column], existing: Mapping[str, str]) -> dict[str, Column]:
    positions = {name: position for position, name in enumerate(existing)}
    ordered = sorted(columns, key=lambda column: (positions.get(column.name, len(positions)), column.name))
    return {column.name: column for column in ordered}


def _column(row: Row) -> Column:
    return Column(
        table=row.table_name,
        name=row.column_name,
        type=row.type,
        path=row.path,
        provisional=row.provisional,
        pinned=row.pinned,
        booleans=row.booleans,
        ints=row.ints,
        floats=row.floats,
        strings=row.strings,
        datetimes=row.datetimes,
        rescued=row.rescued,
        first_archive_hour=_utc(row.first_archive_hour) or UNSEEN[0],
        first_file=row.first_file,
        last_archive_hour=_utc(row.last_archive_hour) or UNSEEN[1],
    )


@lru_cache
def _utc(instant: datetime | None) -> datetime | None:
    return instant and instant.astimezone(UTC)


def _seen(archive_hour: datetime) -> datetime | None:
    """Return the hour, or None for a column that no event has yet."""
    return None if archive_hour in UNSEEN else archive_hour
