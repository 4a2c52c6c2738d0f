"""The tables of a schema and their columns, read from the warehouse.

Covered by tests/loaders/schema/test_evolve.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loaders.connection.session import Session

Layout = Mapping[str, Mapping[str, str]]
"""Table -> column -> type, as the information schema spells it, in the order of the columns."""

_SIGN: Final = "_archive_hour"
_SIGNS: Final = {"users": "uuid_ts"}
"""A column by which a table is known as Tideline's (`schema/taken_names` has the same)."""


@dataclass(frozen=True)
class SchemaTables:
    """The tables of a schema: Tideline's with their columns, and the names of the others."""

    own: dict[str, dict[str, str]]
    foreign: frozenset[str]


def read_schema(session: Session, schema: str) -> SchemaTables:
    """Return the event tables of a schema and `users`, and what other tables it has; none if it is missing.

    Names are in lower case where the database ignores case.
    """
    tables = read_any_layout(session, schema)
    own = {table: columns for table, columns in tables.items() if _SIGNS.get(table, _SIGN) in columns}
    return SchemaTables(own, frozenset(tables.keys() - own.keys()))


def read_layout(session: Session, schema: str) -> dict[str, dict[str, str]]:
    """Return the event tables of a schema and `users`, without tables that are not Tideline's; none if it is missing.

    Names are in lower case where the database ignores case.
    """
    return read_schema(session, schema).own


def read_any_layout(session: Session, schema: str) -> dict[str, dict[str, str]]:
    """Return all tables of a schema, whoever has made them; none if it does not exist.

    Names are in lower case where the database ignores case.
    """
    tables = _read_tables(session, schema)
    if not session.dialect.ignores_case:
        return tables
    return {
        table.lower(): {column.lower(): kind for column, kind in columns.items()} for table, columns in tables.items()
    }


def read_columns(session: Session, schema: str, table: str) -> dict[str, str]:
    """Return the columns of any table of a schema and their types; none if it does not exist."""
    return _read_tables(session, schema).get(table, {})


def _read_tables(session: Session, schema: str) -> dict[str, dict[str, str]]:
    layout: dict[str, dict[str, str]] = {}
    for table, column, data_type in session.rows("schema/layout", schema=schema):
        layout.setdefault(table, {})[column] = data_type
    return layout


def read_tables(session: Session, schema: str) -> set[str]:
    """Return the names of the tables of a schema; cheaper than reading their columns."""
    return {name for (name,) in session.rows("schema/tables", schema=schema)}
