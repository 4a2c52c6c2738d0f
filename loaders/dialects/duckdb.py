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

from loaders.dialects.embedded.engine import prepare_session
from loaders.dialects.embedded.one_file import OneFile
from loaders.dialects.embedded.session import hold_in_process, open_session
from loaders.dialects.publishing import is_copy_recent, replace_copy
from loaders.interface.errors import Terminal

_LOADS_PER_VACUUM: Final = 24
_VACUUM_TASKS: Final = 100
_COLUMN_BYTES: Final = 36 << 10
"""What the engine counts for each column of a table that a transaction writes to, even for one row: the first segment,
which no temporary file takes."""
_BESIDE_BYTES: Final = 96 << 20
"""The least memory that the engine has for all else."""


@dataclass(frozen=True)
class DuckDB(OneFile):
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

    def extensions(self) -> tuple[str, ...]:
        """Return none: the engine needs no extension for its own files."""
        return ()

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the file until the end of the block; a reader without a file gets an empty database."""
        with open_session(self.path, self.memory_bytes, write=write, wait=wait) as connection:
            prepare_session(connection)
            yield connection

    def make_room(self, connection: Connection, columns: int) -> None:
        """Raise the limit of the engine's memory where it counts more than the limit for the columns alone.

        Where tables get few rows, most of that is never touched, so the process does not grow by as much.
        """
        limit = _BESIDE_BYTES + columns * _COLUMN_BYTES
        if limit > self.memory_bytes:
            connection.exec_driver_sql(f"SET GLOBAL memory_limit = '{limit >> 10}KiB'")

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

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the file and its write-ahead log; 0 if there is none."""
        return self._file_bytes()

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge the small row groups of many loads into large ones.

        DuckDB would do so at every checkpoint, and a load would write most rows of earlier loads once more.
        """
        tasks = _VACUUM_TASKS if loads % _LOADS_PER_VACUUM == 0 else 0
        connection.exec_driver_sql(f"SET max_vacuum_tasks = {tasks}")

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write the file again, since deleted values stay in its blocks."""
        if self.path.exists():
            self._write_file_again(wait)
