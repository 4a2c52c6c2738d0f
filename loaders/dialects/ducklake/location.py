"""A DuckLake with its catalog in a file, from its URL.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from loaders.dialects.ducklake.attach import attach_lake, attach_nothing
from loaders.dialects.ducklake.data_files import PARAMETERS, DataFiles, read_data_files
from loaders.interface.errors import Terminal

_FORM: Final = "use ducklake:///path/to/catalog.ducklake?data_path=/path/to/folder"


@dataclass(frozen=True)
class Location:
    """A catalog in a DuckDB file, and its data files."""

    path: Path
    files: DataFiles

    @classmethod
    def from_url(cls, url: URL) -> Location:
        """Return the location of a URL; raise Terminal if it names none, or one that cannot be."""
        unknown = sorted(url.query.keys() - PARAMETERS)
        if unknown:
            raise Terminal(f"the URL of a DuckLake has no parameter {', '.join(unknown)}: {_FORM}")
        if "+" in url.drivername or url.host or not url.database or url.database.startswith(":"):
            raise Terminal(f"a DuckLake has its catalog in a file or in PostgreSQL: {_FORM}")
        path = Path(url.database).expanduser().resolve()
        if not path.parent.is_dir():
            raise Terminal(f"the folder of the catalog {path} does not exist: create {path.parent}")
        if path.exists() and not (path.is_file() and os.access(path, os.R_OK)):
            raise Terminal(f"the catalog {path} is not a file that can be read")
        return cls(path, read_data_files(url, _FORM, default=path.with_name(f"{path.name}.files")))

    def attach(self, connection: Connection, path: Path, write: bool) -> None:
        """Attach the DuckLake; an empty database where there is none yet to read."""
        try:
            attach_lake(connection, str(path), self.files, write=write)
        except DBAPIError:
            if write or not _is_new(path):
                raise
            connection.rollback()
            attach_nothing(connection)


def _is_new(path: Path) -> bool:
    """Return whether the file can be read and is no catalog yet: its first writer was killed."""
    try:
        with duckdb.connect(str(path), read_only=True) as file:
            return not file.execute("SELECT 1 FROM duckdb_tables() LIMIT 1").fetchall()
    except duckdb.Error:
        return False
