"""A warehouse by its URL: opened to look in, or opened to load in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from loaders.connection.session import Session
from loaders.dialects import dialect_of
from loaders.dialects.base import Dialect
from loaders.interface.errors import Terminal, Transient, WarehouseError


@dataclass(frozen=True)
class Warehouse:
    """A database that loads go to. A value: it holds no connection between calls."""

    dialect: Dialect
    wait: float
    """Seconds that a load waits for whoever holds the warehouse."""

    @classmethod
    def open(cls, url: str, *, wait: float = 60.0, memory_bytes: int = 640 << 20) -> Warehouse:
        """The warehouse of a SQLAlchemy URL, such as ``duckdb:///path/to/file.duckdb`` or
        ``postgresql+psycopg://user@host/database``.

        `memory_bytes` bounds what an engine inside this process holds; the rest goes to temporary files. Raises
        Terminal for a URL that can be no warehouse; a file that does not exist yet is made by the first load.
        """
        try:
            parsed = sa.make_url(url)
        except ArgumentError as error:
            shown = url.rpartition("@")[2]
            raise Terminal(
                f"{shown!r} is not a warehouse URL: use duckdb:///path/to/file.duckdb or "
                "postgresql+psycopg://user@host/database"
            ) from error
        return cls(dialect_of(parsed, memory_bytes=memory_bytes), wait)

    @contextmanager
    def reading(self, *, wait: float | None = None) -> Iterator[Session]:
        """Look in without writing; an empty database where there is none yet. `wait` is in seconds."""
        with (
            self._translating_errors(),
            self.dialect.connect(write=False, wait=self.wait if wait is None else wait) as connection,
        ):
            yield Session(connection, self.dialect)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A connection that may write, with no transaction and no merge lock yet."""
        with self._translating_errors(), self.dialect.connect(write=True, wait=self.wait) as connection:
            yield Session(connection, self.dialect)

    @contextmanager
    def loading(self, schema: str) -> Iterator[Session]:
        """One transaction under the merge lock of a schema: committed at the end of the block, undone by any error."""
        with self.holding(schema) as transaction, transaction() as session:
            yield session

    @contextmanager
    def holding(self, schema: str) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
        """The merge lock of a schema for several transactions, one after the other: gives what begins one of them.

        Each is committed at the end of its own block, or undone by any error, which leaves the next one possible.
        """
        with self.writing() as session, self.merge_lock(session, schema):
            yield partial(self._transaction, session)

    @contextmanager
    def _transaction(self, session: Session) -> Iterator[Session]:
        with self._translating_errors(), session.transaction():
            yield session

    def merge_lock(self, session: Session, schema: str) -> AbstractContextManager[None]:
        """The merge lock of a schema for a connection without a transaction, waited for as long as the warehouse."""
        return self.dialect.merge_lock(session.connection, schema, wait=self.wait)

    def publish(self, target: Path, *, every: timedelta, now: datetime) -> bool:
        """Put a copy for dashboards at `target` by an atomic rename, at most every so often (contract §8); whether
        it did.

        A copy that is as new as the warehouse is left alone. Raises Transient when a load holds the warehouse.
        """
        return self.dialect.publish(target, every=every.total_seconds(), now=now.timestamp(), wait=self.wait)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(error) from error

    def _translated(self, error: DBAPIError) -> WarehouseError:
        statement = " ".join((error.statement or "").split())[:200]
        message = f"the warehouse refused: {str(error.orig).splitlines()[0]} [{statement}]"
        if error.connection_invalidated or (error.orig is not None and self.dialect.is_transient(error.orig)):
            return Transient(f"{message}; try again")
        return Terminal(message)
