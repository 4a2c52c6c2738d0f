"""The columns of two tables, paired, and the expressions by which the warehouse hashes and reads their values.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import sql
from loaders.connection.session import Quoted, Session

Family = Literal["boolean", "int", "float", "time", "text", "json", "other"]

_FAMILIES: Final[tuple[tuple[str, Family], ...]] = (
    (r"bool(ean)?", "boolean"),
    (r"(big|small|tiny|huge|u?big|usmall|utiny|uhuge|u)?int(eger|\d+)?", "int"),
    (r"double( precision)?|float\d*|real|(decimal|numeric)(\(.*\))?", "float"),
    (r"timestamp.*|date(32)?|datetime.*", "time"),
    (r"varchar(\(.*\))?|text|character( varying)?(\(.*\))?|string", "text"),
    (r"jsonb?", "json"),
)
_UNHASHED: Final = frozenset({"json", "other"})
"""Families that a database may have no hash of: their text is hashed."""


@dataclass(frozen=True)
class Typed:
    """A column and its type, as the information schema spells it."""

    name: str
    data_type: str

    @property
    def family(self) -> Family:
        """The kind of its values."""
        return family_of(self.data_type)


@dataclass(frozen=True)
class ColumnPair:
    """A column here and the one there that is compared with it."""

    here: Typed
    there: Typed

    @property
    def name(self) -> str:
        """The name of the column in reports."""
        return self.here.name


@dataclass(frozen=True)
class TablePair:
    """A table here and the one there, with the columns that are compared. `clock` is None if rows have no day."""

    here: tuple[str, str]
    there: tuple[str, str]
    id: ColumnPair
    clock: ColumnPair | None
    columns: tuple[ColumnPair, ...]


@lru_cache(maxsize=1_024)
def family_of(data_type: str) -> Family:
    """Return the kind of values that a column of this type has."""
    spelled = data_type.lower()
    if nullable := re.fullmatch(r"nullable\((.*)\)", spelled):
        spelled = nullable[1]
    for pattern, family in _FAMILIES:
        if re.fullmatch(pattern, spelled):
            return family
    return "other"


def id_expression(session: Session, column: Typed) -> Quoted:
    """Return the id of a row as a text, by its bare column where that is one."""
    return (
        session.quote(column.name)
        if column.family == "text"
        else part(session, "queries/compare/cells/text", column.name)
    )


def day_expression(session: Session, column: Typed | None) -> Quoted:
    """Return the UTC day of a row in days since 1970."""
    return (
        Quoted(sql.statement("queries/compare/cells/no_day", session.dialect.name))
        if column is None
        else part(session, "queries/compare/day", column.name)
    )


def hashed_row(session: Session, columns: Sequence[tuple[Typed, Typed]]) -> Quoted:
    """Return the hash of a row; each column is given with the one of the other side, whose type decides the form."""
    cells = ", ".join(_hashed(session, column, other) for column, other in columns)
    return Quoted(sql.statement("queries/compare/row_hash", session.dialect.name).format(column=cells))


def read_expressions(session: Session, columns: Sequence[Typed]) -> Quoted:
    """Return a select list that reads instants as microseconds, and what a driver may not know as its text."""
    return Quoted(", ".join(_read(session, column) for column in columns))


def part(session: Session, name: str, column: str) -> Quoted:
    """Return a part of a comparison with its column."""
    text = sql.statement(name, session.dialect.name)
    return Quoted(text.format(column=session.quote(column)))


def _hashed(session: Session, column: Typed, other: Typed) -> str:
    if column.data_type == other.data_type and column.family not in _UNHASHED:
        return session.quote(column.name)
    families = {column.family, other.family}
    if families == {"time"}:
        return part(session, "queries/compare/instant", column.name)
    if families == {"int", "float"} and column.family == "float":
        return part(session, "queries/compare/cells/number", column.name)
    return part(session, "queries/compare/cells/text", column.name)


def _read(session: Session, column: Typed) -> str:
    if column.family == "time":
        return part(session, "queries/compare/instant", column.name)
    if column.family in _UNHASHED:
        return part(session, "queries/compare/cells/text", column.name)
    return session.quote(column.name)
