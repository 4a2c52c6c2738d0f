"""The tables of a schema and their columns, read from the warehouse.

Covered by tests/loaders/schema/test_evolve.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from loaders.connection.session import Session

Layout = Mapping[str, Mapping[str, str]]
"""Table -> column -> type, as the information schema spells it, in the order of the columns."""


def read_layout(session: Session, schema: str) -> dict[str, dict[str, str]]:
    """Return the tables of a schema; none if it does not exist."""
    layout: dict[str, dict[str, str]] = {}
    for table, column, data_type in session.rows("schema/layout", schema=schema):
        layout.setdefault(table, {})[column] = data_type
    return layout


def read_tables(session: Session, schema: str) -> set[str]:
    """Return the names of the tables of a schema; cheaper than reading their columns."""
    return {name for (name,) in session.rows("schema/tables", schema=schema)}
