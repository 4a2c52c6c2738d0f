"""The tables of a schema as the warehouse has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loaders.session import Session

Layout = Mapping[str, Mapping[str, str]]
"""Table -> column -> type, as the information schema spells it, in the order of the columns."""


@dataclass(frozen=True)
class Index:
    """An index of one column, by a method of the database's."""

    column: str
    method: str


@dataclass(frozen=True)
class Refusal:
    """What keeps a load from changing a column's type: views that depend on it, or the number of rows to rewrite."""

    views: tuple[str, ...] = ()
    """As quoted names."""
    rows: int = 0
    """More than so many."""

    def __str__(self) -> str:
        return f"{', '.join(self.views)} depends on it" if self.views else f"it has more than {self.rows:,} rows"


def read_layout(session: Session, schema: str) -> dict[str, dict[str, str]]:
    """The tables that stand in a schema now; none when it does not exist."""
    layout: dict[str, dict[str, str]] = {}
    for table, column, data_type in session.rows("layout", schema=schema):
        layout.setdefault(table, {})[column] = data_type
    return layout


def read_tables(session: Session, schema: str) -> set[str]:
    """The names of the tables that stand in a schema now: cheaper than all their columns."""
    return {name for (name,) in session.rows("tables", schema=schema)}
