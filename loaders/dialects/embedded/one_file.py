"""What a DuckDB file and a catalog in one have in common: one process writes it, or many read it.

Covered by tests/loaders/load/test_small_loads.py and tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from loaders.dialects.duckdb_file import rewrite_file
from loaders.dialects.embedded.engine import Engine, driver_of
from loaders.dialects.embedded.refusals import explain_damage
from loaders.dialects.embedded.session import CATALOG, open_session
from loaders.dialects.one_process import OneProcess
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.errors import WarehouseError
from loaders.process.temporary import temporary_folder


class OneFile(OneProcess, Engine, ABC):
    """The part of a dialect whose locks are those of a DuckDB file."""

    memory_bytes: int

    @property
    @abstractmethod
    def file(self) -> Path:
        """The DuckDB file."""

    @property
    def _log(self) -> Path:
        return self.file.with_name(f"{self.file.name}.wal")

    def is_created(self, *, wait: float) -> bool:
        """Return whether there is a file."""
        return self.file.exists()

    def stamp(self) -> Stamp | None:
        """Return the stamp of the file and its write-ahead log: every commit writes one of them."""
        return stamp_files((self.file, self._log))

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return a damaged file's error with what to do about it; None for any other, whose message is enough."""
        return explain_damage(self.file, error)

    def _file_bytes(self) -> int:
        """Return the size of the file and its write-ahead log; 0 if there is none."""
        return sum(path.stat().st_size for path in (self.file, self._log) if path.exists())

    def _write_file_again(self, wait: float) -> None:
        """Write the file again, since deleted values stay in its blocks, and rename the new one to it.

        The former file is held meanwhile: a process that waits for it opens the new one.
        """
        with (
            temporary_folder(self.file.parent) as folder,
            open_session(self.file, self.memory_bytes, write=True, wait=wait) as connection,
        ):
            rewrite_file(driver_of(connection), CATALOG, self.file, folder / self.file.name)
