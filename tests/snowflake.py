"""Snowflake warehouses for the tests, each a database of the emulator, and copies of their tables as a DuckDB file.

What proves a DuckDB warehouse proves a Snowflake one too: it looks at the copy.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from sqlalchemy.engine import Connection, make_url

from loaders.dialects.snowflake.dialect import Snowflake
from loaders.dialects.snowflake.execute import run
from loaders.dialects.snowflake.scratch import raw
from tests.postgres import Database, Server

TYPES: Final = {
    "BOOLEAN": "BOOLEAN", "NUMBER": "BIGINT", "FLOAT": "DOUBLE", "TEXT": "VARCHAR", "TIMESTAMP_TZ": "TIMESTAMPTZ",
    "TIMESTAMP_LTZ": "TIMESTAMPTZ", "DATE": "DATE", "INTEGER": "BIGINT",
}  # fmt: skip
"""Snowflake's types -> DuckDB's."""
_SESSION: Final = r"_[0-9a-f]{8}$"
"""How the names of a session's temporary tables end, which are ordinary ones in the emulator."""


@dataclass
class SnowflakeDatabase(Database):
    """A warehouse."""

    @property
    def name(self) -> str:
        """Of the database."""
        return str(make_url(self.url).database)

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return self.url

    def beside(self, *, copied: bool = False) -> SnowflakeDatabase:
        """Another empty one of the same emulator."""
        assert not copied, "the emulator copies no database"
        return Emulator(self.url).new_database()

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """A session."""
        with Snowflake(make_url(self.url)).connect(write=True, wait=20) as connection:
            yield connection

    def execute(self, statement: str) -> int:
        """Change something by hand, in the words of every database."""
        with self.open() as connection:
            return run(connection, statement, {})

    def mirror(self, path: Path) -> None:
        """Make the file hold the same schemas, tables and rows, in lower case."""
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as copy, self.open() as connection:
            copy.execute("SET TimeZone = 'UTC'")
            tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
            for schema, table, column, kind in raw(connection, _COLUMNS):
                tables.setdefault((schema, table), []).append((column, kind))
            copy.begin()
            for (schema, table), columns in tables.items():
                _copy_table(connection, copy, (schema, table), columns)
            copy.commit()


_COLUMNS: Final = f"""
    SELECT table_schema, table_name, column_name, data_type
    FROM information_schema.columns
    WHERE table_schema NOT IN ('INFORMATION_SCHEMA', 'MAIN', 'main', '_fs_information_schema')
        AND table_name NOT LIKE 'MERGE_LOCK_%' AND NOT REGEXP_LIKE(LOWER(table_name), '.*{_SESSION}')
    ORDER BY table_schema, table_name, ordinal_position
"""


def _copy_table(
    connection: Connection, copy: duckdb.DuckDBPyConnection, place: tuple[str, str], columns: list[tuple[str, str]]
) -> None:
    schema, table = (part.replace('"', '""') for part in place)
    names = [column.replace('"', '""') for column, _ in columns]
    copy.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema.lower()}"')
    definitions = ", ".join(f'"{name.lower()}" {TYPES[kind]}' for name, (_, kind) in zip(names, columns, strict=True))
    copy.execute(f'CREATE TABLE "{schema.lower()}"."{table.lower()}" ({definitions})')
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor.execute(f'SELECT {quoted} FROM "{schema}"."{table}"')
    rows = cursor.fetchall()
    if rows:
        marks = ", ".join("?" * len(columns))
        copy.executemany(f'INSERT INTO "{schema.lower()}"."{table.lower()}" VALUES ({marks})', rows)


@dataclass(frozen=True)
class Emulator(Server):
    """The running emulator: `url` is that of any database of it."""

    def new_database(self, template: Database | None = None) -> SnowflakeDatabase:
        """An empty one."""
        assert template is None, "the emulator copies no database"
        name = f"T{uuid.uuid4().hex[:12].upper()}"
        return SnowflakeDatabase(make_url(self.url).set(database=name).render_as_string(hide_password=False))

    def database(self, url: str) -> SnowflakeDatabase:
        """One that exists."""
        return SnowflakeDatabase(url)

    def drop(self, database: Database) -> None:
        """Leave it: it goes with the emulator."""


@contextmanager
def serving(folder: Path | None = None) -> Iterator[Emulator]:
    """Run an emulator in a process of its own; its databases are files in the folder, or in memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [str(port), *([str(folder)] if folder else [])]
    with subprocess.Popen([sys.executable, "-m", "tests.snowflake_server", *arguments]) as process:
        try:
            _wait_for(port, process)
            url = f"snowflake://loader:secret@emulator/X?host=127.0.0.1&port={port}&protocol=http&warehouse=LOADER"
            yield Emulator(url)
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the emulator has ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the emulator does not answer")


@pytest.fixture(scope="session")
def snowflake() -> Iterator[Emulator]:
    """The emulator of this test session; without it its tests are skipped."""
    if find_spec("fakesnow") is None:
        pytest.skip("make test-snowflake runs it in an environment of its own: the emulator needs other versions")
    with serving() as emulator:
        yield emulator
