"""Snowflake: many readers and writers; rows of many tables in one transaction, changes of tables before it.

Covered by tests/loaders/dialects/snowflake/test_snowflake.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

import sql
from loaders.dialects.base import Index, Refusal, Undoable
from loaders.dialects.read_request import ReadRequest
from loaders.dialects.snowflake import errors, execute
from loaders.dialects.snowflake.lease import hold_lease
from loaders.dialects.snowflake.scratch import HOME, put_frame, raw, scratch_of
from loaders.dialects.snowflake.session import open_session, require_driver
from loaders.dialects.snowflake.staging import copy_rows
from loaders.dialects.snowflake.statements import Place, literal, quoted
from loaders.dialects.snowflake.types import COLUMN_TYPES
from loaders.dialects.staged_rows import StagedRows
from loaders.interface.errors import Terminal, WarehouseError
from loaders.staging.staged import StagedTable

_TYPES_STAY = "Snowflake converts no column that has values"
_FORM = "snowflake://user@account/database?warehouse=WAREHOUSE&role=ROLE"


@dataclass(frozen=True)
class Snowflake:
    """One database of an account."""

    url: URL
    name: ClassVar[str] = "snowflake"
    file: ClassVar[None] = None
    counts_inserts: ClassVar[bool] = True
    adds_ahead: ClassVar[bool] = True
    creates_ahead: ClassVar[bool] = True
    ddl_commits: ClassVar[bool] = True
    has_savepoints: ClassVar[bool] = False
    has_views: ClassVar[bool] = True
    indexes_share_names: ClassVar[bool] = False
    ignores_case: ClassVar[bool] = True
    indexes_rollups: ClassVar[bool] = False
    keeps_comments: ClassVar[bool] = True
    hashes_ids: ClassVar[bool] = False
    bills_bytes: ClassVar[bool] = False

    @classmethod
    def from_url(cls, url: URL) -> Snowflake:
        """Return the database of a URL; raise Terminal if the URL lacks an account, a user or a database."""
        for part, found in (
            ("account", url.host),
            ("user", url.username),
            ("database", (url.database or "").strip("/")),
        ):
            if not found:
                raise Terminal(f"the warehouse URL names no {part}: use {_FORM}")
        return cls(url)

    @property
    def driver_error(self) -> type[Exception]:
        """The base class of the driver's errors."""
        require_driver()
        from snowflake.connector.errors import Error

        found: type[Exception] = Error
        return found

    def is_created(self, *, wait: float) -> bool:
        """Return True: an administrator creates a database."""
        return True

    def extensions(self) -> tuple[str, ...]:
        """Return the driver's version; raise Terminal if it is not installed."""
        require_driver()
        return (f"snowflake-connector-python {version('snowflake-connector-python')}",)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Open a session; the privileges of its role decide whether it may write."""
        with open_session(self.url, wait=wait) as connection:
            yield connection

    def transaction(self, connection: Connection) -> AbstractContextManager[Undoable]:
        """Begin a transaction, which is sent with the first change of rows; changes of tables before it commit."""
        return execute.transaction(connection)

    def run(self, connection: Connection, text: str, values: Mapping[str, object]) -> int:
        """Run a shared statement as Snowflake reads it."""
        return execute.run(connection, text, values)

    def query(
        self, connection: Connection, text: str, values: Mapping[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run a shared query as Snowflake reads it."""
        return execute.query(connection, text, values)

    def run_all(self, connection: Connection, texts: Sequence[str]) -> None:
        """Run comments: those of the columns of a table as one statement."""
        for text in execute.comments(texts):
            raw(connection, text)

    def describe(self, connection: Connection, text: str) -> list[tuple[str, str]]:
        """Return the columns of a query, which is not run."""
        return execute.describe(connection, text)

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: readers never wait for a load and need no copy."""
        raise Terminal("publish is for a DuckDB warehouse; readers of Snowflake need no copy: take the setting out")

    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> AbstractContextManager[None]:
        """Hold the lease of the schema."""
        return hold_lease(connection, schema, wait=wait)

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing: the lease is checked right after BEGIN (`execute.begin`)."""

    def make_room(self, connection: Connection, columns: int) -> None:
        """Do nothing: rows go to the server at once."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: a role without a privilege is refused by the statement that needs it."""

    def stamp(self) -> None:
        """Return None: other sessions commit at any time."""

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the bytes of the tables of these schemas, without Time Travel and Fail-safe."""
        text = sql.statement("dialects/stored_bytes", self.name)
        rows = execute.query(connection, text, {"schemas": [schema.upper() for schema in schemas]}).all()
        return int(rows[0].stored_bytes or 0)

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing: the ledger's tables are created by statements that let one stay that is there."""

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return whether another transaction has held the table for too long."""
        return errors.is_conflict(error)

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether something else has the name."""
        return errors.is_taken(error)

    @contextmanager
    def use_schema(self, connection: Connection, schema: str) -> Iterator[None]:
        """Set the schema of the session; temporary tables are named with their own."""
        scratch = scratch_of(connection)
        scratch.prepare_home()
        scratch.use(schema)
        yield
        scratch.use(HOME)

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6) in the spelling of the information schema."""
        return COLUMN_TYPES[logical]

    def storage(self, columns: Collection[str]) -> str:
        """Return nothing: rows lie in the order of their loads, by which they are pruned; clustering costs."""
        return ""

    def indexes(self, table: str) -> tuple[Index, ...]:
        """Return none: there are none."""
        return ()

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """Return none, as for event tables."""
        return ()

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Return that the type of a column with values cannot change; an empty one is replaced."""
        text = sql.statement("schema/added_columns/has_values", self.name)
        place = f"{quoted(schema)}.{quoted(table)}"
        if not raw(connection, text.format(table=place, column=quoted(column))):
            return None
        return Refusal(always=_TYPES_STAY)

    @contextmanager
    def keeping_views(self, connection: Connection, schema: str, table: str, column: str | None) -> Iterator[None]:
        """Do nothing: a view is compiled anew with every query."""
        yield

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Copy the rows into a temporary table."""
        copy_rows(connection, relation, StagedRows(table).reader())

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Return False: a scan reads the columns that it needs."""
        return False

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Hold the rows of a small frame for the session."""
        put_frame(connection, relation, frame)

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Stream the Arrow batches of the driver."""
        text_of = sql.statement("dialects/text", self.name)
        columns = [
            f"{text_of.format(column=quoted(name)) if kind == 'other' else quoted(name)} AS {quoted(name)}"
            for name, kind in request.columns.items()
        ]
        text = sql.statement("dialects/read_table" if request.day is None else "dialects/read_day", self.name)
        table = scratch_of(connection).place(Place((request.schema, request.table), unnamed=False))
        day = "" if request.day is None else literal(request.day.isoformat())
        cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        try:
            cursor.execute(text.format(columns=", ".join(columns), table=table, day=day))
            for found in cursor.fetch_arrow_batches():
                for batch in found.to_batches():
                    yield _as_requested(batch, request)
        finally:
            cursor.close()

    def measure(self, connection: Connection, relation: str) -> None:
        """Do nothing: the server knows the row counts."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Do nothing: the service maintains the tables."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Do nothing: deleted rows leave Time Travel and Fail-safe by their retention (docs/snowflake.md)."""

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error passes."""
        return errors.is_transient(error)

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return None: the server's message is enough."""
        return None


def _as_requested(batch: pa.RecordBatch, request: ReadRequest) -> pa.RecordBatch:
    renamed = pa.record_batch(batch.columns, names=[name.lower() for name in batch.schema.names])
    return renamed.cast(request.arrow_schema)
