"""Shared statements run in ClickHouse: each name is led to its place, each change of a table to a shadow of it.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.clickhouse.scratch import NAME, execute_raw, quoted_relation, raw, scratch_of
from loaders.dialects.clickhouse.shadows import transaction_of
from loaders.dialects.clickhouse.statements import ParsedStatement, Relation, bound, parse

_ID: Final = r"`(?:[^`\\]|\\.)*`"
_COMMENT: Final = re.compile(
    rf"COMMENT ON (?:TABLE|COLUMN) (?P<table>{_ID}\.{_ID})(?:\.(?P<column>{_ID}))? IS (?P<comment>.*)",
    re.DOTALL,
)
_SHADOWS: Final = "tideline_shadows()"
"""Stands in the dialect's own statements for a relation of the tables that the open transaction has changed."""


def query(connection: Connection, text: str, values: Mapping[str, object]) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a query."""
    parsed = parse(text.replace(_SHADOWS, _shadows(connection)) if _SHADOWS in text else text)
    rendered = parsed.render(partial(place, connection), values)
    result: sa.CursorResult[*tuple[Any, ...]] = execute_raw(connection, rendered, bound(values))
    return result


def run(connection: Connection, text: str, values: Mapping[str, object]) -> int:
    """Run a statement; return how many rows it has added to a temporary table or updated, else -1."""
    parsed = parse(comments([text])[0] if text.startswith("COMMENT ON ") else text)
    if _drops_stored(connection, parsed):
        return -1
    _prepare(connection, parsed)
    placed = partial(place, connection)
    updated = _count_updated(connection, parsed, values) if parsed.kind == "update" else -1
    counted = parsed.target if parsed.kind == "insert" and parsed.target and not parsed.target[0] else None
    before = _count(connection, counted) if counted else 0
    execute_raw(connection, parsed.render(placed, values), bound(values))
    if parsed.kind == "drop" and parsed.target and not parsed.target[0]:
        scratch_of(connection).temporary.discard(parsed.target[1])
    return _count(connection, counted) - before if counted else updated


def describe(connection: Connection, text: str) -> list[tuple[str, str]]:
    """Return the name and type of every column of a query."""
    rendered = parse(text).render(partial(place, connection), {})
    return [(row.name, row.type) for row in raw(connection, f"DESCRIBE ({rendered})", {})]


def comments(texts: Sequence[str]) -> list[str]:
    """Return statements of the form ``COMMENT ON`` as ClickHouse takes them, those of a table as one."""
    tables: dict[str, list[str]] = {}
    for text in texts:
        match = _COMMENT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a comment: {text}")
        column = f"COMMENT COLUMN {match['column']}" if match["column"] else "MODIFY COMMENT"
        comment = "''" if match["comment"] == "NULL" else match["comment"]
        tables.setdefault(match["table"], []).append(f"{column} {comment}")
    return [f"ALTER TABLE {table} {', '.join(changes)}" for table, changes in tables.items()]


def place(connection: Connection, relation: Relation) -> str:
    """Return the quoted place of a table: of the session, of the transaction, or where it is stored."""
    scratch = scratch_of(connection)
    if not relation[0]:
        known = relation[1] in scratch.temporary
        return quoted_relation(connection, scratch.table(relation[1]) if known else relation[1])
    transaction = transaction_of(connection)
    return quoted_relation(connection, relation if transaction is None else transaction.place(relation))


def _drops_stored(connection: Connection, parsed: ParsedStatement) -> bool:
    """Return whether a statement drops a stored table, which is there until the transaction commits."""
    transaction = transaction_of(connection)
    if transaction is None or parsed.kind != "drop" or parsed.target is None or not parsed.target[0]:
        return False
    transaction.drop(parsed.target)
    return True


def _prepare(connection: Connection, parsed: ParsedStatement) -> None:
    """Make the shadow that a statement changes."""
    if parsed.target is None:
        return
    if parsed.kind == "create temporary":
        scratch_of(connection).temporary.add(parsed.target[1])
        return
    transaction = transaction_of(connection)
    if transaction is not None and parsed.kind == "create schema":
        has_schema = sql.statement("schema/has_schema", NAME)
        if not query(connection, has_schema, {"schema": parsed.target[1]}).all():
            transaction.databases.add(parsed.target[1])
    if transaction is None or not parsed.target[0]:
        return
    if parsed.kind in ("insert", "delete", "update", "alter"):
        transaction.change(parsed.target)
    elif parsed.kind == "create" and parsed.target[0] != "tideline":
        transaction.create(parsed.target)


def _count(connection: Connection, relation: Relation) -> int:
    text = f"SELECT count() AS rows FROM {place(connection, relation)}"  # noqa: S608  the name is quoted
    return int(raw(connection, text, {})[0].rows)


def _count_updated(connection: Connection, parsed: ParsedStatement, values: Mapping[str, object]) -> int:
    if parsed.target is None or not parsed.condition:
        return -1
    placed = partial(place, connection)
    condition = parsed.render_condition(placed, values)
    used = {name: value for name, value in bound(values).items() if f"{{{name}:" in condition}
    text = f"SELECT count() AS rows FROM {placed(parsed.target)} WHERE {condition}"  # noqa: S608  as it is in the update
    return int(raw(connection, text, used)[0].rows)


def _shadows(connection: Connection) -> str:
    """Return a relation of (database_name, table_name, shadow_database, shadow_name); a dropped one is empty."""
    transaction = transaction_of(connection)
    shadows = transaction.shadows if transaction else {}
    rows = [(*relation, *(shadow.place or ("", ""))) for relation, shadow in shadows.items()]
    columns = ("database_name", "table_name", "shadow_database", "shadow_name")
    if not rows:
        return "(SELECT " + ", ".join(f"'' AS {column}" for column in columns) + " WHERE false)"
    selects = ("SELECT " + ", ".join(f"{_text(value)} AS {column}" for column, value in zip(columns, row, strict=True))
               for row in rows)  # fmt: skip
    return "(" + " UNION ALL ".join(selects) + ")"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
