"""ClickHouse's engine in this process on a folder: it commits table by table, and one process at a time opens it.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Final

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

import sql
from loaders.dialects.base import Index, Refusal, Undoable
from loaders.dialects.clickhouse import execute
from loaders.dialects.clickhouse.scratch import execute_raw, query, quoted_relation, run, scratch_of
from loaders.dialects.clickhouse.session import client_of, drop_left_scratch, open_folder, require_driver
from loaders.dialects.clickhouse.shadows import finish_intent, shadow_transaction
from loaders.dialects.clickhouse.types import COLUMN_TYPES, arrow_column_type
from loaders.dialects.clickhouse.views import sound_views
from loaders.dialects.one_process import OneProcess
from loaders.dialects.read_request import ReadRequest
from loaders.dialects.staged_rows import StagedRows, frame_reader
from loaders.interface.errors import Terminal, WarehouseError, refuse_for_views
from loaders.staging.staged import StagedTable

_TRANSIENT = frozenset({"MEMORY_LIMIT_EXCEEDED", "TIMEOUT_EXCEEDED", "NETWORK_ERROR", "SOCKET_TIMEOUT"})

COMPACT: Final = "min_bytes_for_wide_part = 268435456"
"""Smaller parts are one file each: an insert that writes a file per column has megabytes of buffers for each."""


@dataclass(frozen=True)
class ClickHouse(OneProcess):
    """The engine's tables in one folder."""

    folder: Path
    memory_bytes: int
    name: ClassVar[str] = "clickhouse"
    counts_inserts: ClassVar[bool] = False
    adds_ahead: ClassVar[bool] = False
    creates_ahead: ClassVar[bool] = False
    ddl_commits: ClassVar[bool] = False
    has_savepoints: ClassVar[bool] = False
    indexes_share_names: ClassVar[bool] = False
    ignores_case: ClassVar[bool] = False
    indexes_rollups: ClassVar[bool] = False
    keeps_comments: ClassVar[bool] = False
    has_views: ClassVar[bool] = True
    hashes_ids: ClassVar[bool] = True
    bills_bytes: ClassVar[bool] = False

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> ClickHouse:
        """Return the folder of a URL; raise Terminal if the URL names a server, or the folder cannot be one."""
        if url.host:
            raise Terminal("a ClickHouse server is not supported yet: use clickhousedb:///path/to/folder")
        if not url.database:
            raise Terminal("the warehouse URL names no folder: use clickhousedb:///path/to/folder")
        folder = Path(url.database).expanduser().resolve()
        if not folder.parent.is_dir():
            raise Terminal(f"the folder of the warehouse {folder} cannot be created: create {folder.parent}")
        if folder.exists() and not folder.is_dir():
            raise Terminal(f"the warehouse {folder} is not a folder")
        return cls(folder, memory_bytes)

    @property
    def file(self) -> Path:
        """The folder."""
        return self.folder

    @property
    def driver_error(self) -> type[Exception]:
        """The base class of the driver's errors."""
        require_driver()
        from clickhouse_connect.driver.exceptions import Error

        found: type[Exception] = Error
        return found

    def is_created(self, *, wait: float) -> bool:
        """Return whether there is a folder."""
        return self.folder.exists()

    def extensions(self) -> tuple[str, ...]:
        """Return the engine's version; raise Terminal if it is not installed."""
        require_driver()
        return (f"chdb {version('chdb')}",)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Hold the folder until the end of the block; who reads holds it as well."""
        with open_folder(self.folder, self.memory_bytes, wait=wait) as connection:
            if write:
                finish_intent(connection)
                drop_left_scratch(connection)
            yield connection

    def transaction(self, connection: Connection) -> AbstractContextManager[Undoable]:
        """Begin a transaction over shadows of the tables that it changes."""
        return shadow_transaction(connection)

    def run(self, connection: Connection, text: str, values: Mapping[str, object]) -> int:
        """Run a shared statement as ClickHouse reads it; return the rows added to a temporary table, or updated."""
        return execute.run(connection, text, values)

    def query(
        self, connection: Connection, text: str, values: Mapping[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run a shared query as ClickHouse reads it."""
        return execute.query(connection, text, values)

    def run_all(self, connection: Connection, texts: Sequence[str]) -> None:
        """Run comments: those of a table as one statement."""
        for text in execute.comments(texts):
            execute.run(connection, text, {})

    def describe(self, connection: Connection, text: str) -> list[tuple[str, str]]:
        """Return the columns of a query: the driver tells none where there are no rows."""
        return execute.describe(connection, text)

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: a folder has no copy that one rename puts there."""
        raise Terminal("publish copies a DuckDB file: take publish out of the configuration")

    def make_room(self, connection: Connection, columns: int) -> None:
        """Do nothing: a table is written before the next one."""

    def stamp(self) -> None:
        """Return None: merges in the background change files at any time."""

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the bytes of the tables of these schemas."""
        rows = query(connection, "stored_bytes", {"schemas": list(schemas)})
        return int(rows[0].stored_bytes or 0)

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return False: no statement waits for locks."""
        return False

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether another table has the name, or the name cannot be one."""
        return any(word in str(error) for word in ("TABLE_ALREADY_EXISTS", "ARGUMENT_OUT_OF_BOUND"))

    @contextmanager
    def use_schema(self, connection: Connection, schema: str) -> Iterator[None]:
        """Set the default database of the session; temporary tables are named with their own."""
        run(connection, "use", database=schema)
        yield
        run(connection, "use", database="default")

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6) in the spelling of `system.columns`."""
        return COLUMN_TYPES[logical]

    def storage(self, columns: Collection[str]) -> str:
        """Return the order of the rows: loads look up archive hours, users by their id; readers look for times."""
        if "_archive_hour" in columns:
            keys = "PARTITION BY toYYYYMM(_archive_hour) ORDER BY (_archive_hour, `timestamp`)"
        else:
            keys = "ORDER BY id" if "id" in columns else "ORDER BY tuple()"
        return f" ENGINE = MergeTree {keys} SETTINGS allow_nullable_key = 1, {COMPACT}"

    def indexes(self, table: str) -> tuple[Index, ...]:
        """Return none: the tables are sorted (`storage`)."""
        return ()

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """Return none, as for event tables."""
        return ()

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Return None: no view depends on a column's type, and no reader waits for it."""
        return None

    @contextmanager
    def keeping_views(self, connection: Connection, schema: str, table: str, column: str | None) -> Iterator[None]:
        """Compare the readable views before and after the block, as its transaction would leave them."""
        sound = sound_views(connection)
        yield
        refuse_for_views(sorted(sound - sound_views(connection)))

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Copy the rows into a table of the session."""
        self._copy(connection, relation, StagedRows(table).reader())

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Return False: a scan reads the columns that it needs."""
        return False

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Copy a small frame into a table of the session."""
        self._copy(connection, relation, frame_reader(frame))

    def _copy(self, connection: Connection, relation: str, rows: pa.RecordBatchReader) -> None:
        scratch = scratch_of(connection)
        place = scratch.table(relation)
        scratch.temporary.add(relation)
        quoted = quoted_relation(connection, place)
        columns = ", ".join(
            f"{quoted_relation(connection, field.name)} {arrow_column_type(field.type)}" for field in rows.schema
        )
        execute_raw(
            connection, f"CREATE TABLE {quoted} ({columns}) ENGINE = MergeTree ORDER BY tuple() SETTINGS {COMPACT}", {}
        )
        client = client_of(connection)
        for batch in rows:
            if batch.num_rows:
                client.insert_arrow(quoted, pa.Table.from_batches([batch]))

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Stream the engine's Arrow blocks."""
        names = {name: quoted_relation(connection, name) for name in request.columns}
        text = sql.statement("dialects/text", self.name)
        columns = [text.format(column=names[name]) if kind == "other" else names[name]
                   for name, kind in request.columns.items()]  # fmt: skip
        statement = sql.statement("dialects/read_table" if request.day is None else "dialects/read_day", self.name)
        table = execute.place(connection, (request.schema, request.table))
        values = None if request.day is None else {"date": request.day.isoformat()}
        with client_of(connection).query_arrow_stream(
            statement.format(columns=", ".join(columns), table=table), parameters=values
        ) as stream:
            for found in stream:
                batches = found.to_batches() if isinstance(found, pa.Table) else [found]
                for batch in batches:
                    yield batch.cast(request.arrow_schema)

    def measure(self, connection: Connection, relation: str) -> None:
        """Do nothing: the engine knows the row counts."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Do nothing: the engine merges parts in the background."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write parts with deleted rows again, then replace each table by a clone: the former parts go with the table.

        By itself the engine keeps the former parts for minutes.
        """
        if not self.folder.exists():
            return
        with self.connect(write=True, wait=wait) as connection, shadow_transaction(connection) as transaction:
            for row in query(connection, "tables_of", {"schemas": list(schemas)}):
                run(connection, "apply_deleted", table=(row.database, row.name))
                transaction.change((row.database, row.name))

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error passes: memory or time that ran out."""
        return any(word in str(error) for word in _TRANSIENT)

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return None: the engine's message is enough."""
        return None
