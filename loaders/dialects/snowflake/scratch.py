"""The temporary tables of one session, and the rows that it holds where none can be created any more.

Snowflake commits the open transaction before it changes a table, a temporary one too (docs/snowflake.md). So after
BEGIN rows of a further relation go to one temporary table that is there already, `tideline_rows`, as objects; a
statement that names the relation reads a subquery of it. Small frames always go there: one statement instead of two.

Covered by tests/loaders/dialects/snowflake/test_transaction.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.snowflake.statements import Place, literal, path, quoted
from loaders.interface.errors import Terminal

NAME: Final = "snowflake"
HOME: Final = "tideline"
"""The schema of temporary tables."""
_KEY: Final = "tideline session"
_CHUNK: Final = 1 << 20
"""Bytes of JSON in one bound value; one row may have more."""


@dataclass
class SessionScratch:
    """The state of a session."""

    connection: Connection
    suffix: str = field(default_factory=lambda: secrets.token_hex(4))
    """Makes the names of temporary tables its own: a table of the same name would be hidden by them."""
    temporary: set[str] = field(default_factory=set)
    held: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Relations in `tideline_rows` -> column -> type."""
    in_transaction: bool = False
    begun: bool = False
    """Whether BEGIN was sent: a change of a table would commit."""
    has_home: bool = False
    schema: str = HOME
    """The schema in which names without one are looked up."""
    has_rows: bool = False
    has_stage: bool = False

    def table(self, name: str) -> str:
        """Return the quoted place of a temporary table."""
        return f"{quoted(HOME)}.{quoted(f'{name}_{self.suffix}')}"

    def place(self, place: Place) -> str:
        """Return what stands for a relation in a statement."""
        schema, name = place.relation
        if schema:
            return f"{quoted(schema)}.{quoted(name)}"
        alias = f" AS {quoted(name)}" if place.unnamed else ""
        if name in self.held:
            return self.subquery(name) + alias
        return self.table(name) + alias if name in self.temporary else quoted(name)

    def subquery(self, name: str) -> str:
        """Return the query of a held relation, in parentheses."""
        columns = ", ".join(
            f"held.data:{path(column)}::{kind} AS {quoted(column)}" for column, kind in self.held[name].items()
        )
        return f"(SELECT {columns} FROM {self.rows} AS held WHERE held.relation = {literal(name)})"  # noqa: S608

    @property
    def rows(self) -> str:
        """The quoted place of the table of held relations."""
        return self.table("tideline_rows")

    def prepare(self) -> None:
        """Make what a transaction needs that cannot be made after BEGIN."""
        self.prepare_home()
        if not self.has_rows:
            run(self.connection, "create_rows", rows=self.rows)
            self.has_rows = True

    def use(self, schema: str) -> None:
        """Set the schema of the session, as it is set again after another one is created."""
        self.schema = schema
        raw(self.connection, f"USE SCHEMA {quoted(schema)}")

    def prepare_home(self) -> None:
        """Create the schema of temporary tables if it is missing: the first load finds none."""
        if not self.has_home:
            if not raw(self.connection, sql.statement("dialects/has_home", NAME)):
                run(self.connection, "create_home")
            self.has_home = True
            self.use(HOME)


def scratch_of(connection: Connection) -> SessionScratch:
    """Return the state of a connection's session."""
    found: SessionScratch = connection.info.setdefault(_KEY, SessionScratch(connection))
    return found


def put_frame(connection: Connection, relation: str, frame: pl.DataFrame) -> None:
    """Hold the rows of a small frame."""
    scratch = scratch_of(connection)
    scratch.prepare()
    scratch.held[relation] = {name: _column_type(kind) for name, kind in frame.schema.items()}
    for chunk in _chunks(frame):
        text = sql.statement("dialects/hold_frame", NAME).format(rows=scratch.rows)
        raw(connection, text, (relation, chunk))


def _column_type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "BOOLEAN"
    if kind.is_integer():
        return "NUMBER"
    if kind.is_float():
        return "FLOAT"
    return {pl.Datetime: "TIMESTAMP_TZ", pl.Date: "DATE"}.get(kind.base_type(), "TEXT")


def _chunks(frame: pl.DataFrame) -> Iterator[str]:
    """Yield arrays of objects; an instant is text, to the microsecond, and a value that is NULL is left out."""
    instants = [
        pl.col(name).dt.to_string("%Y-%m-%d %H:%M:%S%.6f+00:00") for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime)
    ]  # fmt: skip
    size = 0
    rows: list[str] = []
    for line in frame.with_columns(instants).write_ndjson().removesuffix("\n").split("\n"):
        if not line:
            continue
        if rows and size + len(line) > _CHUNK:
            yield f"[{','.join(rows)}]"
            size, rows = 0, []
        rows.append(line)
        size += len(line)
    if rows:
        yield f"[{','.join(rows)}]"


def run(connection: Connection, statement: str, /, **names: str) -> None:
    """Run one of the dialect's own statements, whose names are quoted."""
    raw(connection, sql.statement(f"dialects/{statement}", NAME).format(**names))


def raw(connection: Connection, text: str, values: tuple[object, ...] = ()) -> list[Any]:
    """Run a text as Snowflake reads it; return its rows."""
    result = execute_raw(connection, text, values)
    return list(result.all()) if result.returns_rows else []


def execute_raw(connection: Connection, text: str, values: tuple[object, ...] = ()) -> Any:  # noqa: ANN401
    """Run a text whose values are question marks."""
    _check(connection, text)
    if values:
        return connection.exec_driver_sql(text, values)
    return connection.exec_driver_sql(text, execution_options={"no_parameters": True})


_COMMITTING: Final = ("CREATE", "ALTER", "DROP", "COMMENT", "TRUNCATE", "UNDROP", "GRANT", "REVOKE")


def _check(connection: Connection, text: str) -> None:
    """Refuse what would commit half a load; raise Terminal."""
    if scratch_of(connection).begun and text.lstrip().upper().startswith(_COMMITTING):
        raise Terminal(
            f"this statement would commit the open transaction in Snowflake: {' '.join(text.split())[:200]}; "
            "nothing was changed (an error of Tideline: please report it)"
        )
