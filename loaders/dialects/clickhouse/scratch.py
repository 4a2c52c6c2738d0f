"""The database of one session for its temporary tables and for tables that a transaction changes.

A temporary table of ClickHouse is in memory, and deletes do not see it. An ordinary table is on disk and is seen; those
of a session go with its database.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from sqlalchemy.engine import Connection

import sql
from loaders.dialects.clickhouse.statements import Relation
from loaders.dialects.identifiers import quote_identifier

PREFIX: Final = "tideline_scratch_"
_KEY: Final = "tideline scratch"
NAME: Final = "clickhouse"


@dataclass
class Scratch:
    """The state of a session: its database, if it has one yet, and the temporary tables in it."""

    connection: Connection
    database: str = ""
    temporary: set[str] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def table(self, name: str) -> Relation:
        """Return the place of a table of the session; the database is created with its first one."""
        if not self.database:
            self.database = PREFIX + uuid.uuid4().hex
            run(self.connection, "create_database", database=self.database)
        return self.database, name

    def new_table(self) -> Relation:
        """Return the place of a table that no other one of the session has had."""
        return self.table(f"shadow {next(self._numbers)}")

    def drop(self) -> None:
        """Drop the database with all that is in it."""
        if self.database:
            run(self.connection, "drop_database", database=self.database)
            self.database, self.temporary = "", set()


def scratch_of(connection: Connection) -> Scratch:
    """Return the state of a connection's session."""
    found: Scratch = connection.info.setdefault(_KEY, Scratch(connection))
    return found


def run(connection: Connection, statement: str, /, **names: str | Relation) -> None:
    """Run one of the dialect's own statements, in which names alone differ."""
    query(connection, statement, {}, **names)


def query(
    connection: Connection, statement: str, values: Mapping[str, object], /, **names: str | Relation
) -> list[Any]:
    """Run one of the dialect's own statements with bound values; return its rows."""
    quoted = {key: quoted_relation(connection, name) for key, name in names.items()}
    text = sql.statement(f"dialects/{statement}", NAME).format(**quoted)
    return raw(connection, text, values)


def raw(connection: Connection, text: str, values: Mapping[str, object]) -> list[Any]:
    """Run a text whose placeholders are typed; return its rows."""
    result = execute_raw(connection, text, values)
    return list(result.all()) if result.returns_rows else []


def execute_raw(connection: Connection, text: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401
    """Run a text whose placeholders are typed."""
    if values:
        return connection.exec_driver_sql(text, dict(values))
    # Without values the driver halves percent signs.
    return connection.exec_driver_sql(text.replace("%", "%%"), execution_options={"no_parameters": True})


def quoted_relation(connection: Connection, name: str | Relation) -> str:
    """Return a quoted name, or the quoted names of a database and a table."""
    parts = (name,) if isinstance(name, str) else name
    return ".".join(quote_identifier(connection.dialect, part) for part in parts if part)
