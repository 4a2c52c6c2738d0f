"""What fills the budgets of a source: its event tables with their rows and columns, or the columns of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from loaders.catalog.names import find_table
from loaders.catalog.store import read_catalog
from loaders.queries.tables import table_sizes
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import UNSEEN, WHOLE, Catalog, Column
from loaders.transform.standard_columns import HOME_TABLES

By = Literal["rows", "columns", "last", "name"]

DROPPED: Final = "dropped"


@dataclass(frozen=True)
class TableRoom:
    """One event table, or one that was dropped and stays away."""

    table: str
    rows: int = 0
    columns: int = 0
    """All of its columns, as the budget counts them."""
    last_archive_hour: datetime | None = None
    """The last archive hour that brought a value for a column of its own; None where none has."""
    counts: bool = False
    """Whether it counts against the budget of event tables."""
    state: str = ""
    """``dropped``, or nothing."""


@dataclass(frozen=True)
class ColumnRoom:
    """One column that events brought, or one that was dropped and stays away."""

    column: str
    type: str
    values: int = 0
    """Values that hours have brought for it, copies that lost included."""
    rescued: int = 0
    first_archive_hour: datetime | None = None
    last_archive_hour: datetime | None = None
    path: str = ""


def table_rooms(settings: Settings, source: Source, by: By) -> list[TableRoom]:
    """The tables of a source, the fullest (or longest unseen, or by name) first; `users` follows identifies."""
    with open_ledger(settings) as session:
        if session is None:
            return []
        layout = read_layout(session, source.schema)
        catalog = read_catalog(session, source.schema, layout)
        sizes = table_sizes(session, source.schema)
    tables = [
        TableRoom(table, sizes.get(table, 0), len(layout.get(table, {})), _last(columns.values()), _counts(table))
        for table, columns in catalog.tables.items()
    ]
    tables += [TableRoom(place.table, state=DROPPED) for place in catalog.dropped if place.column == WHOLE]
    keys: dict[By, Callable[[TableRoom], float]] = {
        "rows": lambda room: -room.rows,
        "columns": lambda room: -room.columns,
        "last": lambda room: _age(room.last_archive_hour),
        "name": lambda room: 0,
    }
    return sorted(tables, key=lambda room: (keys[by](room), room.table))


def column_rooms(settings: Settings, source: Source, table: str, by: By) -> list[ColumnRoom]:
    """The columns that events brought to a table. Raises Terminal where there is no such table."""
    with open_ledger(settings) as session:
        layout = {} if session is None else read_layout(session, source.schema)
        catalog = Catalog() if session is None else read_catalog(session, source.schema, layout)
    find_table(catalog, table)
    columns = [_column(column) for column in catalog.table(table).values()]
    columns += [ColumnRoom(name, DROPPED) for name in catalog.dropped_columns(table)]
    keys: dict[By, Callable[[ColumnRoom], float]] = {
        "rows": lambda room: -room.values,
        "columns": lambda room: 0,
        "last": lambda room: _age(room.last_archive_hour),
        "name": lambda room: 0,
    }
    return sorted(columns, key=lambda room: (keys[by](room), room.column))


def _column(column: Column) -> ColumnRoom:
    first, last = column.first_archive_hour, column.last_archive_hour
    return ColumnRoom(
        column.name,
        column.type,
        sum(column.counts[:5]),
        column.rescued,
        None if first in UNSEEN else first,
        None if last in UNSEEN else last,
        column.path,
    )


def _age(last: datetime | None) -> float:
    """Less for what has not been seen for longer."""
    return 0 if last is None else last.timestamp()


def _last(columns: Iterable[Column]) -> datetime | None:
    hours = [column.last_archive_hour for column in columns if column.last_archive_hour not in UNSEEN]
    return max(hours, default=None)


def _counts(table: str) -> bool:
    return table not in {*HOME_TABLES.values(), "users"}
