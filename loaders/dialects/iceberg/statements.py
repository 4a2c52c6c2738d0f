"""Statements that a transaction of Iceberg cannot have, carried out beside it.

A transaction with a new or a dropped table would commit table by table; without, all its changes are one request. So a
table is created before the transaction commits, empty, and dropped after it has committed, emptied by it. A process
that is killed between leaves an empty table.

Covered by tests/loaders/dialects/iceberg/test_iceberg.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import duckdb
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.embedded.engine import driver_of
from loaders.dialects.embedded.session import CATALOG

_NAME: Final = r'(?:"(?:[^"]|"")*"|\w+)'
_TABLE: Final = rf"(?P<table>{_NAME}\.{_NAME})"
_CREATE: Final = re.compile(rf"CREATE TABLE (?P<missing>IF NOT EXISTS )?{_TABLE}\s*(?P<rest>.*)", re.DOTALL)
_DROP: Final = re.compile(rf"DROP TABLE {_TABLE}")
_CHANGE: Final = re.compile(rf"(?:INSERT INTO|UPDATE|DELETE FROM|ALTER TABLE) {_TABLE}")
_CREATED: Final = re.compile(r"already exists|Conflict_409|HTTP 409|AlreadyExists")
_JSON: Final = re.compile(r" JSON(?=[,\s)]|$)")
_LEDGER: Final = "tideline."
_VIEWS: Final = ("lateness", "event_hours", "restatements")
_VIEW: Final = re.compile(rf"\btideline\.({'|'.join(_VIEWS)})\b")
_STATE: Final = "tideline_iceberg"


@dataclass
class TableChanges:
    """What the open transaction has done."""

    merging: bool = False
    """Whether it conflicts with every other transaction that merges."""
    tables: set[str] = field(default_factory=set)
    """Tables that it changes, as the statements name them."""
    created: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def changes_of(connection: Connection) -> TableChanges:
    """Return the changes of the open transaction; without one, those of single statements."""
    found: TableChanges = connection.info.setdefault(_STATE, TableChanges())
    return found


def begin_changes(connection: Connection, changes: TableChanges) -> None:
    """Begin to note the changes of a transaction."""
    connection.info[_STATE] = changes


def run_beside(connection: Connection, text: str) -> str | None:
    """Do what a statement asks for outside of the transaction; return the statement that is left for it, or None."""
    if text.startswith(("COMMENT ON", "CREATE OR REPLACE VIEW")):
        return None
    if text.startswith("CREATE SCHEMA"):
        _execute(connection, text.replace("CREATE SCHEMA ", f'CREATE SCHEMA IF NOT EXISTS "{CATALOG}".', 1))
        return None
    if match := _CREATE.match(text):
        return _create(connection, match)
    if match := _DROP.match(text):
        changes_of(connection).dropped.append(match["table"])
        return f"DELETE FROM {match['table']}"  # noqa: S608  as the statement has it
    if match := _CHANGE.match(text):
        changes_of(connection).tables.add(match["table"])
    return text


def _create(connection: Connection, match: re.Match[str]) -> str | None:
    table, rest, changes = match["table"], match["rest"], changes_of(connection)
    select = rest.removeprefix("AS ") if rest.startswith("AS ") else None
    if select is not None:
        columns = driver_of(connection).execute(f"DESCRIBE {select}").fetchall()
        rest = "({})".format(", ".join(f"{_quoted(name)} {_stored(kind)}" for name, kind, *_ in columns))
    elif table.startswith(_LEDGER):
        rest = _JSON.sub(" TEXT", rest)
    if table in changes.dropped:
        changes.dropped.remove(table)
        _reshape(connection, table, rest)
    else:
        _execute(connection, f'CREATE TABLE {match["missing"] or ""}"{CATALOG}".{table} {rest}')
        changes.created.append(table)
    if select is None:
        return None
    changes.tables.add(table)
    return f"INSERT INTO {table} {select}"


def _reshape(connection: Connection, table: str, definitions: str) -> None:
    """Give a table without rows other columns, in the transaction."""
    driver = driver_of(connection)
    driver.execute(f"CREATE OR REPLACE TEMP TABLE tideline_shape {definitions}")
    wanted = {name: kind for name, kind, *_ in driver.execute("DESCRIBE tideline_shape").fetchall()}
    driver.execute("DROP TABLE tideline_shape")
    before = {name: kind for name, kind, *_ in driver.execute(f"DESCRIBE {table}").fetchall()}
    left = {name for name, kind in before.items() if wanted.get(name) == kind}
    for number, name in enumerate(before.keys() - left):
        driver.execute(f'ALTER TABLE {table} RENAME COLUMN {_quoted(name)} TO "#{number}"')
    for name in wanted.keys() - left:
        driver.execute(f"ALTER TABLE {table} ADD COLUMN {_quoted(name)} {wanted[name]}")
    for number in range(len(before.keys() - left)):
        driver.execute(f'ALTER TABLE {table} DROP COLUMN "#{number}"')


def drop_created(connection: Connection) -> None:
    """Drop the tables that an undone transaction has created."""
    for table in changes_of(connection).created:
        _execute(connection, f'DROP TABLE IF EXISTS "{CATALOG}".{table}')


def names_of(tables: Iterable[str]) -> list[tuple[str, str]]:
    """Return schema and name of tables, which are written as the statements name them."""
    parts = (re.findall(_NAME, table) for table in tables)
    return [(_unquoted(schema), _unquoted(name)) for schema, name in parts]


def know_columns(connection: Connection, schema: object) -> None:
    """Let the engine ask the catalog for every table of a schema: it lists columns of those alone."""
    driver = driver_of(connection)
    tables = driver.execute(sql.statement("schema/tables", "duckdb/iceberg").replace(":schema", "$schema"),
                            {"schema": schema}).fetchall()  # fmt: skip
    for (table,) in tables:
        try:
            driver.execute(f"SELECT * FROM {_quoted(str(schema))}.{_quoted(table)} LIMIT 0")  # noqa: S608  quoted
        except duckdb.CatalogException:
            continue  # dropped since it was listed


def name_views(connection: Connection, text: str) -> str:
    """Return a query with temporary views in place of those of the ledger: the engine creates none in Iceberg."""
    if not _VIEW.search(text):
        return text
    driver = driver_of(connection)
    for view in _VIEWS:
        created = sql.statement(f"schema/ledger/views/{view}", "duckdb/iceberg")
        driver.execute(created.replace("REPLACE VIEW tideline.", "REPLACE TEMP VIEW ", 1))
    return _VIEW.sub(r"temp.\1", text)


def _execute(connection: Connection, text: str) -> None:
    """Run a statement in a transaction of its own, by another connection to the engine.

    Raise duckdb.TransactionException where another process has created the same meanwhile.
    """
    try:
        with driver_of(connection).duplicate() as beside:
            beside.execute(text)
    except duckdb.Error as error:
        if _CREATED.search(str(error)) is None:
            raise
        raise duckdb.TransactionException(f"another process has created it meanwhile: {error}") from error


def _stored(kind: str) -> str:
    """Return a type of a query as Iceberg has it."""
    if kind == "JSON":
        return "VARCHAR"
    return "BIGINT" if kind in {"HUGEINT", "UBIGINT", "UINTEGER"} else kind


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
