"""Shared statements run in Snowflake: the first one that changes rows of a stored table begins the transaction.

Covered by tests/loaders/dialects/snowflake/test_transaction.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from loaders.dialects.base import Undoable
from loaders.dialects.snowflake.lease import check_lease, renew_lease
from loaders.dialects.snowflake.scratch import SessionScratch, execute_raw, raw, scratch_of
from loaders.dialects.snowflake.statements import (
    ROWS,
    TOKEN,
    Part,
    Place,
    SnowflakeStatement,
    literal,
    parse,
    path,
    render,
)
from loaders.dialects.snowflake.types import described_type
from loaders.interface.errors import Terminal

_THEN: Final = ";\n"
"""Between two statements of one file."""
_AS_QUERY: Final = re.compile(r"\s+AS\s+(?=SELECT|WITH|\()", re.IGNORECASE)
_NAME: Final = r'(?:"(?:[^"]|"")*"|\w+)'
_COMMENT: Final = re.compile(
    rf"COMMENT ON (?:TABLE|COLUMN) (?P<schema>{_NAME})\.(?P<table>{_NAME})(?:\.(?P<column>{_NAME}))?"
    r" IS (?P<comment>.*)",
    re.DOTALL,
)
_DEFINITION: Final = re.compile(r'\s*("(?:[^"]|"")*"|\w+)\s+(\w+)')


def query(connection: Connection, text: str, values: Mapping[str, object]) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a query."""
    parsed = parse(text)
    rendered, bound = parsed.render(scratch_of(connection).place, values)
    if rendered.startswith("("):  # the emulator describes no result of it
        rendered = f"SELECT * FROM ({rendered}) AS found"  # noqa: S608  a shared statement
    result: sa.CursorResult[*tuple[Any, ...]] = execute_raw(connection, rendered, bound)
    return result


def run(connection: Connection, text: str, values: Mapping[str, object]) -> int:
    """Run a statement; return how many rows it has changed, or -1 if it changes none."""
    parsed = parse(text)
    scratch = scratch_of(connection)
    renew_lease(connection)
    if parsed.kind == "create temporary":
        _create_temporary(scratch, parsed, text, values)
        return -1
    if parsed.kind == "drop" and parsed.target and not parsed.target[0] and parsed.target[1] in scratch.held:
        del scratch.held[parsed.target[1]]
        return -1
    held = parsed.target is not None and not parsed.target[0] and parsed.target[1] in scratch.held
    if held:
        return _change_held(scratch, parsed, values)
    if parsed.kind in ROWS and _is_stored(scratch, parsed):
        begin(connection)
    if parsed.kind == "drop" and parsed.target and parsed.target[1] in scratch.temporary and not parsed.target[0]:
        scratch.temporary.discard(parsed.target[1])  # the table itself goes with the session, or with its next CREATE
        return -1
    rendered, bound = parsed.render(scratch.place, values)
    for part in rendered.split(_THEN):
        result = execute_raw(connection, part, bound)
        if _THEN in rendered and part.startswith("SELECT") and result.first() is not None:
            raise Terminal("Snowflake converts no column that has values; nothing was changed")
    if text.startswith("CREATE SCHEMA") and scratch.has_home:
        scratch.use(scratch.schema)  # a new schema becomes that of the session
    return int(result.rowcount) if parsed.kind in ROWS else -1


def describe(connection: Connection, text: str) -> list[tuple[str, str]]:
    """Return the name and type of every column of a query."""
    rendered, _ = parse(text).render(scratch_of(connection).place, {})
    return [(name, kind) for name, kind, _ in _described(connection, rendered, ())]


@dataclass
class LateTransaction:
    """A transaction that begins with the first change of rows."""

    scratch: SessionScratch
    temporary: frozenset[str]
    held: frozenset[str]
    """Temporary and held relations at its begin: later ones are forgotten with it."""

    def rollback(self) -> None:
        """Undo the changes of rows."""
        scratch, self.scratch.in_transaction = self.scratch, False
        scratch.temporary &= self.temporary
        scratch.held = {name: columns for name, columns in scratch.held.items() if name in self.held}
        if scratch.begun:
            scratch.begun = False
            raw(scratch.connection, "ROLLBACK")

    def commit(self) -> None:
        """Make the changes visible, all at once."""
        scratch, self.scratch.in_transaction = self.scratch, False
        if scratch.begun:
            scratch.begun = False
            raw(scratch.connection, "COMMIT")


@contextmanager
def transaction(connection: Connection) -> Iterator[Undoable]:
    """Begin a transaction, which is sent to the server with the first change of rows of a stored table."""
    scratch = scratch_of(connection)
    scratch.in_transaction = True
    opened = LateTransaction(scratch, frozenset(scratch.temporary), frozenset(scratch.held))
    try:
        yield opened
    except BaseException:
        try:
            opened.rollback()
        except sa.exc.DBAPIError:
            connection.invalidate()  # the server ends the transaction with the session
        raise
    opened.commit()


def begin(connection: Connection) -> None:
    """Send BEGIN if a transaction is open that has not begun, and check the lease in it."""
    scratch = scratch_of(connection)
    if not scratch.in_transaction or scratch.begun:
        return
    scratch.prepare()
    raw(connection, "BEGIN")
    scratch.begun = True
    check_lease(connection)


