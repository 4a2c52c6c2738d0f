"""What every database has in common whose SQL DuckDB's engine runs in this process.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

import duckdb
import polars as pl
import pyarrow as pa
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.base import Index, Refusal
from loaders.dialects.one_transaction import OneTransaction
from loaders.dialects.read_request import BATCH_ROWS, ReadRequest
from loaders.dialects.staged_rows import StagedRows
from loaders.interface.disk import advise_disk
from loaders.interface.errors import refuse_for_views
from loaders.staging.staged import StagedTable

_FILTER_VALUES: Final = 1000
"""A join with at most this many values skips row groups without any of them; DuckDB's default is 50."""

_TYPES: Final = {
    "boolean": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "json": "VARCHAR",
}


class Engine(OneTransaction):
    """The part of a dialect that is DuckDB's engine, whatever the tables are stored in."""

    name: ClassVar[str] = "duckdb"
    driver_error: ClassVar[type[Exception]] = duckdb.Error
    counts_inserts: ClassVar[bool] = False
    adds_ahead: ClassVar[bool] = False
    creates_ahead: ClassVar[bool] = False
    ddl_commits: ClassVar[bool] = False
    has_savepoints: ClassVar[bool] = False
    indexes_share_names: ClassVar[bool] = False
    ignores_case: ClassVar[bool] = True
    indexes_rollups: ClassVar[bool] = False  # it finds a day by the least and greatest dates of row groups
    keeps_comments: ClassVar[bool] = True
    has_views: ClassVar[bool] = True
    hashes_ids: ClassVar[bool] = True
    bills_bytes: ClassVar[bool] = False

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return False: statements in DuckDB do not wait for locks."""
        return False

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether the error is about the catalog: another entry has the name."""
        return isinstance(error, duckdb.CatalogException)

    @contextmanager
    def use_schema(self, connection: Connection, schema: str) -> Iterator[None]:
        """Set the search path of the connection, and reset it after the block."""
        driver = driver_of(connection)
        database, before = driver.execute("SELECT CURRENT_DATABASE(), CURRENT_SETTING('search_path')").fetchall()[0]
        driver.execute("SET search_path = '" + f"{_quoted(database)}.{_quoted(schema)}".replace("'", "''") + "'")
        yield
        driver.execute("SET search_path = '" + before.replace("'", "''") + "'")

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6)."""
        return _TYPES[logical]

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Register the files for scans; nothing is copied."""
        driver_of(connection).register(relation, StagedRows(table))

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Register the files once more, with fewer columns: a scan of a wide table costs by the columns it has."""
        driver_of(connection).register(relation, StagedRows(table, frozenset(columns)))
        return True

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Register a frame for scans."""
        driver_of(connection).register(relation, frame.to_arrow())

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
        for batch in driver_of(connection).execute(query, values).to_arrow_reader(BATCH_ROWS):
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
        driver, preparer = driver_of(connection), connection.dialect.identifier_preparer
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

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error is a conflict with another transaction, or one of the disk."""
        disk = advise_disk(error)
        return isinstance(error, duckdb.TransactionException) if disk is None else disk.passing


def prepare_session(connection: Connection) -> None:
    """Set up a connection for the statements of Tideline: instants are in UTC."""
    connection.exec_driver_sql("SET TimeZone = 'UTC'")
    connection.exec_driver_sql(f"SET dynamic_or_filter_threshold = {_FILTER_VALUES}")
    connection.commit()


def driver_of(connection: Connection) -> duckdb.DuckDBPyConnection:
    """Return the driver's connection."""
    driver: duckdb.DuckDBPyConnection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
