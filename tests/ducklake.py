"""DuckLakes for the tests, each in a folder of its own, and copies of their tables as a DuckDB file.

What proves a DuckDB warehouse proves a DuckLake too: it looks at the copy.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pytest

from loaders.dialects.embedded.extensions import find_extension
from tests.postgres import Database, Server

_CATALOG: Final = "catalog.ducklake"
_FILES: Final = "files"


@dataclass
class LakeDatabase(Database):
    """A DuckLake: `url` is the folder of its catalog and its data files."""

    @property
    def folder(self) -> Path:
        """With all that it has."""
        return Path(self.url)

    @property
    def catalog(self) -> Path:
        """The file of the catalog."""
        return self.folder / _CATALOG

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.folder.name

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return f"ducklake:///{self.catalog}?data_path={self.folder / _FILES}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The folder with all that it has."""
        return (self.folder,)

    def beside(self, *, copied: bool = False) -> LakeDatabase:
        """Another one beside this one: an empty one, or a copy."""
        return LakeServer(str(self.folder.parent)).new_database(self if copied else None)

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of the driver that uses it, times in UTC."""
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"LOAD '{find_extension('ducklake')}'")
            mode = f"(DATA_PATH '{self.folder / _FILES}')" if write else "(READ_ONLY)"
            connection.execute(f"ATTACH 'ducklake:{self.catalog}' AS lake {mode}")
            connection.execute("USE lake; SET TimeZone = 'UTC'")
            yield connection

    def execute(self, statement: str) -> int:
        """Change something by hand; how many rows it touched."""
        with self.open(write=True) as connection:
            found = connection.execute(statement).fetchall()
        return int(found[0][0]) if found and isinstance(found[0][0], int) else 0

    def mirror(self, path: Path) -> None:
        """Make the file hold the same schemas, tables and rows; nothing is done where nothing was written since."""
        log = self.catalog.with_name(f"{_CATALOG}.wal")
        written = [(one.stat().st_mtime_ns, one.stat().st_size) for one in (self.catalog, log) if one.exists()]
        if self._mirrored.get(path) == written and path.exists():
            return
        path.unlink(missing_ok=True)
        if not written:
            duckdb.connect(str(path)).close()
            return
        with self.open() as connection:
            connection.execute(f"ATTACH '{path}' AS copy")
            connection.begin()
            tables = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'lake'"
            ).fetchall()
            for schema, table in tables:
                of, name = (part.replace('"', '""') for part in (schema, table))
                connection.execute(f'CREATE SCHEMA IF NOT EXISTS copy."{of}"')
                connection.execute(f'CREATE TABLE copy."{of}"."{name}" AS FROM lake."{of}"."{name}"')
            connection.commit()
        self._mirrored[path] = written


@dataclass(frozen=True)
class LakeServer(Server):
    """Where DuckLakes are made: `url` is a folder."""

    def new_database(self, template: Database | None = None) -> LakeDatabase:
        """An empty one, or a copy of one that nobody has open."""
        made = LakeDatabase(f"{self.url}/{uuid.uuid4().hex[:12]}")
        if template is None:
            made.folder.mkdir()
        else:
            assert isinstance(template, LakeDatabase)
            shutil.copytree(template.folder, made.folder)
            _move(made)
        return made

    def database(self, url: str) -> LakeDatabase:
        """One that exists."""
        return LakeDatabase(url)

    def drop(self, database: Database) -> None:
        """Remove one."""
        assert isinstance(database, LakeDatabase)
        shutil.rmtree(database.folder)


def _move(made: LakeDatabase) -> None:
    """Let the catalog of a copied one name its own files."""
    if made.catalog.exists():
        with duckdb.connect(str(made.catalog)) as catalog:
            catalog.execute(
                "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'", [f"{made.folder / _FILES}/"]
            )


@pytest.fixture(scope="session")
def ducklake() -> Iterator[LakeServer]:
    """Where the DuckLakes of this test session are."""
    with TemporaryDirectory(prefix="tideline-ducklake-") as folder:
        yield LakeServer(folder)
