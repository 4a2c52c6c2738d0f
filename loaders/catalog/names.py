"""Names of tables, columns and types that an operator gives, checked against the catalog.

Covered by tests/loaders/rewrite/test_retype_refusals.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final, get_args

from loaders.interface.errors import Terminal
from loaders.transform.catalog import WHOLE, Catalog, Column, DropTarget
from loaders.transform.kept_names import former_name
from loaders.transform.names import name
from loaders.transform.standard_columns import HOME_TYPES, LogicalType, event_type_of, fixed_columns

SETTLED: Final[tuple[LogicalType, ...]] = ("boolean", "int", "float", "string", "datetime")
"""The types that a column of events can have (contract §6)."""


def find_type(text: str) -> LogicalType:
    """Return the type of this name; raise Terminal if a column of events cannot have it."""
    for kind in SETTLED:
        if kind == text:
            return kind
    ours = "is for Tideline's own columns" if text in get_args(LogicalType) else "is no type"
    raise Terminal(f"{text!r} {ours}: a column has one of {', '.join(SETTLED)}{_near(text, SETTLED)}")


def find_column(catalog: Catalog, table: str, column: str) -> Column:
    """Return a column of the catalog; raise Terminal with a suggestion if no event has it."""
    check_target(table, column)
    find_table(catalog, table)
    if DropTarget(table, column) in catalog.dropped:
        raise Terminal(f"{table}.{column} was dropped: `tideline catalog restore {table}.{column}` lets it come again")
    found = catalog.table(table).get(column)
    if found is None:
        raise Terminal(f"table {table!r} has no column {column!r}{_near(column, catalog.table(table))}")
    return found


def find_target(catalog: Catalog, target: DropTarget) -> None:
    """Raise Terminal if the catalog has no such column, or no such table that an operator may drop."""
    if target.column != WHOLE:
        find_column(catalog, target.table, target.column)
        return
    check_target(*target)
    find_table(catalog, target.table)


def find_table(catalog: Catalog, table: str) -> None:
    """Raise Terminal with a suggestion if the catalog has no such table."""
    if catalog.has_dropped(table):
        raise Terminal(f"{table} was dropped: `tideline catalog restore {table}` lets it come again")
    if table not in catalog.tables:
        raise Terminal(f"there is no event table {table!r}{_near(table, catalog.tables)}")


def parse_target(text: str) -> DropTarget:
    """Return the table or column that ``TABLE`` or ``TABLE.COLUMN`` names."""
    table, dot, column = text.partition(".")
    return DropTarget(table, column) if dot else DropTarget(table)


def check_target(table: str, column: str) -> None:
    """Raise Terminal if no event can add such a column to such a table; `WHOLE` means a table that may be dropped."""
    if column == WHOLE and table in {*HOME_TYPES, "users"}:
        kind = HOME_TYPES.get(table, "identify")
        raise Terminal(
            f'{table} is no event\'s own table: leave its events out with exclude = {{types = ["{kind}"]}}, '
            f"or drop a column of it, such as {table}.COLUMN"
        )
    if table == "users":
        raise Terminal(f"users follows identifies: name the column {column!r} of identifies")
    check_table(table)
    if column == WHOLE:
        return
    _check_name("column", column)
    if column in fixed_columns(event_type_of(table)):
        raise Terminal(f"{column!r} of {table!r} is a standard column: it stays, and its type never changes")


def check_table(table: str) -> None:
    """Raise Terminal if no event can have its rows in a table of this name."""
    if table == "users":
        raise Terminal("users follows identifies: name identifies")
    _check_name("table", table)
    if table == "accounts":
        raise Terminal("no event table is called 'accounts': that of an event with this name is '_accounts'")


def _check_name(what: str, text: str) -> None:
    normalized = name(text)
    if text not in {normalized, former_name(text)}:
        hint = f" (it would be {normalized!r})" if normalized else ""
        raise Terminal(f"{text!r} is no {what}'s name{hint}")


def _near(text: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(text, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
