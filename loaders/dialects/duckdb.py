"""DuckDB: a file with one writer or many readers, which a load holds only while it merges.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import duckdb
import polars as pl
import pyarrow as pa
from sqlalchemy.engine import URL, Connection

import sql
from loaders.dialects.base import Index, Refusal
from loaders.dialects.duckdb_file import rewrite_file
from loaders.dialects.duckdb_refusals import explain_damage
from loaders.dialects.embedded.session import CATALOG, hold_in_process, open_session
from loaders.dialects.publishing import is_copy_recent, replace_copy
from loaders.dialects.read_request import BATCH_ROWS, ReadRequest
from loaders.dialects.staged_rows import StagedRows
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.disk import advise_disk
from loaders.interface.errors import Terminal, WarehouseError, refuse_for_views
from loaders.process.temporary import temporary_folder
from loaders.staging.staged import StagedTable

_FILTER_VALUES: Final = 1000
"""A join with at most this many values skips row groups without any of them; DuckDB's default is 50."""

_LOADS_PER_VACUUM: Final = 24
_VACUUM_TASKS: Final = 100

_TYPES: Final = {
    "boolean": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "json": "VARCHAR",
}


@dataclass(frozen=True)
class DuckDB:
    """One DuckDB file."""

    path: Path
    memory_bytes: int
    name: ClassVar[str] = "duckdb"
    driver_error: ClassVar[type[Exception]] = duckdb.Error
    counts_inserts: ClassVar[bool] = False
    adds_ahead: ClassVar[bool] = False
    has_savepoints: ClassVar[bool] = False
    indexes_share_names: ClassVar[bool] = False
    ignores_case: ClassVar[bool] = True
    indexes_rollups: ClassVar[bool] = False  # it finds a day by the least and greatest dates of row groups
    hashes_ids: ClassVar[bool] = True
    bills_bytes: ClassVar[bool] = False

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

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}.wal")

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the file until the end of the block; a reader without a file gets an empty database."""
        with open_session(self.path, self.memory_bytes, write=write, wait=wait) as connection:
            connection.exec_driver_sql("SET TimeZone = 'UTC'")
            connection.exec_driver_sql(f"SET dynamic_or_filter_threshold = {_FILTER_VALUES}")
            connection.commit()
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

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return False: statements in DuckDB do not wait for locks."""
        return False

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether the error is about the catalog: another entry has the name."""
        return isinstance(error, duckdb.CatalogException)

    @contextmanager
    def use_schema(self, connection: Connection, schema: str) -> Iterator[None]:
        """Set the search path of the connection, and reset it after the block."""
        driver = _driver(connection)
        database, before = driver.execute("SELECT CURRENT_DATABASE(), CURRENT_SETTING('search_path')").fetchall()[0]
        driver.execute("SET search_path = '" + f"{_quoted(database)}.{_quoted(schema)}".replace("'", "''") + "'")
        yield
        driver.execute("SET search_path = '" + before.replace("'", "''") + "'")

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6)."""
        return _TYPES[logical]

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Register the files for scans; nothing is copied."""
        _driver(connection).register(relation, StagedRows(table))

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Register the files once more, with fewer columns: a scan of a wide table costs by the columns it has."""
        _driver(connection).register(relation, StagedRows(table, frozenset(columns)))
        return True

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Register a frame for scans."""
        _driver(connection).register(relation, frame.to_arrow())

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Stream the engine's Arrow batches."""
        names = {name: _quoted(name) for name in request.columns}
        text = sql.statement("dialects/text", self.name)
        columns = [text.format(column=names[name]) if kind == "other" else names[name]
                   for name, kind in request.columns.items()]  # fmt: skip
        statement = sql.statement("dialects/read_table" if request.day is None else "dialects/read_day", self.name)
        query = statement.format(
            columns=", ".join(columns), table=f"{_quoted(request.schema)}.{_quoted(request.table)}"
        )
        values = {} if request.day is None else {"date": request.day}
        for batch in _driver(connection).execute(query, values).to_arrow_reader(BATCH_ROWS):
            yield batch.cast(request.arrow_schema)

    def indexes(self, table: str) -> tuple[Index, ...]:
        """Return none: updating indexes costs more than the scans they save (docs/adr/0006)."""
        return ()

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """Return none, as for event tables."""
        return ()

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Return None: views do not block a change of type, and no reader waits for it."""
        return None

    @contextmanager
    def keeping_views(self, connection: Connection, schema: str, table: str, column: str | None) -> Iterator[None]:
        """Compare the readable views before and after the block: DuckDB drops what a view needs without an error."""
        sound = self._sound_views(connection)
        yield
        refuse_for_views(sorted(sound - self._sound_views(connection)))

    def _sound_views(self, connection: Connection) -> set[str]:
        driver, preparer = _driver(connection), connection.dialect.identifier_preparer
        sound = set()
        for of, view in driver.execute(sql.statement("dialects/views", self.name)).fetchall():
            named = f"{preparer.quote_identifier(of)}.{preparer.quote_identifier(view)}"
            try:
                driver.execute(f"SELECT * FROM {named} LIMIT 0")  # noqa: S608  the name is quoted
            except duckdb.Error:
                continue
            sound.add(f"{preparer.quote(of)}.{preparer.quote(view)}")
        return sound

    def measure(self, connection: Connection, relation: str) -> None:
        """Do nothing: DuckDB knows the row counts."""

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
            rewrite_file(_driver(connection), CATALOG, self.path, folder / self.path.name)

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error is a conflict with another transaction, or one of the disk."""
        disk = advise_disk(error)
        return isinstance(error, duckdb.TransactionException) if disk is None else disk.passing

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return a damaged file's error with what to do about it; None for any other, whose message is enough."""
        return explain_damage(self.path, error)


def _driver(connection: Connection) -> duckdb.DuckDBPyConnection:
    driver: duckdb.DuckDBPyConnection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
