"""The tables of a schema as the warehouse has them."""

from __future__ import annotations

from collections.abc import Mapping

from loaders.connection.session import Session

Layout = Mapping[str, Mapping[str, str]]
"""Table -> column -> type, as the information schema spells it, in the order of the columns."""


def read_layout(session: Session, schema: str) -> dict[str, dict[str, str]]:
    """The tables that stand in a schema now; none when it does not exist."""
    layout: dict[str, dict[str, str]] = {}
    for table, column, data_type in session.rows("schema/layout", schema=schema):
        layout.setdefault(table, {})[column] = data_type
    return layout


def read_tables(session: Session, schema: str) -> set[str]:
    """The names of the tables that stand in a schema now: cheaper than all their columns."""
    return {name for (name,) in session.rows("schema/tables", schema=schema)}
