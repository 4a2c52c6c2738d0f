"""The protocol of a database: a further one is a module of this package and a few overrides in `sql/`.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from loaders.dialects.read_request import ReadRequest
from loaders.interface.errors import WarehouseError
from loaders.staging.staged import StagedTable


@dataclass(frozen=True)
class Index:
    """An index of one column, and the index method of the database."""

    column: str
    method: str


@dataclass(frozen=True)
class Refusal:
    """The reason why a load cannot change a column's type: what depends on it, or too many rows to rewrite."""

    views: tuple[str, ...] = ()
    """Quoted names."""
    others: tuple[str, ...] = ()
    """What depends on it and is no view, as the server describes it."""
    rows: int = 0
    """The table has more rows than this."""
    always: str = ""
    """Why the database never does it."""

    def __str__(self) -> str:
        if self.always:
            return self.always
        dependents = ", ".join((*self.views, *self.others))
        return f"{dependents} depends on it" if dependents else f"it has more than {self.rows:,} rows"


class Undoable(Protocol):
    """A transaction that its block can undo."""

    def rollback(self) -> None:
        """Undo all that the block has changed, before it ends."""


class Dialect(Protocol):
    """One database. All else it needs is shared SQL in `sql/`, or an override in `sql/<name>/`."""

    @property
    def name(self) -> str:
        """Folder of the overrides in `sql/`."""

    @property
    def file(self) -> Path | None:
        """The file of the database; None for a server."""

    @property
    def driver_error(self) -> type[Exception]:
        """The base class of the driver's errors: rows are staged and read without SQLAlchemy, which would wrap them."""

    @property
    def counts_inserts(self) -> bool:
        """Whether the driver reports how many rows an INSERT has added: a trigger may drop some."""

    @property
    def adds_ahead(self) -> bool:
        """Whether columns are added before the load, in short transactions: readers wait for a changed table until the
        change commits (contract §8)."""

    @property
    def creates_ahead(self) -> bool:
        """Whether a new table exists before the transaction that fills it commits: a failed one leaves it, empty."""

    @property
    def ddl_commits(self) -> bool:
        """Whether a change of a table commits the open transaction, so that it can be no part of one: a transaction
        begins with its first change of rows, and changes of tables before that are committed each for itself."""

    @property
    def has_savepoints(self) -> bool:
        """Whether a statement that fails can be undone without the transaction."""

    @property
    def indexes_share_names(self) -> bool:
        """Whether an index may not have the name of a table of its schema."""

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ in case only are the same name."""

    @property
    def indexes_rollups(self) -> bool:
        """Whether the tables of rollups get an index of their dates."""

    @property
    def keeps_comments(self) -> bool:
        """Whether a column keeps its comment when its type changes."""

    @property
    def has_views(self) -> bool:
        """Whether the schema of the ledger can have views."""

    @property
    def hashes_ids(self) -> bool:
        """Whether loads store hashes of all ids, to find the archive hours of an id without an index."""

    @property
    def bills_bytes(self) -> bool:
        """Whether the warehouse bills the bytes that statements read."""

    def is_created(self, *, wait: float) -> bool:
        """Return whether the database exists: the first load creates one that a file or a catalog is."""

    def extensions(self) -> tuple[str, ...]:
        """Return what the database needs beside its driver, each with version and file; raise Terminal if it lacks."""

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the bytes that the tables of these schemas take, indexes included; of a file its whole size."""

    def connect(self, *, write: bool, wait: float) -> AbstractContextManager[Connection]:
        """Open a connection in UTC without a transaction, and close it at the end of the block.

        Wait at most `wait` seconds for other processes, then raise Transient. Raise Terminal if it can never be opened.
        """

    def transaction(self, connection: Connection) -> AbstractContextManager[Undoable]:
        """Begin a transaction that makes all changes of the block at its end; any error undoes them.

        An engine that commits table by table makes them one after another, in an order that a killed process or its
        successor completes (contract §8).
        """

    def run(self, connection: Connection, text: str, values: Mapping[str, object]) -> int:
        """Run a statement without a result; return how many rows it changed, or -1 if that has no meaning.

        Identifiers are quoted by the preparer of the connection, and values have the form ``:name``; one that is a list
        binds one value per element, for ``IN :name``.
        """

    def query(
        self, connection: Connection, text: str, values: Mapping[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run a query whose identifiers and values are those of `run`."""

    def run_all(self, connection: Connection, texts: Sequence[str]) -> None:
        """Run statements that bind nothing, in as few round trips as there can be."""

    def describe(self, connection: Connection, text: str) -> list[tuple[str, str]]:
        """Return the name of every column of a query without values, and its type as the driver reports it."""

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Publish a copy of the warehouse at a path, at most every so many seconds; return whether it was published.

        Raise Terminal if the warehouse is a server, which needs no copy.
        """

    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> AbstractContextManager[None]:
        """Hold the merge lock of a schema (contract §8: one load of a schema at a time).

        No transaction may be open. Closing the connection releases the lock. Raise Busy after `wait` seconds.
        """

    def begin_merge(self, connection: Connection) -> None:
        """Check in the transaction of a merge that it is under the merge lock; raise Terminal if it is not."""

    def make_room(self, connection: Connection, columns: int) -> None:
        """Let the open transaction write to tables that have so many columns together, however few their rows are."""

    def check_writable(self, connection: Connection) -> None:
        """Raise Terminal if the server takes no writes. A load asks before it stages rows."""

    def stamp(self) -> Hashable | None:
        """Return a value that changes with every commit of any process; None if the database has no such value."""

    def lock_ledger(self, connection: Connection) -> None:
        """Keep other processes from creating the tables of the ledger until the transaction ends."""

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Return whether this error of the driver means that waiting for a lock timed out."""

    def refuses_name(self, error: BaseException) -> bool:
        """Return whether this error of the driver means that a new table cannot have its name."""

    def use_schema(self, connection: Connection, schema: str) -> AbstractContextManager[None]:
        """Resolve names without a schema to temporary tables, then to this schema, for the block."""

    def column_type(self, logical: str) -> str:
        """Return the column type of a logical type (contract §6) in the spelling of the information schema."""

    def storage(self, columns: Collection[str]) -> str:
        """Return what follows the columns where a table of Tideline's is created: how it is stored, if that is told."""

    def indexes(self, table: str) -> tuple[Index, ...]:
        """Return the indexes that are created with an event table, or with users."""

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """Return the indexes that are created with a table of the ledger."""

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Return why a load cannot change the type of this column; None if it can."""

    def keeping_views(
        self, connection: Connection, schema: str, table: str, column: str | None
    ) -> AbstractContextManager[None]:
        """Raise Terminal with the names of the views that depend on what the block drops.

        The block drops the column, or the table if `column` is None.
        """

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Make staged rows readable under a name until the connection closes; they are read more than once."""

    def stage_columns(
        self, connection: Connection, relation: str, table: StagedTable, columns: Collection[str]
    ) -> bool:
        """Make some columns of staged rows readable under a name of their own, where that makes scans of them faster.

        Columns that the table lacks are left out. Return whether the name is readable.
        """

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Make a small frame readable under a name until the connection closes."""

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the requested rows in batches of bounded size, in the Arrow schema of `request` and in any order."""

    def measure(self, connection: Connection, relation: str) -> None:
        """Update the planner's row count of a temporary table of the merge."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """Maintain the database before a load commits; `loads` is the number of loads in the ledger."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Remove the bytes of deleted rows of some schemas, as far as the database can; no transaction is open."""

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the call that raised this error of the driver may succeed when it is repeated."""

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return an error of the driver with what to do about it; None if its own message is enough."""
