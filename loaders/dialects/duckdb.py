"""DuckDB: a file with one writer or many readers, which a load holds only while it merges.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, Connection

from loaders.dialects.duckdb_file import rewrite_file
from loaders.dialects.duckdb_refusals import explain_damage
from loaders.dialects.embedded.engine import Engine, driver_of, prepare_session
from loaders.dialects.embedded.session import CATALOG, hold_in_process, open_session
from loaders.dialects.publishing import is_copy_recent, replace_copy
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.errors import Terminal, WarehouseError
from loaders.process.temporary import temporary_folder

_LOADS_PER_VACUUM: Final = 24
_VACUUM_TASKS: Final = 100


@dataclass(frozen=True)
class DuckDB(Engine):
    """One DuckDB file."""

    path: Path
    memory_bytes: int

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> DuckDB:
        """Return the file of a URL; raise Terminal if the URL has no path, or the path cannot be a DuckDB file."""
        if not url.database or url.database.startswith(":"):
            raise Terminal("a DuckDB warehouse is a file: use duckdb:///path/to/file.duckdb")
        path = Path(url.database).expanduser().resolve()
        if not path.parent.is_dir():
            raise Terminal(f"the folder of the warehouse {path} does not exist: create {path.parent}")
        # The file is not opened to check its content: closing any descriptor of it drops the lock of this process.
        if path.exists() and not (path.is_file() and os.access(path, os.R_OK)):
            raise Terminal(f"the warehouse {path} is not a file that can be read")
        return cls(path, memory_bytes)

    @property
    def file(self) -> Path:
        """The file of the database."""
        return self.path

    def is_created(self, *, wait: float) -> bool:
        """Return whether there is a file."""
        return self.path.exists()

    def extensions(self) -> tuple[str, ...]:
        """Return none: the engine needs no extension for its own files."""
        return ()

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}.wal")

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the file until the end of the block; a reader without a file gets an empty database."""
        with open_session(self.path, self.memory_bytes, write=write, wait=wait) as connection:
            prepare_session(connection)
            yield connection

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Replace the copy if it is older than the file and than `every` seconds (contract §8)."""
        if not self.path.exists() or is_copy_recent(self.path, target, every=every, now=now):
            return False
        if self._log.exists():  # left by a killed load: opening the file replays it
            with self.connect(write=True, wait=wait):
                pass
        with hold_in_process(self.path, wait):
            replace_copy(self.path, target, wait=wait)
        return True

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Do nothing: the process that has opened the file for writing is the only one."""
        yield

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: a file is opened for writing when its rows are staged."""

    def stamp(self) -> Stamp | None:
        """Return the stamp of the file and its write-ahead log: every commit writes one of them."""
        return stamp_files((self.path, self._log))

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the file and its write-ahead log; 0 if there is none."""
        return sum(path.stat().st_size for path in (self.path, self._log) if path.exists())

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge the small row groups of many loads into large ones.

        DuckDB would do so at every checkpoint, and a load would write most rows of earlier loads once more.
        """
        tasks = _VACUUM_TASKS if loads % _LOADS_PER_VACUUM == 0 else 0
        connection.exec_driver_sql(f"SET max_vacuum_tasks = {tasks}")

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write the file again, since deleted values stay in its blocks, and rename the new one to it.

        The former file is held meanwhile: a process that waits for it opens the new one.
        """
        if not self.path.exists():
            return
        with (
            temporary_folder(self.path.parent) as folder,
            open_session(self.path, self.memory_bytes, write=True, wait=wait) as connection,
        ):
            rewrite_file(driver_of(connection), CATALOG, self.path, folder / self.path.name)

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return a damaged file's error with what to do about it; None for any other, whose message is enough."""
        return explain_damage(self.path, error)
