"""A warehouse by its URL: opened for reading, or for one load in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import gettempdir

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from loaders.connection.session import Session
from loaders.dialects import dialect_of, kind_of, url_forms
from loaders.dialects.base import Dialect
from loaders.interface.disk import disk_error
from loaders.interface.errors import Terminal, Transient, WarehouseError


def needs_one_process(url: str) -> bool:
    """Return whether a process that writes the warehouse of this URL has it alone: no other can open it meanwhile.

    No driver is imported. Raise Terminal for a URL that cannot be a warehouse.
    """
    return kind_of(_parse(url)).one_process


def reading_command(url: str, query: str) -> str:
    """Return a shell command that prints the rows of a query without quotes; empty if the database has none of a line.

    No driver is imported. Raise Terminal for a URL that cannot be a warehouse.
    """
    parsed = _parse(url)
    return kind_of(parsed).reading_command(parsed, query)


@dataclass(frozen=True)
class Warehouse:
    """A database that is loaded. It is a value and holds no connection between calls."""

    dialect: Dialect
    wait: float
    """Seconds that a load waits for another process that holds the warehouse."""

    @classmethod
    def open(cls, url: str, *, wait: float = 60.0, memory_bytes: int = 640 << 20) -> Warehouse:
        """Return the warehouse of a SQLAlchemy URL, such as ``duckdb:///path/to/file.duckdb`` or
        ``postgresql+psycopg://user@host/database``.

        `memory_bytes` bounds the memory of an engine inside this process; the rest is in temporary files. Raise
        Terminal for a URL that cannot be a warehouse. The first load creates a file that does not exist.
        """
        return cls(dialect_of(_parse(url), memory_bytes=memory_bytes), wait)

    @property
    def file(self) -> Path | None:
        """The file of the database; None for a server."""
        return self.dialect.file

    def is_created(self) -> bool:
        """Return whether the database exists, or the first load will create it."""
        with self._translating_errors():
            return self.dialect.is_created(wait=self.wait)

    def extensions(self) -> tuple[str, ...]:
        """Return what the database needs beside its driver, each with version and file; raise Terminal if it lacks."""
        return self.dialect.extensions()

    @contextmanager
    def reading(self, *, wait: float | None = None) -> Iterator[Session]:
        """Open a read-only session; an empty database if there is none yet. `wait` is in seconds."""
        with (
            self._translating_errors(),
            self.dialect.connect(write=False, wait=self.wait if wait is None else wait) as connection,
        ):
            yield Session(connection, self.dialect)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that may write, without a transaction or the merge lock."""
        with self._translating_errors(), self.dialect.connect(write=True, wait=self.wait) as connection:
            yield Session(connection, self.dialect)

    @contextmanager
    def loading(self, schema: str) -> Iterator[Session]:
        """Run the block in one transaction under the merge lock of a schema; any error rolls it back."""
        with self.holding(schema) as transaction, transaction() as session:
            yield session

    @contextmanager
    def holding(self, schema: str) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
        """Hold the merge lock of a schema; yield a function that begins a transaction, for several in sequence.

        Each transaction commits at the end of its own block. An error rolls it back and leaves the lock held.
        """
        with self.writing() as session, self.merge_lock(session, schema):
            yield partial(self._transaction, session)

    @contextmanager
    def _transaction(self, session: Session) -> Iterator[Session]:
        with self._translating_errors(), session.transaction():
            yield session

    def merge_lock(self, session: Session, schema: str) -> AbstractContextManager[None]:
        """Hold the merge lock of a schema for a session without a transaction; wait at most `self.wait` seconds."""
        return self.dialect.merge_lock(session.connection, schema, wait=self.wait)

    def publish(self, target: Path, *, every: timedelta, now: datetime) -> bool:
        """Publish a copy for dashboards at `target` by an atomic rename (contract §8); return whether it was published.

        A copy younger than `every`, or as new as the warehouse, stays. Raise Transient if a load holds the warehouse.
        """
        return self.dialect.publish(target, every=every.total_seconds(), now=now.timestamp(), wait=self.wait)

    def purge(self, schemas: Sequence[str]) -> None:
        """Remove the bytes of deleted rows of some schemas and of the ledger, as far as the database can.

        Raise Transient if another process holds the warehouse for too long.
        """
        with self._translating_errors():
            self.dialect.purge([*schemas, "tideline"], wait=self.wait)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        """Translate errors of the driver, and of a disk: the engine's own, or the one of temporary files."""
        try:
            yield
        except Exception as error:
            found = disk_error(error, "Using the warehouse", Path(gettempdir()))
            if found is None and isinstance(error, DBAPIError | self.dialect.driver_error):
                found = self._translated(error)
            if found is None:
                raise
            raise found from error

    def _translated(self, error: Exception) -> WarehouseError:
        wrapped = error if isinstance(error, DBAPIError) else None
        driver = (wrapped.orig or wrapped) if wrapped else error
        statement = (wrapped.statement or "") if wrapped else ""
        explained = self.dialect.explain(driver, statement)
        if explained is not None:
            return explained
        shown = f" [{' '.join(statement.split())[:200]}]" if statement else ""
        message = f"the warehouse refused: {str(driver).splitlines()[0]}{shown}"
        if (wrapped is not None and wrapped.connection_invalidated) or self.dialect.is_transient(driver):
            return Transient(f"{message}; try again")
        return Terminal(message)


def _parse(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except ArgumentError as error:
        shown = url.rpartition("@")[2]
        raise Terminal(f"{shown!r} is not a warehouse URL: use {url_forms()}") from error
