"""The catalog in the warehouse: `tideline.columns` read as a value, and what a load has learnt written back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import polars as pl

from event_assets.tables.catalog import Catalog, Column
from event_assets.tables.columns import OURS
from loaders.layout import Layout
from loaders.session import Row, Session

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


def read_catalog(session: Session, schema: str, layout: Layout) -> Catalog:
    """The catalog of a schema, each table's columns in the order first seen: that of the table itself.

    Columns that were imported and that no event has brought yet come last. An event table without columns of its own
    is there too, with none: it counts against the budget of tables.
    """
    tables: dict[str, list[Column]] = {table: [] for table, columns in layout.items() if OURS.keys() <= columns.keys()}
    for row in session.rows("catalog/read", schema=schema):
        tables.setdefault(row.table_name, []).append(_column(row))
    return Catalog({table: _in_order(columns, layout.get(table, {})) for table, columns in tables.items()})


def write_catalog(session: Session, schema: str, before: Catalog, after: Catalog) -> None:
    """Write the columns that a load has brought or counted; the others stay as they are."""
    changed = list(_changed(before, after))
    if not changed:
        return
    rows = [
        (
            column.table, column.name, column.type, column.path, column.provisional, column.pinned, *column.counts,
            column.first_archive_hour, column.first_file, column.last_archive_hour,
        )
        for column in changed
    ]  # fmt: skip
    columns = session.put(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
    session.run("catalog/delete", {"columns": columns}, schema=schema)
    session.run("catalog/insert", {"columns": columns}, schema=schema)


def _changed(before: Catalog, after: Catalog) -> Iterator[Column]:
    for table, columns in after.tables.items():
        known = before.table(table)
        yield from (column for name, column in columns.items() if known.get(name) != column)


def _in_order(columns: list[Column], standing: Mapping[str, str]) -> dict[str, Column]:
    places = {name: place for place, name in enumerate(standing)}
    ordered = sorted(columns, key=lambda column: (places.get(column.name, len(places)), column.name))
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
        first_archive_hour=_utc(row.first_archive_hour),
        first_file=row.first_file,
        last_archive_hour=_utc(row.last_archive_hour),
    )


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
