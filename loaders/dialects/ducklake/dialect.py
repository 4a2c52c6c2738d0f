"""DuckLake with its catalog in a DuckDB file: one writer or many readers, as a DuckDB file.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from loaders.dialects.duckdb_file import rewrite_file
from loaders.dialects.duckdb_refusals import explain_damage
from loaders.dialects.ducklake.extensions import describe_extensions, engine_options
from loaders.dialects.ducklake.lake import Lake, merging_files
from loaders.dialects.ducklake.location import Location
from loaders.dialects.ducklake.upkeep import count_bytes, narrow_ranges, remove_deleted
from loaders.dialects.embedded.engine import driver_of, prepare_session
from loaders.dialects.embedded.session import CATALOG, open_session
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.errors import WarehouseError
from loaders.process.temporary import temporary_folder


@dataclass(frozen=True)
class DuckLake(Lake):
    """A DuckLake: the file of its catalog, and where its data files are."""

    location: Location
    memory_bytes: int

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> DuckLake:
        """Return the DuckLake of a URL; raise Terminal if the URL names none."""
        return cls(Location.from_url(url), memory_bytes)

    @property
    def file(self) -> Path:
        """The file of the catalog."""
        return self.location.path

    def is_created(self, *, wait: float) -> bool:
        """Return whether there is a file."""
        return self.file.exists()

    def extensions(self) -> tuple[str, ...]:
        """Return the engine's extensions."""
        return describe_extensions(("ducklake", *self.location.files.extensions))

    @property
    def _log(self) -> Path:
        return self.file.with_name(f"{self.file.name}.wal")

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

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: a catalog is opened for writing when its rows are staged."""

    def stamp(self) -> Stamp | None:
        """Return the stamp of the catalog and its write-ahead log: every commit writes one of them."""
        return stamp_files((self.file, self._log))

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the data files that the newest state has, and of the catalog."""
        catalog = sum(path.stat().st_size for path in (self.file, self._log) if path.exists())
        return catalog + count_bytes(driver_of(connection))

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write every file with deleted rows again, of all schemas, and the catalog, which has values of its files.

        Former states of the DuckLake cannot be read any more.
        """
        if not self.file.exists():
            return
        with self.connect(write=True, wait=wait) as connection:
            remove_deleted(driver_of(connection))
            narrow_ranges(driver_of(connection), self.name)
        with (
            temporary_folder(self.file.parent) as folder,
            open_session(self.file, self.memory_bytes, write=True, wait=wait) as connection,
        ):
            rewrite_file(driver_of(connection), CATALOG, self.file, folder / self.file.name)

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return a damaged catalog's error with what to do about it; None for any other, whose message is enough."""
        return explain_damage(self.file, error)
