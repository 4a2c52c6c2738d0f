"""DuckLake with its catalog in a DuckDB file: one writer or many readers, as a DuckDB file; the rows are Parquet files.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import duckdb
from sqlalchemy.engine import URL, Connection

from loaders.dialects.duckdb_file import rewrite_file
from loaders.dialects.duckdb_refusals import explain_damage
from loaders.dialects.ducklake.extensions import engine_options
from loaders.dialects.ducklake.location import Location, attach_lake
from loaders.dialects.ducklake.upkeep import merge_files, narrow_ranges, remove_deleted
from loaders.dialects.embedded.engine import Engine, driver_of, prepare_session
from loaders.dialects.embedded.session import CATALOG, open_session
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.errors import Terminal, WarehouseError
from loaders.process.temporary import temporary_folder

logger: Final = logging.getLogger("loaders.ducklake")

_LOADS_PER_MERGE: Final = 24
_DUE: Final = "tideline_merge_files"


@dataclass(frozen=True)
class DuckLake(Engine):
    """A DuckLake: its catalog, and where its data files are."""

    location: Location
    memory_bytes: int
    name: ClassVar[str] = "duckdb/ducklake"
    keeps_comments: ClassVar[bool] = False  # the column is another one

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> DuckLake:
        """Return the DuckLake of a URL; raise Terminal if the URL names none."""
        return cls(Location.from_url(url), memory_bytes)

    @property
    def file(self) -> Path:
        """The file of the catalog."""
        return self.location.path

    @property
    def _log(self) -> Path:
        return self.file.with_name(f"{self.file.name}.wal")

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the catalog until the end of the block; a reader without a file gets an empty database."""
        attach, options = attach_lake(self.location), engine_options()
        with open_session(
            self.file, self.memory_bytes, write=write, wait=wait, attach=attach, options=options
        ) as connection:
            prepare_session(connection)
            yield connection

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: a copy of the catalog would name files that a later load may take away."""
        raise Terminal(
            "publish copies a DuckDB file, and the rows of a DuckLake are not in its catalog: take publish out of the "
            "configuration; dashboards can read the DuckLake itself"
        )

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Merge small files after the block, if it has asked for it by `maintain`.

        The process that has opened the catalog for writing is the only one.
        """
        yield
        if connection.info.pop(_DUE, False):
            _merge_files(connection)

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: a catalog is opened for writing when its rows are staged."""

    def stamp(self) -> Stamp | None:
        """Return the stamp of the catalog and its write-ahead log: every commit writes one of them."""
        return stamp_files((self.file, self._log))

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the data files, those of deleted rows included, and of the catalog."""
        files = [path for path in Path(self.location.data_path).rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in (self.file, self._log, *files) if path.exists())

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge the small files of many loads into large ones, once it has committed."""
        if loads % _LOADS_PER_MERGE == 0:
            connection.info[_DUE] = True

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


def _merge_files(connection: Connection) -> None:
    """Merge files; a failure costs nothing but the merge, since the load has committed: a later load tries again."""
    try:
        merge_files(driver_of(connection))
    except duckdb.Error as error:
        logger.warning("small files were not merged: %s", str(error).splitlines()[0])
