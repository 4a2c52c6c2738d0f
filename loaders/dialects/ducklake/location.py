"""Where a DuckLake is: the file of its catalog, and the folder of its data files, both from the URL.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from loaders.dialects.ducklake.extensions import load_extension
from loaders.dialects.embedded.session import CATALOG, Attach, quote_text
from loaders.interface.errors import Terminal

_FORM: Final = "use ducklake:///path/to/catalog.ducklake?data_path=/path/to/folder"
_INLINED_ROWS: Final = 0
"""Rows that an insert puts into the catalog instead of a file."""


@dataclass(frozen=True)
class Location:
    """A catalog in a DuckDB file, and its data files in a folder."""

    path: Path
    data_path: str
    """The folder with all data files."""

    @classmethod
    def from_url(cls, url: URL) -> Location:
        """Return the location of a URL; raise Terminal if it names none, or one that cannot be."""
        unknown = sorted(url.query.keys() - {"data_path"})
        if unknown:
            raise Terminal(f"the URL of a DuckLake has no parameter {', '.join(unknown)}: {_FORM}")
        if "+" in url.drivername or url.host or not url.database or url.database.startswith(":"):
            raise Terminal(f"a DuckLake has its catalog in a file: {_FORM}")
        path = Path(url.database).expanduser().resolve()
        if not path.parent.is_dir():
            raise Terminal(f"the folder of the catalog {path} does not exist: create {path.parent}")
        if path.exists() and not (path.is_file() and os.access(path, os.R_OK)):
            raise Terminal(f"the catalog {path} is not a file that can be read")
        given = url.query.get("data_path", f"{path}.files")
        if not isinstance(given, str) or not given:
            raise Terminal(f"a DuckLake has one data_path: {_FORM}")
        if "://" in given:
            raise Terminal(f"the data files of a DuckLake are in a folder, not at {given}: {_FORM}")
        return cls(path, f"{Path(given).expanduser().resolve()}/")


def attach_lake(location: Location) -> Attach:
    """Return what attaches the DuckLake; the first writer creates its tables in the catalog."""
    return partial(_attach, location)


def _attach(location: Location, connection: Connection, path: Path, write: bool) -> None:
    load_extension(connection, "ducklake")
    options = f"DATA_PATH {quote_text(location.data_path)}, DATA_INLINING_ROW_LIMIT {_INLINED_ROWS}"
    mode = "" if write else ", READ_ONLY"
    statement = f'ATTACH {quote_text(f"ducklake:{path}")} AS "{CATALOG}" ({options}{mode})'
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if _is_elsewhere(error):
            raise Terminal(
                f"the catalog {path} has its data files in another folder than {location.data_path}: "
                f"{str(error.orig).splitlines()[0]} Give the URL that data_path"
            ) from error
        if write or not _is_new(path):
            raise
        connection.rollback()
        connection.exec_driver_sql(f"ATTACH ':memory:' AS \"{CATALOG}\"")


def _is_elsewhere(error: DBAPIError) -> bool:
    return "does not match existing data path" in str(error.orig)


def _is_new(path: Path) -> bool:
    """Return whether the file can be read and is no catalog yet: its first writer was killed."""
    try:
        with duckdb.connect(str(path), read_only=True) as file:
            return not file.execute("SELECT 1 FROM duckdb_tables() LIMIT 1").fetchall()
    except duckdb.Error:
        return False
