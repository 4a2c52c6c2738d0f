"""ClickHouse warehouses for the tests, each in a folder of its own, and copies of their tables as a DuckDB file.

What proves a DuckDB warehouse proves a ClickHouse one too: it looks at the copy.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import duckdb
import pytest

from loaders.dialects.clickhouse.dialect import ClickHouse
from loaders.dialects.clickhouse.execute import run
from tests.postgres import Database, Server

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_OWN: Final = "'system', 'INFORMATION_SCHEMA', 'information_schema', 'default'"


@dataclass
class Folder(Database):
    """A warehouse: `url` is its folder."""

    @property
    def folder(self) -> Path:
        """With all that it has."""
        return Path(self.url)

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.folder.name

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return f"clickhousedb:///{self.folder}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The folder."""
        return (self.folder,)

    def beside(self, *, copied: bool = False) -> Folder:
        """Another one beside this one: an empty one, or a copy."""
        return Folders(str(self.folder.parent)).new_database(self if copied else None)

    @contextmanager
    def open(self) -> Iterator[Client]:
        """The driver's client, times in UTC."""
        import clickhouse_connect

        client = clickhouse_connect.get_client(interface="chdb", path=str(self.folder))
        try:
            yield client
        finally:
            client.close()

    def execute(self, statement: str) -> int:
        """Change something by hand, in the words of every database."""
        with ClickHouse(self.folder, 256 << 20).connect(write=True, wait=20) as connection:
            return run(connection, statement, {})

    def mirror(self, path: Path) -> None:
        """Make the file hold the same schemas, tables and rows."""
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as copy:
            copy.execute("SET TimeZone = 'UTC'")
            if self.folder.exists():
                with self.open() as client:
                    _copy_tables(client, copy)


def _copy_tables(client: Client, copy: duckdb.DuckDBPyConnection) -> None:
    tables = client.query(
        f"SELECT database, name FROM system.tables WHERE database NOT IN ({_OWN}) "
        "AND NOT startsWith(database, 'tideline_scratch_')"
    ).result_rows
    copy.begin()
    for database, table in tables:
        of, name = (part.replace("`", "\\`") for part in (database, table))
        rows = client.query_arrow(f"SELECT * FROM `{of}`.`{name}`")
        copy.register("rows", rows)
        to, named = (part.replace('"', '""') for part in (database, table))
        copy.execute(f'CREATE SCHEMA IF NOT EXISTS "{to}"')
        copy.execute(f'CREATE TABLE "{to}"."{named}" AS FROM rows')
        copy.unregister("rows")
    copy.commit()


@dataclass(frozen=True)
class Folders(Server):
    """Where warehouses are made: `url` is a folder."""

    def new_database(self, template: Database | None = None) -> Folder:
        """An empty one, or a copy of one that nobody has open."""
        made = Folder(f"{self.url}/{uuid.uuid4().hex[:12]}")
        if template is not None:
            shutil.copytree(template.url, made.folder, symlinks=True)
        return made

    def database(self, url: str) -> Folder:
        """One that exists."""
        return Folder(url)

    def drop(self, database: Database) -> None:
        """Remove one."""
        shutil.rmtree(database.url, ignore_errors=True)


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[Folders]:
    """Where the ClickHouse warehouses of this test session are."""
    with TemporaryDirectory(prefix="tideline-clickhouse-") as folder:
        yield Folders(folder)
