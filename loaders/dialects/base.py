"""What a database does its own way, so that a further one is a module here and a few overrides in `sql/`."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa
from sqlalchemy.engine import Connection

from loaders.dialects.read_request import ReadRequest
from loaders.staging.staged import StagedTable


@dataclass(frozen=True)
class Index:
    """An index of one column, by a method of the database's."""

    column: str
    method: str


@dataclass(frozen=True)
class Refusal:
    """What keeps a load from changing a column's type: views that depend on it, or the number of rows to rewrite."""

    views: tuple[str, ...] = ()
    """As quoted names."""
    rows: int = 0
    """More than so many."""

    def __str__(self) -> str:
        return f"{', '.join(self.views)} depends on it" if self.views else f"it has more than {self.rows:,} rows"


class Dialect(Protocol):
    """One database. Everything else about it is plain SQL in `sql/`, or an override in `sql/<name>/`."""

    @property
    def name(self) -> str:
        """Folder of the overrides in `sql/`."""

    @property
    def adds_ahead(self) -> bool:
        """Whether columns are added before the load, in short transactions: a change of a table locks its readers out
        until it commits (contract §8)."""

    @property
    def describes(self) -> bool:
        """Whether tables and columns get comments that BI tools show."""

    @property
    def indexes_rollups(self) -> bool:
        """Whether the tables of rollups get an index of their dates."""

    @property
    def hashes_ids(self) -> bool:
        """Whether loads keep hashes of all ids, by which they find the archive hours to look in: it has no index."""

    def connect(self, *, write: bool, wait: float) -> AbstractContextManager[Connection]:
        """A connection whose session counts time in UTC, closed at the end; no transaction is open yet.

        Waits at most `wait` seconds for what others hold, then raises Transient. Terminal when it can never be opened.
        """

    def publish(self, target: Path, *, every: float, now: float, wait: float) -> bool:
        """Put a copy of the warehouse for dashboards at a path, at most every so many seconds; whether it was put.

        Terminal where the warehouse is a server, which needs no copy.
        """

    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> AbstractContextManager[None]:
        """Hold the merge lock of a schema (contract §8: one load of a schema at a time); no transaction may be open
        yet.

        It goes at the latest with the connection. Raises Busy after `wait` seconds.
        """

    def stamp(self) -> Hashable | None:
        """What is another whenever anybody has committed, for who holds a connection; None where that is not known."""

    def lock_ledger(self, connection: Connection) -> None:
        """Until the transaction ends nobody else makes tideline's own tables."""

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Whether this error of the driver says that a lock was not to be had in time."""

    def use_schema(self, connection: Connection, schema: str) -> None:
        """Let names without a schema mean tables of this one, or temporary ones, until the transaction ends."""

    def column_type(self, logical: str) -> str:
        """The type of a column of this logical type (contract §6), spelled as the information schema spells it."""

    def indexes(self, table: str) -> tuple[Index, ...]:
        """The indexes of an event table, or of users, made with it."""

    def ledger_indexes(self, table: str) -> tuple[Index, ...]:
        """The indexes of one of tideline's own tables, made with it."""

    def refusal(self, connection: Connection, schema: str, table: str, column: str) -> Refusal | None:
        """Why the type of this column cannot change in a load; None where it can."""

    def keeping_views(
        self, connection: Connection, schema: str, table: str, column: str | None
    ) -> AbstractContextManager[None]:
        """The block drops a column, or the table where it is None; Terminal that names the views that need it."""

    def stage(self, connection: Connection, relation: str, table: StagedTable) -> None:
        """Make staged rows readable under a name of ours until the connection closes; they are read more than once."""

    def put(self, connection: Connection, relation: str, frame: pl.DataFrame) -> None:
        """Make a small frame readable under a name of ours until the connection closes."""

    def read(self, connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """The request rows in batches of bounded size, in the Arrow schema of `request`; no order is promised."""

    def measure(self, connection: Connection, relation: str) -> None:
        """Let the planner know how many rows a temporary table of the merge has by now."""

    def maintain(self, connection: Connection, *, loads: int) -> None:
        """What is done now and then before a load commits; `loads` counts those in the ledger."""

    def is_transient(self, error: BaseException) -> bool:
        """Whether this error of the driver may be gone when the same call is made again."""
