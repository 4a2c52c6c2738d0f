"""One connection's way to run the statements of `sql/`: identifiers quoted, values bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

import sql
from loaders.staging.staged import StagedTable

if TYPE_CHECKING:
    from loaders.dialects.base import Dialect


Row = sa.Row[*tuple[Any, ...]]
"""A row of a query; its values by position or by name."""


class Quoted(str):
    """A piece of SQL made of quoted identifiers only; anything else handed as a name gets quoted."""

    __slots__ = ()


Name = str | Quoted | tuple[str, str]
"""A column, a list of quoted columns, or (schema, table)."""


@dataclass(frozen=True)
class Session:
    """A connection to a warehouse, within the caller's transaction."""

    connection: Connection
    dialect: Dialect
    _numbers: count[int] = field(default_factory=count)

    def transaction(self) -> AbstractContextManager[object]:
        """Committed at the end of the block, undone by any error."""
        return self.connection.begin()

    def run(self, statement: str, names: Mapping[str, Name] | None = None, /, **values: object) -> int:
        """Run a statement that gives no rows; gives how many rows it touched (-1 where that has no meaning)."""
        return self._execute(statement, names, values).rowcount

    def rows(self, statement: str, names: Mapping[str, Name] | None = None, /, **values: object) -> Sequence[Row]:
        """Run a query and give all its rows."""
        return self._execute(statement, names, values).all()

    def describe(self, statement: str, names: Mapping[str, Name]) -> list[tuple[str, str]]:
        """The columns that a query gives: each name, and all that the driver tells of its type."""
        cursor = self._execute(statement, names, {}).cursor
        return [(column[0], repr(tuple(column[1:]))) for column in cursor.description or ()] if cursor else []

    def _execute(
        self, statement: str, names: Mapping[str, Name] | None, values: dict[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        text = sql.statement(statement, self.dialect.name)
        quoted = {key: self.quote(name) for key, name in (names or {}).items()}
        return self.connection.execute(sa.text(text.format(**quoted)), values)

    def run_ddl(self, statements: Iterable[sa.DDLElement]) -> None:
        """Run statements that bind nothing, all in one round trip: there may be thousands.

        The dialect's compiler quotes their texts, and doubles percent signs as for statements that bind.
        """
        texts = [str(each.compile(dialect=self.connection.dialect)).replace("%%", "%") for each in statements]
        if texts:
            self.connection.exec_driver_sql("; ".join(texts), execution_options={"no_parameters": True})

    def quote(self, name: Name) -> Quoted:
        """A name as an identifier, always quoted by the dialect's preparer; what is quoted stays as it is."""
        if isinstance(name, Quoted):
            return name
        if isinstance(name, tuple):
            return Quoted(".".join(self.quote(part) for part in name))
        preparer = self.connection.dialect.identifier_preparer
        quoted = preparer.quote_identifier(name)
        if preparer._double_percents:  # sa.text doubles them again
            quoted = quoted.replace("%%", "%")
        return Quoted(quoted.replace(":", "\\:"))  # sa.text takes a colon for a bound value, quotes or not

    def columns(self, names: Iterable[str], *, of: str = "") -> Quoted:
        """A list of columns for a statement, each of the relation with the alias `of`."""
        prefix = f"{of}." if of else ""
        return Quoted(", ".join(prefix + self.quote(name) for name in names))

    def each(self, part: str, names: Iterable[str]) -> Quoted:
        """A part of a statement once per column, as a list; it has ``{column}`` and its ``{number}`` from 1."""
        text = sql.statement(part, self.dialect.name)
        return Quoted(", ".join(text.format(column=self.quote(name), number=n) for n, name in enumerate(names, 1)))

    def measure(self, relation: str) -> None:
        """Let the planner know how many rows a temporary table of ours has by now."""
        self.dialect.measure(self.connection, relation)

    def stage(self, table: StagedTable) -> Quoted:
        """Make staged rows readable; gives the name of the relation."""
        relation = f"staged_{next(self._numbers)}"
        self.dialect.stage(self.connection, relation, table)
        return self.quote(relation)

    def put(self, frame: pl.DataFrame) -> Quoted:
        """Make a small frame readable; gives the name of the relation."""
        relation = f"put_{next(self._numbers)}"
        self.dialect.put(self.connection, relation, frame)
        return self.quote(relation)
