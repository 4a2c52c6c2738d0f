"""The one runner of the statements in `sql/`: it quotes identifiers and binds values.

Covered by tests/loaders/connection/test_warehouse.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.identifiers import quote_identifier, single_percents
from loaders.staging.staged import StagedTable

if TYPE_CHECKING:
    from loaders.dialects.base import Dialect, Undoable


T = TypeVar("T")
Row = sa.Row[*tuple[Any, ...]]
"""A row of a query; its values by position or by name."""


class Quoted(str):
    """SQL that consists of quoted identifiers only; any other text that is passed as a name is quoted."""

    __slots__ = ()


Name = str | Quoted | tuple[str, str]
"""A column, a list of quoted columns, or (schema, table)."""


@dataclass(frozen=True)
class Session:
    """A connection to a warehouse in the transaction of its caller.

    A value of a statement that is a list binds one value per element, for ``IN :name``.
    """

    connection: Connection
    dialect: Dialect
    _numbers: count[int] = field(default_factory=count)

    def transaction(self) -> AbstractContextManager[Undoable]:
        """Begin a transaction that commits at the end of the block; any error rolls it back."""
        return self.dialect.transaction(self.connection)

    def run(self, statement: str, names: Mapping[str, Name] | None = None, /, **values: object) -> int:
        """Run a statement without a result; return how many rows it changed, or -1 if that has no meaning."""
        return self.dialect.run(self.connection, self._text(statement, names), values)

    def rows(self, statement: str, names: Mapping[str, Name] | None = None, /, **values: object) -> Sequence[Row]:
        """Run a query and return all its rows."""
        return self.dialect.query(self.connection, self._text(statement, names), values).all()

    def records(
        self, kind: type[T], statement: str, names: Mapping[str, Name] | None = None, /, **values: object
    ) -> list[T]:
        """Run a query and return its rows as instances of a dataclass whose fields are its columns.

        Instants are in UTC.
        """
        rows = self.dialect.query(self.connection, self._text(statement, names), values).mappings()
        return [kind(**{column: _instant(value) for column, value in row.items()}) for row in rows]

    def describe(self, statement: str, names: Mapping[str, Name]) -> list[tuple[str, str]]:
        """Return the name of every column of a query, and its type as the driver reports it."""
        return self.dialect.describe(self.connection, self._text(statement, names))

    def _text(self, statement: str, names: Mapping[str, Name] | None) -> str:
        quoted = {key: self.quote(name) for key, name in (names or {}).items()}
        return sql.statement(statement, self.dialect.name).format(**quoted)

    def run_ddl(self, statements: Iterable[sa.DDLElement]) -> None:
        """Run statements that bind nothing, all in one round trip: there may be thousands.

        The dialect's compiler quotes their texts.
        """
        dialect = self.connection.dialect
        texts = [single_percents(dialect, str(statement.compile(dialect=dialect))) for statement in statements]
        if texts:
            self.dialect.run_all(self.connection, texts)

    def quote(self, name: Name) -> Quoted:
        """Return a name as an identifier that the dialect's preparer has quoted; a Quoted is returned unchanged."""
        if isinstance(name, Quoted):
            return name
        if isinstance(name, tuple):
            return Quoted(".".join(self.quote(part) for part in name))
        quoted = quote_identifier(self.connection.dialect, name)
        return Quoted(quoted.replace(":", "\\:"))  # sa.text takes a colon for a bound value, even between quotes

    def columns(self, names: Iterable[str], *, of: str = "") -> Quoted:
        """Return a list of quoted columns of the relation with the alias `of`."""
        prefix = f"{of}." if of else ""
        return Quoted(", ".join(prefix + self.quote(name) for name in names))

    def per_column(self, part: str, names: Iterable[str]) -> Quoted:
        """Return a list of a part of a statement, once per column, with its ``{column}`` and ``{number}`` from 1."""
        text = sql.statement(part, self.dialect.name)
        return Quoted(", ".join(text.format(column=self.quote(name), number=n) for n, name in enumerate(names, 1)))

    def measure(self, relation: str) -> None:
        """Update the planner's row count of a temporary table."""
        self.dialect.measure(self.connection, relation)

    def stage(self, table: StagedTable) -> Quoted:
        """Make staged rows readable; return the quoted name of the relation."""
        relation = f"staged_{next(self._numbers)}"
        self.dialect.stage(self.connection, relation, table)
        return self.quote(relation)

    def stage_columns(self, table: StagedTable, relation: Quoted, columns: Collection[str]) -> Quoted:
        """Make some columns of staged rows readable by themselves, if that is faster than `relation`, which has all."""
        narrow = f"staged_{next(self._numbers)}"
        if not self.dialect.stage_columns(self.connection, narrow, table, columns):
            return relation
        return self.quote(narrow)

    def put(self, frame: pl.DataFrame) -> Quoted:
        """Make a small frame readable; return the quoted name of the relation."""
        relation = f"put_{next(self._numbers)}"
        self.dialect.put(self.connection, relation, frame)
        return self.quote(relation)


def in_utc(value: datetime) -> datetime:
    """Return the instant in UTC; a driver without time zones returns it without one."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _instant(value: object) -> object:
    return in_utc(value) if isinstance(value, datetime) else value
