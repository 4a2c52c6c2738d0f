"""The tables of a source as people look at them: rows, columns, what each is; kept in the lake for who cannot ask.

Covered by tests/defs/tables/test_specs.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from event_assets.config.source import Source
from event_assets.lake.paths import checked_name
from event_assets.lake.store import Lake
from loaders.catalog.store import read_catalog
from loaders.connection.session import Session
from loaders.queries.changes import held_rows
from loaders.queries.filled import filled_shares
from loaders.schema.comments import describe_column, describe_table
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import Layout, read_layout
from loaders.transform.catalog import UNSEEN, Catalog

Structure = Mapping[str, Mapping[str, str]]
"""Table -> column -> type."""


@dataclass(frozen=True)
class ShownColumn:
    """A column: its type in the warehouse and, where it comes from events, its path and its values."""

    name: str
    type: str
    text: str = ""
    """What it is, where that is known."""
    path: str = ""
    """Its path in the event; empty for a standard column."""
    first: datetime | None = None
    last: datetime | None = None
    """The first and the last archive hour with a value."""
    filled: float | None = None
    """About which share of the table's rows have a value."""
    rescued: int = 0


@dataclass(frozen=True)
class ShownTable:
    """An event table or `users`."""

    name: str
    text: str
    rows: int
    columns: tuple[ShownColumn, ...]
    changed: datetime | None = None
    """The newest archive hour that changed it."""


def read_tables(session: Session, source: Source) -> tuple[ShownTable, ...]:
    """Return the tables of a source that exist, by name; they are read from the warehouse without counting rows."""
    layout = read_layout(session, source.schema)
    if not layout:
        return ()
    catalog, held = read_catalog(session, source.schema, layout), held_rows(session, source.schema, layout)
    traits = _filled_traits(session, source.schema, catalog, layout)
    return tuple(
        ShownTable(
            table,
            describe_table(table),
            held[table].rows_held,
            tuple(
                _trait(catalog, name, kind, traits.get(name))
                if table == USERS
                else _column(catalog, table, name, kind, held[table].rows_held)
                for name, kind in columns.items()
            ),
            held[table].changed,
        )
        for table, columns in sorted(layout.items())
    )


def read_structure(session: Session, source: Source) -> Structure:
    """Return what `structure_of` returns of `read_tables`, without reading what is known of the columns."""
    return read_layout(session, source.schema)


def structure_of(tables: tuple[ShownTable, ...]) -> Structure:
    """Return the columns and types of tables: what of them does not change with every load."""
    return {table.name: {column.name: column.type for column in table.columns} for table in tables}


def write_tables(lake: Lake, source_name: str, tables: tuple[ShownTable, ...]) -> None:
    """Keep the tables of a source in the lake. Raises LakeError."""
    lake.publish_bytes(msgspec.json.encode(tables), _path(source_name))


def kept_tables(lake: Lake, source_name: str) -> tuple[ShownTable, ...] | None:
    """Return the tables that `write_tables` has kept; None if there are none, or of another version. Raises LakeError.

    They answer where the warehouse cannot: another process may hold it, and a new process must not wait for it.
    """
    content = lake.read_bytes(_path(source_name))
    try:
        return None if content is None else msgspec.json.decode(content, type=tuple[ShownTable, ...])
    except msgspec.DecodeError:
        return None


def _column(catalog: Catalog, table: str, name: str, kind: str, rows: int) -> ShownColumn:
    text, known = describe_column(table, name, catalog) or "", catalog.table(table).get(name)
    if known is None:
        return ShownColumn(name, kind, text)
    first, last = (hour if hour not in UNSEEN else None for hour in (known.first_archive_hour, known.last_archive_hour))
    filled = min(1.0, max(0, sum(known.counts[:_KINDS]) - known.rescued) / rows) if rows else None
    return ShownColumn(name, kind, "", known.path, first, last, filled, known.rescued)


def _trait(catalog: Catalog, name: str, kind: str, filled: float | None) -> ShownColumn:
    """Return a column of `users`: that of `identifies`, but for how many rows have a value."""
    column = _column(catalog, IDENTIFIES, name, kind, 0)
    if not column.path:
        return ShownColumn(name, kind, describe_column(USERS, name, catalog) or "")
    return replace(column, filled=filled)


def _filled_traits(session: Session, schema: str, catalog: Catalog, layout: Layout) -> Mapping[str, float]:
    known = catalog.table(IDENTIFIES).keys()
    return filled_shares(session, schema, USERS, [name for name in layout.get(USERS, ()) if name in known])


_KINDS: Final = 5
"""Counts of a column by the kind of value; the last count is that of rescued values."""


def _path(source_name: str) -> str:
    return f"{checked_name(source_name)}/tables.json"