def comments(texts: Sequence[str]) -> list[str]:
    """Return statements of the form ``COMMENT ON`` as Snowflake takes them, those of the columns of a table as one."""
    tables: list[str] = []
    columns: dict[str, list[str]] = {}
    for text in texts:
        match = _COMMENT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a comment: {text}")
        schema, table, column = (name and _upper(name) for name in match.group("schema", "table", "column"))
        comment = "''" if match["comment"] == "NULL" else match["comment"]
        if column:
            columns.setdefault(f"{schema}.{table}", []).append(f"COLUMN {column} COMMENT {comment}")
        else:
            tables.append(f"COMMENT ON TABLE {schema}.{table} IS {comment}")
    return [*tables, *(f"ALTER TABLE {table} MODIFY {', '.join(changes)}" for table, changes in columns.items())]


def _upper(name: str) -> str:
    return name.upper() if name.startswith('"') else f'"{name.upper()}"'


def _is_stored(scratch: SessionScratch, parsed: SnowflakeStatement) -> bool:
    return parsed.target is not None and (bool(parsed.target[0]) or parsed.target[1] not in scratch.temporary)


def _create_temporary(
    scratch: SessionScratch, parsed: SnowflakeStatement, text: str, values: Mapping[str, object]
) -> None:
    name = parsed.target[1] if parsed.target else ""
    if not scratch.begun:
        scratch.prepare_home()
        rendered, bound = parsed.render(lambda place: scratch.table(name) if place.relation[1] == name
                                        else scratch.place(place), values)  # fmt: skip
        execute_raw(scratch.connection, rendered.replace("CREATE TEMPORARY", "CREATE OR REPLACE TEMPORARY", 1), bound)
        scratch.temporary.add(name)
        return
    match = _AS_QUERY.search(text)
    if match is None:
        definitions = text[text.index("(") + 1 : text.rindex(")")]
        scratch.held[name] = _columns(parse(definitions).parts)
        return
    source = parse(text[match.end() :])
    rendered, bound = source.render(scratch.place, values)
    columns = {column: described_type(code) for column, _, code in _described(scratch.connection, rendered, bound)}
    scratch.held[name] = columns
    _hold(scratch, name, list(columns), rendered, bound)


def _columns(parts: Sequence[object]) -> dict[str, str]:
    text = "".join(part for part in parts if isinstance(part, str))
    matches = [match for definition in text.split(",") if (match := _DEFINITION.match(definition))]
    return {match[1].strip('"').lower(): match[2] for match in matches}


def _change_held(scratch: SessionScratch, parsed: SnowflakeStatement, values: Mapping[str, object]) -> int:
    """Add rows to a held relation or take some away; nothing else can be done with one."""
    name = parsed.target[1] if parsed.target else ""
    if parsed.kind == "delete":
        condition, bound = render(_of_held(parsed.parts, scratch.held[name]), scratch.place, values)
        text = f"DELETE FROM {scratch.rows} WHERE relation = {literal(name)}{condition}"  # noqa: S608  quoted names
        return int(execute_raw(scratch.connection, text, bound).rowcount)
    if parsed.kind != "insert":
        raise ValueError(f"a relation that is created in a transaction takes inserts and deletes, not: {parsed.kind}")
    _, *rest = (part for part in parsed.parts if not isinstance(part, Place) or part.relation != parsed.target)
    named, text = re.match(r"\s*\(([^)]*)\)\s*(.*)", str(rest[0]), re.DOTALL).groups()  # type: ignore[union-attr]
    columns = [column.strip().strip('"').lower() for column in named.split(",")]
    rendered, bound = render((text, *rest[1:]), scratch.place, values)
    return _hold(scratch, name, columns, rendered, bound)


def _of_held(parts: Sequence[Part], columns: Mapping[str, str]) -> tuple[Part, ...]:
    """Return the condition of a DELETE with its columns as those of held rows; empty if it has none."""
    condition: list[Part] = []
    depth, inside = 0, False
    for part in parts:
        if not isinstance(part, str):
            condition += [part] if inside else []
            continue
        for token in TOKEN.findall(part):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if not inside:
                inside = token == "WHERE"  # noqa: S105  a word of SQL
                condition += [" AND ("] if inside else []
            elif depth == 0 and token.lower() in columns:
                condition.append(f"data:{path(token.lower())}::{columns[token.lower()]}")
            else:
                condition.append(token)
    return (*condition, ")") if inside else ()


def _hold(scratch: SessionScratch, name: str, columns: list[str], query: str, bound: tuple[object, ...]) -> int:
    names = [f"c{number}" for number in range(len(columns))]
    pairs = ", ".join(f"{literal(column)}, q.{of}" for column, of in zip(columns, names, strict=True))
    text = (
        f"INSERT INTO {scratch.rows} (relation, data) WITH q ({', '.join(names)}) AS ({query}) "  # noqa: S608
        f"SELECT {literal(name)}, OBJECT_CONSTRUCT({pairs}) FROM q"
    )
    return int(execute_raw(scratch.connection, text, bound).rowcount)


def _described(connection: Connection, text: str, bound: tuple[object, ...]) -> list[tuple[str, str, int]]:
    """Return name, type and the driver's code of every column of a query, which is not run."""
    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    try:
        described = cursor.describe(text, bound or None)
    finally:
        cursor.close()
    return [(column.name.lower(), described_type(column.type_code), column.type_code) for column in described]
