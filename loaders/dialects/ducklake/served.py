"""DuckLake with its catalog in PostgreSQL: many readers beside one writer at a time, on any number of machines.

Covered by tests/loaders/dialects/ducklake/test_served.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, Connection

import sql
from loaders.dialects.ducklake.attach import attach_lake, attach_nothing
from loaders.dialects.ducklake.data_files import PARAMETERS, DataFiles, read_data_files
from loaders.dialects.ducklake.lake import Lake, merging_files
from loaders.dialects.ducklake.upkeep import count_bytes, narrow_ranges, remove_deleted
from loaders.dialects.embedded.bucket import create_secret
from loaders.dialects.embedded.engine import driver_of, prepare_session
from loaders.dialects.embedded.extensions import describe_extensions, engine_options, load_extension, require_extensions
from loaders.dialects.embedded.session import CATALOG, open_engine
from loaders.dialects.postgresql.dialect import PostgreSQL
from loaders.interface.disk import advise_disk
from loaders.interface.errors import WarehouseError

_FORM: Final = "use ducklake+postgresql://user@host/database?data_path=s3://bucket/prefix"
_SERVER: Final = "tideline_server"
_SECRET: Final = "catalog"  # noqa: S105  the name of the engine's secret
_SCHEMA: Final = "public"
"""The schema of the server that DuckLake puts the catalog into."""


@dataclass(frozen=True)
class ServedLake(Lake):
    """A DuckLake: the database of its catalog, and where its data files are."""

    catalog: PostgreSQL
    files: DataFiles
    memory_bytes: int

    @classmethod
    def from_url(cls, url: URL, *, memory_bytes: int) -> ServedLake:
        """Return the DuckLake of a URL; raise Terminal if the URL names none, or an extension is not installed.

        Parameters that are not of the data files are PostgreSQL's, such as `sslmode`.
        """
        files = read_data_files(url, _FORM, default=None)
        server = url.set(drivername="postgresql").difference_update_query(PARAMETERS)
        found = cls(PostgreSQL.from_url(server), files, memory_bytes)
        require_extensions(found._extensions)
        return found

    @property
    def _extensions(self) -> tuple[str, ...]:
        return ("ducklake", "postgres_scanner", *self.files.extensions)

    @property
    def file(self) -> None:
        """None: the catalog is in a server."""

    def is_created(self, *, wait: float) -> bool:
        """Return whether the database has a catalog."""
        with self.catalog.connect(write=False, wait=wait) as server:
            return self._has_catalog(server)

    def extensions(self) -> tuple[str, ...]:
        """Return the engine's extensions."""
        return describe_extensions(self._extensions)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        """Open an engine with the DuckLake, and beside it a connection to the server, which tells why it refuses one.

        A reader without a catalog gets an empty database. The first writer creates it under the merge lock.
        """
        with (
            self.catalog.connect(write=write, wait=wait) as server,
            open_engine(self.memory_bytes, write=write, options=engine_options()) as connection,
            ExitStack() as creating,
        ):
            exists = self._has_catalog(server)
            if write and not exists:
                creating.enter_context(self._locked(server, wait))
            if write or exists:
                self._attach(connection, write=write)
            else:
                attach_nothing(connection)
            connection.exec_driver_sql(f'USE "{CATALOG}"')
            connection.commit()
            connection.info[_SERVER] = server
            prepare_session(connection)
            yield connection

    def _attach(self, connection: Connection, *, write: bool) -> None:
        load_extension(connection, "postgres_scanner")
        url = self.catalog.url
        query = {key: value if isinstance(value, str) else ",".join(value) for key, value in url.query.items()}
        given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database, **query}
        server = make_conninfo("", **{key: value for key, value in given.items() if value})
        if url.password:
            create_secret(connection, _SECRET, "postgres", {"PASSWORD": str(url.password)})
        attach_lake(connection, f"postgres:{server}", self.files, write=write, secret=_SECRET if url.password else None)

    def _has_catalog(self, server: Connection) -> bool:
        with server.begin():
            text = sql.statement("dialects/has_catalog", self.name)
            return bool(server.execute(sa.text(text), {"schema": _SCHEMA}).all())

    @contextmanager
    def _locked(self, server: Connection, wait: float) -> Iterator[None]:
        """Hold the lock of the whole DuckLake: loads of any schema write the tables of the ledger."""
        with self.catalog.merge_lock(server, f"DuckLake of {self.catalog.url.database}", wait=wait):
            yield

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Hold an advisory lock of the catalog's database, and merge small files after the block, where that is due."""
        with self._locked(connection.info[_SERVER], wait), merging_files(connection):
            yield

    def begin_merge(self, connection: Connection) -> None:
        """Check that the server's connection is still the one that holds the lock."""
        server: Connection = connection.info[_SERVER]
        with server.begin():
            self.catalog.begin_merge(server)

    def check_writable(self, connection: Connection) -> None:
        """Raise Terminal if the server of the catalog takes no writes."""
        server: Connection = connection.info[_SERVER]
        with server.begin():
            self.catalog.check_writable(server)

    def stamp(self) -> None:
        """Return None: other processes commit at any time."""

    def stored_bytes(self, connection: Connection, schemas: Sequence[str]) -> int:
        """Return the size of the data files that the newest state has."""
        return count_bytes(driver_of(connection))

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing: the ledger is created under the merge lock, which is one for all schemas."""

    def purge(self, schemas: Sequence[str], *, wait: float) -> None:
        """Write every file with deleted rows again, of all schemas, and vacuum the catalog, which has values of files.

        Former states of the DuckLake cannot be read any more.
        """
        with self.connect(write=True, wait=wait) as connection, self.merge_lock(connection, "", wait=wait):
            remove_deleted(driver_of(connection))
            narrow_ranges(driver_of(connection), self.name)
        self.catalog.purge([_SCHEMA], wait=wait)

    def is_transient(self, error: BaseException) -> bool:
        """Return whether the error is a conflict, or one of the way to the server or the bucket."""
        return super().is_transient(error) or (
            isinstance(error, duckdb.IOException | duckdb.HTTPException) and advise_disk(error) is None
        )

    def explain(self, error: BaseException, statement: str) -> WarehouseError | None:
        """Return an error of the catalog's server with its remedy; None for the engine's own."""
        return self.catalog.explain(error, statement)
