"""DuckDB: a file that one process writes or many read, and that a load holds only while it merges."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Final

import duckdb
import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import sql
from loaders.dialects.base import Index, Refusal
from loaders.dialects.publishing import replace_copy
from loaders.dialects.read_request import BATCH_ROWS, ReadRequest
from loaders.dialects.staged_rows import StagedRows
from loaders.dialects.stamp import Stamp, stamp_files
from loaders.interface.errors import Busy, Terminal, refuse_for_views
from loaders.staging.staged import StagedTable

_READABLE_BY: Final = "v1.4.0"
"""Storage version of new files: BI tools ship drivers of 1.x (contract §8)."""

_BLOCK_BYTES: Final = 64 << 10
"""Block size of new files. A small load writes a block per column of every table: of 256 KiB, the default, that is
most of its cost and of its file; below 64 KiB large loads and scans get slower."""

_CATALOG: Final = "file of the warehouse"
"""The name by which a connection knows the file. It holds spaces, so no event table and hardly a schema has it."""

_LOOKED_FOR: Final = 1000
"""A join with up to so many values skips the row groups that have none of them: by default with up to 50."""

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

# Within one process DuckDB refuses a second connection with another configuration, and two writers of one process
# would conflict row by row instead of waiting: one connection at a time per file.
_IN_PROCESS: Final[defaultdict[Path, threading.Lock]] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class DuckDB:
    """One DuckDB file."""

    path: Path
    memory_bytes: int
    name: ClassVar[str] = "duckdb"
    adds_ahead: ClassVar[bool] = False
    describes: ClassVar[bool] = False
    indexes_rollups: ClassVar[bool] = False  # it finds a day by the least and greatest dates of row groups
    hashes_ids: ClassVar[bool] = True

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> DuckDB:
        """The file a URL names; Terminal when it names none, or what stands there can be no DuckDB file."""
        if not url.database or url.database.startswith(":"):
            raise Terminal("a DuckDB warehouse is a file: use duckdb:///path/to/file.duckdb")
        path = Path(url.database).expanduser().resolve()
        if not path.parent.is_dir():
            raise Terminal(f"the folder of the warehouse {path} does not exist: create {path.parent}")
        # Not opened to look inside: closing any descriptor of the file drops the lock this process may hold on it.
        if path.exists() and not (path.is_file() and os.access(path, os.R_OK)):
            raise Terminal(f"the warehouse {path} is not a file that can be read")
        return cls(path, memory_bytes)

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}.wal")

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """The file, held until the end of the block; an empty database where a reader finds no file yet."""
        until = time.monotonic() + wait
        # Of its own: readers and a writer that share a folder would take each other's files for theirs.
        with (
            TemporaryDirectory(prefix="tideline-") as spill,
            self._process_lock(wait),
            self._open(write, until, wait, spill) as connection,
        ):
            connection.exec_driver_sql("SET TimeZone = 'UTC'")
            connection.exec_driver_sql(f"SET dynamic_or_filter_threshold = {_LOOKED_FOR}")
            connection.commit()
            yield connection

    @contextmanager
    def _process_lock(self, wait: float) -> Iterator[None]:
        lock = _IN_PROCESS[self.path]
        if not lock.acquire(timeout=max(wait, 0)):
            raise Busy(f"the warehouse {self.path} is in use by this process; waited {wait:g} s")
        try:
            yield
        finally:
            lock.release()

    def _open(self, write: bool, until: float, wait: float, spill: str) -> Connection:
        engine, there = self._engine(write, spill), write or self.path.exists()
        free = 0
        for pause in _pauses():
            try:
                return self._attached(engine, write) if there else engine.connect()
            except DBAPIError as error:
                # Once may be a holder that left between the attempt and the look; three times is another matter.
                free = 0 if self._is_held(error, write) else free + 1
                if free == 3:
                    raise Terminal(f"cannot open the warehouse {self.path}: {_first_line(error)}") from error
                if time.monotonic() >= until:
                    raise Busy(
                        f"the warehouse {self.path} is held by another process; waited {wait:g} s. Close what has it "
                        f"open, or try again later ({_first_line(error)})"
                    ) from error
            time.sleep(max(0.0, min(pause, until - time.monotonic())))
        raise AssertionError  # pauses never end

    def _engine(self, write: bool, spill: str) -> sa.Engine:
        # A load has one thread. More of them share one scan of the staged rows and wait for each other in it: beside
        # other work, two took twice the processor time of one and were slower (150,000 rows of 57 columns).
        config = {
            "storage_compatibility_version": _READABLE_BY,
            "default_block_size": str(_BLOCK_BYTES),
            "memory_limit": f"{self.memory_bytes >> 10}KiB",
            "temp_directory": spill,
        }
        arguments: dict[str, Any] = {"config": config | ({"threads": "1"} if write else {})}
        return sa.create_engine("duckdb:///:memory:", poolclass=NullPool, connect_args=arguments)

    def _attached(self, engine: sa.Engine, write: bool) -> Connection:
        """The file under a name of ours: by its own, a file called as a schema is would be taken for that schema."""
        path = str(self.path).replace("'", "''")
        with ExitStack() as undoing:
            connection = undoing.enter_context(engine.connect())
            connection.exec_driver_sql(f"ATTACH '{path}' AS \"{_CATALOG}\" {'' if write else '(READ_ONLY)'}")
            connection.exec_driver_sql(f'USE "{_CATALOG}"')
            connection.commit()
            undoing.pop_all()
        return connection

    def _is_held(self, error: DBAPIError, write: bool) -> bool:
        """Whether someone else has the file open: the lock tells, DuckDB has one class for every failure to open."""
        if isinstance(error.orig, duckdb.ConnectionException):
            return True
        try:
            with self.path.open("r+b" if write else "rb") as file:
                fcntl.lockf(file, (fcntl.LOCK_EX if write else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Replace the copy for dashboards where it is older than the file and than `every` seconds (contract §8)."""
        if not self.path.exists():
            return False
        if target.exists():
            age = target.stat().st_mtime
            if now - age < every or age >= self.path.stat().st_mtime:
                return False
        if self._log.exists():  # left by a killed load: opening takes it in
            with self.connect(write=True, wait=wait):
                pass
        with self._process_lock(wait):
            replace_copy(self.path, target, wait=wait)
        return True

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Nothing to do: whoever has the file open for writing has every schema's merge lock."""
        yield

    def stamp(self) -> Stamp | None:
        """Of the file and its write-ahead log, which a killed load may have left: every commit goes to one of them."""
        return stamp_files((self.path, self._log))

    def lock_ledger(self, connection: Connection) -> None:
        """Nothing to do, as for `merge_lock`."""

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Never: DuckDB's statements do not wait for each other."""
        return False

    def use_schema(self, connection: Connection, schema: str) -> None:
        """Search the schema; the setting ends with the connection, which has one transaction (`Warehouse.loading`)."""
        driver = _driver(connection)
        found = driver.execute("SELECT CURRENT_DATABASE()").fetchone() or ("",)
        path = ".".join('"' + name.replace('"', '""') + '"' for name in (found[0], schema))
        driver.execute("SET search_path = '" + path.replace("'", "''") + "'")

    def column_type(self, logical: str) -> str:
        """The column type of a logical type (contract §6)."""
        return _TYPES[logical]

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Scan the files where they are; nothing is copied."""
        _driver(connection).register(relation, StagedRows(table))

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Scan a frame where it is."""
        _driver(connection).register(relation, frame.to_arrow())

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Stream the engine's own Arrow batches."""
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
        """None: keeping them costs more than the scans that they would spare (docs/adr/0006)."""
        return ()

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """None, as for event tables."""
        return ()

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """None: no view stands in the way of a type, and no reader waits for its change."""
        return None

    @contextmanager
    def keeping_views(self, connection: Connection, schema: str, table: str, column: str | None) -> Iterator[None]:
        """DuckDB lets views break: those that can be read before the block and not after it needed what it dropped."""
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
        """Nothing to do: DuckDB knows."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Let only every 24th load merge the small row groups of many loads into large ones.

        DuckDB would do so at every checkpoint, and a load would write most rows of earlier loads once more.
        """
        tasks = _VACUUM_TASKS if loads % _LOADS_PER_VACUUM == 0 else 0
        connection.exec_driver_sql(f"SET max_vacuum_tasks = {tasks}")

    def is_transient(self, error: BaseException) -> bool:
        """A conflict with another transaction passes; what a statement says about itself does not."""
        return isinstance(error, duckdb.TransactionException)


def _driver(connection: Connection) -> duckdb.DuckDBPyConnection:
    driver: duckdb.DuckDBPyConnection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pauses() -> Iterator[float]:
    pause = 0.02
    while True:
        yield pause
        pause = min(pause * 1.5, 0.5)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]
