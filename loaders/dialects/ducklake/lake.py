"""What DuckLakes have in common, wherever their catalogs are.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

import duckdb
from sqlalchemy.engine import Connection

from loaders.dialects.ducklake.upkeep import merge_files
from loaders.dialects.embedded.engine import Engine, driver_of
from loaders.interface.errors import Terminal

logger: Final = logging.getLogger("loaders.ducklake")

_LOADS_PER_MERGE: Final = 24
_DUE: Final = "tideline_merge_files"


class Lake(Engine):
    """The part of a dialect that is DuckLake."""

    name: ClassVar[str] = "duckdb/ducklake"
    keeps_comments: ClassVar[bool] = False  # the column is another one

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: a copy of the catalog would name files that a later load may take away."""
        raise Terminal(
            "publish copies a DuckDB file, and the rows of a DuckLake are not in its catalog: take publish out of the "
            "configuration; dashboards can read the DuckLake itself"
        )

    def make_room(self, connection: Connection, columns: int) -> None:
        """Do nothing: the rows of a table are in a file of it before those of the next one are written."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge the small files of many loads into large ones, once it has committed."""
        if loads % _LOADS_PER_MERGE == 0:
            connection.info[_DUE] = True


@contextmanager
def merging_files(connection: Connection) -> Iterator[None]:
    """Merge small files after the block, if it has asked for it by `maintain`.

    A failure costs nothing but the merge, since the load has committed: a later load tries again.
    """
    yield
    if connection.info.pop(_DUE, False):
        try:
            merge_files(driver_of(connection))
        except duckdb.Error as error:
            logger.warning("small files were not merged: %s", str(error).splitlines()[0])
