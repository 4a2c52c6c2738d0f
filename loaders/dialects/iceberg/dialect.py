"""Iceberg tables of a REST catalog, read and written by DuckDB's engine in this process.

Covered by tests/loaders/dialects/iceberg/test_iceberg.py.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import duckdb
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError

from loaders.dialects.base import Undoable
from loaders.dialects.embedded.engine import Engine, prepare_session
from loaders.dialects.embedded.extensions import describe_extensions, engine_options
from loaders.dialects.embedded.session import open_engine
from loaders.dialects.iceberg.attach import EXTENSIONS, attach_catalog
from loaders.dialects.iceberg.location import CatalogLocation
from loaders.dialects.iceberg.merging import change_loads, find_newest_load, lock_merges, note_merge
from loaders.dialects.iceberg.statements import (
    TableChanges,
    begin_changes,
    drop_created,
    know_columns,
    name_views,
    names_of,
    run_beside,
)
from loaders.dialects.iceberg.upkeep import (
    count_bytes,
    drop_emptied,
    merge_files,
    open_catalog,
    remove_deleted,
    require_upkeep,
)
from loaders.interface.disk import advise_disk
from loaders.interface.errors import Terminal, WarehouseError

logger: Final = logging.getLogger("loaders.iceberg")

_MERGING: Final = "tideline_merging"
_DUE: Final = "tideline_merge_files"
_LOADS_PER_UPKEEP: Final = 24
_REFUSED: Final = re.compile(r"(?:BadRequest|Unauthorized|Forbidden)_40\d|HTTP 40[013]")
"""How the engine names the answers of a catalog or bucket that would be the same again."""
_UNREACHABLE: Final = re.compile(r"not have a reachable state in this|none of the entries were valid for the")
"""What the engine says of a table whose first state was committed after the transaction began."""
_CLOCK: Final = 1.0
"""Seconds by which a bucket tells when a file was written."""


@dataclass(frozen=True)
class Iceberg(Engine):
    """A warehouse of a REST catalog."""

    name: ClassVar[str] = "duckdb/iceberg"
    keeps_comments: ClassVar[bool] = True  # it has none
    creates_ahead: ClassVar[bool] = True
    has_views: ClassVar[bool] = False

    location: CatalogLocation
    memory_bytes: int

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> Iceberg:
        """Return the warehouse of a URL; raise Terminal if the URL names none."""
        return cls(CatalogLocation.from_url(url), memory_bytes)

    @property
    def file(self) -> None:
        """None: the catalog is a server."""

    def is_created(self, *, wait: float) -> bool:
        """Return True: the warehouse is created with the catalog."""
        return True

    def extensions(self) -> tuple[str, ...]:
        """Return the engine's extensions."""
        require_upkeep()
        return describe_extensions(EXTENSIONS)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Open an engine with the warehouse attached."""
        require_upkeep()
        with open_engine(self.memory_bytes, write=write, options=engine_options()) as connection:
            attach_catalog(connection, self.location, write=write)
            prepare_session(connection)
            yield connection

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[Undoable]:
        """Begin a transaction; its changes of all tables are one request to the catalog.

        Tables are created before it and dropped after it (`statements`). One that merges fails where another has
        committed meanwhile.
        """
        changes = TableChanges(merging=connection.info.get(_MERGING, False))
        begin_changes(connection, changes)
        try:
            newest = find_newest_load(connection) if changes.merging else None
            with connection.begin() as transaction:
                if changes.merging:
                    lock_merges(connection, newest)
                yield transaction
                kept = transaction.is_active
                if kept and changes.merging:
                    note_merge(connection)
            if not kept:
                drop_created(connection)
            elif changes.dropped:
                with open_catalog(self.location) as catalog:
                    drop_emptied(catalog, self.location, names_of(changes.dropped))
        finally:
            begin_changes(connection, TableChanges())

    def run(self, connection: Connection, text: str, values: Mapping[str, object]) -> int:
        """Run the statement, or what is left of it for the transaction."""
        try:
            left = run_beside(connection, text)
        except duckdb.Error as error:
            raise OperationalError(text, None, error) from error
        return -1 if left is None else super().run(connection, left, values)

    def query(
        self, connection: Connection, text: str, values: Mapping[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run the query; the engine knows the columns of a table once it has asked the catalog for the table."""
        if "_COLUMNS()" in text or "information_schema.columns" in text:
            know_columns(connection, values["schema"])
        return super().query(connection, name_views(connection, text), values)

    def run_all(self, connection: Connection, texts: Sequence[str]) -> None:
        """Do nothing: they are comments, which the engine cannot give to tables of Iceberg."""

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Let transactions of the block fail where another process has merged meanwhile: a catalog has no lock."""
        connection.info[_MERGING] = True
        try:
            yield
        finally:
            connection.info.pop(_MERGING, None)
        if connection.info.pop(_DUE, False):
            self._merge_files(schema)

    def _merge_files(self, schema: str) -> None:
        """Do the upkeep of a schema and the ledger; a failure costs nothing but that, and a later load tries again."""
        try:
            with open_catalog(self.location) as catalog:
                merge_files(catalog, self.location, (schema, "tideline"), now=datetime.now(UTC))
        except Exception as error:  # noqa: BLE001  the load has committed, whatever this meets
            logger.warning("small files of the Iceberg warehouse were not merged: %s", str(error).split("\n", 1)[0])

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing: `transaction` has read the table that every merge changes."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: the catalog tells at the first table."""

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing: a table that another process has created is no error."""

    def make_room(self, connection: Connection, columns: int) -> None:
        """Do nothing: the rows of a table are in a file of it before those of the next one are written."""

    def stamp(self) -> None:
        """Return None: other processes commit at any time."""

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: dashboards read the catalog."""
        raise Terminal(
            "publish copies a DuckDB file: take publish out of the configuration; dashboards can read the Iceberg "
            "tables themselves"
        )

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the data files that the newest states have."""
        with open_catalog(self.location) as catalog:
            return count_bytes(catalog, schemas)

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge small files and remove former states, once it has committed."""
        if loads % _LOADS_PER_UPKEEP == 0:
            connection.info[_DUE] = True

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write tables with deleted rows again, and remove all files of former states and of killed loads.

        Loads that have begun before fail, and are tried again.
        """
        with self.connect(write=True, wait=wait) as connection, self.merge_lock(connection, "", wait=wait):
            time.sleep(_CLOCK)
            with self.transaction(connection):
                change_loads(connection)
        with open_catalog(self.location) as catalog:
            remove_deleted(catalog, self.location, schemas)

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether the catalog takes no table of such a name."""
        return isinstance(error, duckdb.HTTPException) and "BadRequest_400" in str(error)

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error is of what another process has committed, or of the way to catalog and bucket."""
        if super().is_transient(error) or (isinstance(error, duckdb.Error) and _UNREACHABLE.search(str(error))):
            return True
        of_the_way = isinstance(error, duckdb.IOException | duckdb.HTTPException) and advise_disk(error) is None
        return of_the_way and _REFUSED.search(str(error)) is None

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return None: the engine's message is enough."""
        return None
