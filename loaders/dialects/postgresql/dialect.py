"""PostgreSQL: a server with many readers, where one load of a schema at a time merges under an advisory lock.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final

import polars as pl
import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

import sql
from loaders.dialects.base import Index, Refusal
from loaders.dialects.identifiers import quote_identifier
from loaders.dialects.one_transaction import OneTransaction
from loaders.dialects.postgresql.copy import copy_in, copy_out
from loaders.dialects.postgresql.errors import explain_error
from loaders.dialects.postgresql.session import check_server, driver_of, open_session
from loaders.dialects.postgresql.types import COLUMN_TYPES
from loaders.dialects.read_request import ReadRequest
from loaders.dialects.staged_rows import StagedRows, frame_reader
from loaders.interface.errors import Busy, Terminal, WarehouseError, is_transient_state, refuse_for_views
from loaders.process.ending import interruptible
from loaders.process.waiting import announcing_wait
from loaders.staging.staged import StagedTable
from loaders.transform.standard_columns import HOME_TABLES

LARGE: Final = 1_000_000
"""A load does not rewrite a table with more rows for a type: its readers would wait (contract §8)."""

_LEDGER_KEYS: Final = {
    "loads": ("archive_hour",),
    "load_files": ("load_id",),
    "arrivals": ("load_id", "archive_hour", "event_hour"),
    "copies": ("id", "archive_hour"),
    "quarantine": ("archive_hour",),
    "excluded": ("archive_hour",),
    "duplicates": ("archive_hour",),
}

_NAME_ERRORS: Final = (
    errors.DuplicateTable,
    errors.DuplicateObject,
    errors.UniqueViolation,  # of the server's own catalog: two names that it makes up meet
    errors.InvalidName,
    errors.ReservedName,
)


@dataclass(frozen=True)
class PostgreSQL(OneTransaction):
    """One database of a PostgreSQL server, 14 to 18."""

    url: URL
    name: ClassVar[str] = "postgresql"
    file: ClassVar[None] = None
    driver_error: ClassVar[type[Exception]] = psycopg.Error
    counts_inserts: ClassVar[bool] = True
    adds_ahead: ClassVar[bool] = True
    creates_ahead: ClassVar[bool] = False
    ddl_commits: ClassVar[bool] = False
    has_savepoints: ClassVar[bool] = True
    indexes_share_names: ClassVar[bool] = True
    ignores_case: ClassVar[bool] = False
    indexes_rollups: ClassVar[bool] = True
    keeps_comments: ClassVar[bool] = True
    has_views: ClassVar[bool] = True
    hashes_ids: ClassVar[bool] = False
    bills_bytes: ClassVar[bool] = False

    @classmethod
    def from_url(cls, url: URL) -> PostgreSQL:
        """Return the database of a URL; raise Terminal if the URL has another driver or no database."""
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise Terminal(
                f"PostgreSQL is loaded through psycopg 3: write postgresql+psycopg:// for {url.drivername}://"
            )
        if not url.database:
            raise Terminal("the warehouse URL names no database: use postgresql+psycopg://user@host/database")
        return cls(url.set(drivername="postgresql+psycopg"))

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Open a connection in UTC whose statements wait at most `wait` seconds for a lock."""
        options = {
            "lock_timeout": f"{max(1, int(wait * 1000))}ms",
            "default_transaction_read_only": "off" if write else "on",
        }
        with open_session(self.url, options) as connection:
            if write:
                self.check_writable(connection)
                connection.rollback()
            with interruptible(driver_of(connection).cancel_safe):  # else the server holds locks to the query's end
                yield connection

    def check_writable(self, connection: Connection) -> None:
        """Refuse a standby, and a role or database that is set to read-only: providers do so when a disk is full."""
        text = sql.statement("dialects/is_read_only", self.name)
        state = connection.execute(sa.text(text)).one()
        shown = self.url.render_as_string(hide_password=True)
        if state.standby:
            raise Terminal(
                f"the warehouse {shown} is a standby, which takes no writes: load into its primary, for example with "
                "?host=a,b&target_session_attrs=read-write in the URL"
            )
        if state.read_only:
            raise Terminal(
                f"the warehouse {shown} is read-only (default_transaction_read_only): find out why (a full disk?) and "
                f"run ALTER DATABASE {self.url.database} RESET default_transaction_read_only, or the same "
                "for the role or the server"
            )

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Raise Terminal: readers of a server never wait for a load and need no copy."""
        raise Terminal("publish is for a DuckDB warehouse; readers of PostgreSQL need no copy: take the setting out")

    def is_created(self, *, wait: float) -> bool:
        """Return True: an administrator creates a database of a server."""
        return True

    def extensions(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Hold an advisory lock of the connection, which outlives the short transactions before the load."""
        text = sql.statement("dialects/lock_schema", self.name)
        try:
            with announcing_wait(f"another load of schema {schema!r} is merging", wait), connection.begin():
                connection.execute(sa.text(text), {"key": _key("schema", schema)})
        except DBAPIError as error:
            if error.orig is not None and self.is_lock_timeout(error.orig):
                raise Busy(f"another load of schema {schema!r} is merging; waited {wait:g} s") from error
            raise
        yield

    def begin_merge(self, connection: Connection) -> None:
        """Check that the transaction is in the server connection that holds the lock: a pooler may have changed it."""
        check_server(connection, self.url)

    def make_room(self, connection: Connection, columns: int) -> None:
        """Do nothing: rows go to the server at once."""

    def stamp(self) -> None:
        """Return None: other processes commit at any time."""

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the bytes of the tables of these schemas, with indexes and TOAST."""
        text = sql.statement("dialects/stored_bytes", self.name)
        return int(connection.execute(sa.text(text), {"schemas": list(schemas)}).scalar_one())

    def lock_ledger(self, connection: Connection) -> None:
        """Take an advisory lock: two loads of different schemas may both find the tables missing."""
        connection.execute(sa.text(sql.statement("dialects/lock_ledger", self.name)), {"key": _key("ledger")})

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return whether the error has the class of a lock timeout."""
        return isinstance(error, errors.LockNotAvailable)

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether the error has the class of a name that a relation, a type or an index entry has already."""
        return isinstance(error, _NAME_ERRORS)

    @contextmanager
    def use_schema(self, connection: Connection, schema: str) -> Iterator[None]:
        """Set the search path, at most for the transaction; the server looks for temporary tables first."""
        before = connection.execute(sa.select(sa.func.current_setting("search_path"))).scalar_one()
        connection.execute(
            sa.select(sa.func.set_config("search_path", quote_identifier(connection.dialect, schema), True))
        )
        yield
        connection.execute(sa.select(sa.func.set_config("search_path", before, True)))

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6) in the spelling of `format_type`."""
        return COLUMN_TYPES[logical]

    def indexes(self, table: str) -> tuple[Index, ...]:
        """Return indexes of the columns by which the merge and people look up rows (docs/adr/0010)."""
        if table == "users":
            return (Index("id", "HASH"), Index("uuid_ts", "BTREE"))
        common = tuple(Index(column, "BTREE") for column in ("timestamp", "uuid_ts"))
        if table not in HOME_TABLES.values():
            return common
        return (Index("id", "HASH"), Index("user_id", "BTREE"), Index("_archive_hour", "BTREE"), *common)

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """Return indexes of the columns by which loads and views look up rows, so that a large ledger slows no load."""
        return tuple(Index(column, "BTREE") for column in _LEDGER_KEYS.get(table, ()))

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Return what depends on the column, or the row limit that the table exceeds."""
        views = self._views_on(connection, schema, table, column)
        others = self._dependents(connection, schema, table, column)
        if views or others:
            return Refusal(views, others)
        quoted = ".".join(quote_identifier(connection.dialect, part) for part in (schema, table))
        text = sql.statement("dialects/is_large", self.name).format(table=quoted.replace(":", "\\:"))
        if connection.execute(sa.text(text), {"rows": LARGE}).scalar_one():
            return Refusal(rows=LARGE)
        return None

    @contextmanager
    def keeping_views(self, connection: Connection, schema: str, table: str, column: str | None) -> Iterator[None]:
        """Check before the block: the message of the server does not name all views."""
        refuse_for_views(self._views_on(connection, schema, table, column))
        yield

    def _views_on(self, connection: Connection, schema: str, table: str, column: str | None) -> tuple[str, ...]:
        """Return the quoted names of views that depend on a column, or on anything of the table if it is None."""
        preparer = connection.dialect.identifier_preparer
        values = {"schema": schema, "table": table, "column": column}
        views = connection.execute(sa.text(sql.statement("dialects/views_on", self.name)), values)
        return tuple(f"{preparer.quote(of)}.{preparer.quote(view)}" for of, view in views)

    def _dependents(self, connection: Connection, schema: str, table: str, column: str) -> tuple[str, ...]:
        """Return what else prevents a change of the column's type, as the server describes it."""
        values = {"schema": schema, "table": table, "column": column}
        found = connection.execute(sa.text(sql.statement("dialects/dependents", self.name)), values)
        return tuple(dependent for (dependent,) in found)

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Copy the rows, in binary form, into a temporary table of this connection."""
        copy_in(connection, relation, StagedRows(table).reader())

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Return False: the rows would be copied a second time."""
        return False

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Copy a small frame into a temporary table of this connection."""
        copy_in(connection, relation, frame_reader(frame))

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Stream the server's CSV, which distinguishes NULL from an empty text; instants are whole microseconds."""
        return copy_out(connection, request)

    def measure(self, connection: Connection, relation: str) -> None:
        """Analyze the table: without statistics the server plans for thousands of rows and scans large tables."""
        connection.exec_driver_sql(f"ANALYZE {quote_identifier(connection.dialect, relation)}")

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Do nothing: the server's autovacuum maintains the tables."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Vacuum the tables, so that the space of deleted rows is used again, and analyze them: statistics hold values.

        Tables of other owners are left alone.
        """
        with self.connect(write=True, wait=wait) as connection:
            dialect, driver = connection.dialect, driver_of(connection)
            found = [(of, table) for of in schemas for (table,) in _tables_of(connection, of)]
            connection.rollback()
            driver.autocommit = True
            for names in found:
                quoted = ".".join(quote_identifier(dialect, name) for name in names)
                driver.execute(f"VACUUM (ANALYZE) {quoted}".encode())

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the SQLSTATE is transient; a broken connection has none and is transient."""
        if isinstance(error, psycopg.Error):
            return is_transient_state(error.sqlstate) or (
                error.sqlstate is None and isinstance(error, psycopg.OperationalError)
            )
        return False

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return the error with its remedy, by its class."""
        if isinstance(error, psycopg.Error):
            return explain_error(error, partial(self._lock_holders, readers=statement.startswith("ALTER")))
        return None

    def _lock_holders(self, *, readers: bool) -> str:
        """Return who holds locks now, in a connection of its own: that of the error is closed."""
        text = sql.statement("dialects/lock_holders", self.name)
        try:
            with open_session(self.url, {}) as connection:
                found = connection.execute(sa.text(text), {"readers": readers}).all()
        except (DBAPIError, WarehouseError):
            return ""
        held = (
            f"{row.relation} is held for {row.seconds} s by {row.usename} (pid {row.pid}, {row.application_name})"
            for row in found
        )
        return "".join(f"; {holder}" for holder in held)


def _tables_of(connection: Connection, schema: str) -> list[tuple[str]]:
    rows = connection.execute(sa.text(sql.statement("schema/tables", "postgresql")), {"schema": schema})
    return [(name,) for (name,) in rows]


def _key(*words: str) -> int:
    """Return the number of an advisory lock."""
    return int.from_bytes(sha256("\n".join(("tideline", *words)).encode()).digest()[:8], signed=True)
