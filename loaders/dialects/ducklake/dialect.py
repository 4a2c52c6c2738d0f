"""DuckLake with its catalog in a DuckDB file: one writer or many readers, as a DuckDB file.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from loaders.dialects.ducklake.lake import Lake, merging_files
from loaders.dialects.ducklake.location import Location
from loaders.dialects.ducklake.upkeep import count_bytes, narrow_ranges, remove_deleted
from loaders.dialects.embedded.engine import driver_of, prepare_session
from loaders.dialects.embedded.extensions import describe_extensions, engine_options, require_extensions
from loaders.dialects.embedded.one_file import OneFile
from loaders.dialects.embedded.session import open_session


@dataclass(frozen=True)
class DuckLake(OneFile, Lake):
    """A DuckLake: the file of its catalog, and where its data files are."""

    location: Location
    memory_bytes: int

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> DuckLake:
        """Return the DuckLake of a URL; raise Terminal if the URL names none, or an extension is not installed."""
        found = cls(Location.from_url(url), memory_bytes)
        require_extensions(found._extensions)
        return found

    @property
    def _extensions(self) -> tuple[str, ...]:
        return ("ducklake", *self.location.files.extensions)

    @property
    def file(self) -> Path:
        """The file of the catalog."""
        return self.location.path

    def extensions(self) -> tuple[str, ...]:
        """Return the engine's extensions."""
        return describe_extensions(self._extensions)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the catalog until the end of the block; a reader without a file gets an empty database."""
        attach, options = self.location.attach, engine_options()
        with open_session(
            self.file, self.memory_bytes, write=write, wait=wait, attach=attach, options=options
        ) as connection:
            prepare_session(connection)
            yield connection

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Merge small files after the block, where that is due.

        The process that has opened the catalog for writing is the only one.
        """
        with merging_files(connection):
            yield

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the data files that the newest state has, and of the catalog."""
        return self._file_bytes() + count_bytes(driver_of(connection))

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write every file with deleted rows again, of all schemas, and the catalog, which has values of its files.

        Former states of the DuckLake cannot be read any more.
        """
        if not self.file.exists():
            return
        with self.connect(write=True, wait=wait) as connection:
            remove_deleted(driver_of(connection))
            narrow_ranges(driver_of(connection), self.name)
        self._write_file_again(wait)
