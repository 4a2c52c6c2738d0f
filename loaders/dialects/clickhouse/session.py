"""ClickHouse's engine opened on a folder: by one process at a time, after waiting for others that hold it.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from loaders.dialects.clickhouse.scratch import PREFIX, query, run, scratch_of
from loaders.interface.errors import Busy, Terminal
from loaders.process.waiting import AFTER, announce_wait

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

INSTALL: Final = "pip install 'tideline[clickhouse]'"

_SETTINGS: Final = {
    # What the shared statements expect of SQL.
    "join_use_nulls": 1,
    "data_type_default_nullable": 1,
    "cast_keep_nullable": 1,
    "aggregate_functions_null_for_empty": 1,
    "union_default_mode": "DISTINCT",
    "except_default_mode": "DISTINCT",
    "default_table_engine": "MergeTree",
    "create_table_empty_primary_key_by_default": 1,
    "prefer_column_name_to_alias": 1,
    # A statement returns when what it says is done.
    "mutations_sync": 2,
    "lightweight_deletes_sync": 2,
    "alter_sync": 2,
    # Dropped clones go at once: their files are shared with the tables that stay.
    "database_atomic_wait_for_drop_and_detach_synchronously": 1,
    "session_timezone": "UTC",
}

_BLOCK_ROWS: Final = 8192

# The engine of a process has one folder at a time.
_IN_PROCESS: Final = threading.RLock()


def require_driver() -> None:
    """Raise Terminal if what runs the engine is not installed."""
    for module in ("clickhouse_connect", "chdb"):
        if not _is_installed(module):
            raise Terminal(f"a ClickHouse warehouse needs the package {module}: {INSTALL}")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has kept it from being imported
        return False


@contextmanager
def open_folder(folder: Path, memory_bytes: int, *, wait: float) -> Iterator[Connection]:
    """Hold the folder until the end of the block, in a session in UTC without temporary tables.

    Wait at most `wait` seconds for who has it open, then raise Busy.
    """
    require_driver()
    with _hold_in_process(folder, wait):
        connection = _open(folder, wait)
        try:
            _prepare(connection, memory_bytes)
            yield connection
            scratch_of(connection).drop()
        finally:
            connection.close()


def client_of(connection: Connection) -> Client:
    """Return the driver's client."""
    client: Client = connection.connection.driver_connection.client  # type: ignore[union-attr]
    return client


def drop_left_scratch(connection: Connection) -> None:
    """Drop the scratch databases of killed processes; this one is the only one that has the folder open."""
    for (name,) in query(connection, "scratch_databases", {"prefix": PREFIX}):
        if name != scratch_of(connection).database:
            run(connection, "drop_database", database=name)


@contextmanager
def _hold_in_process(folder: Path, wait: float) -> Iterator[None]:
    if not _IN_PROCESS.acquire(timeout=max(wait, 0)):
        raise Busy(f"the warehouse {folder} is in use by this process; waited {wait:g} s")
    try:
        yield
    finally:
        _IN_PROCESS.release()


def _open(folder: Path, wait: float) -> Connection:
    from clickhouse_connect import dbapi

    engine = sa.create_engine(
        "clickhousedb+connect://",
        poolclass=NullPool,
        creator=lambda: dbapi.connect(interface="chdb", path=str(folder), tz_mode="aware"),
    )
    until, announced, pause = time.monotonic() + wait, False, 0.02
    while True:
        try:
            return engine.connect()
        except DBAPIError as error:
            if not _is_held(folder):
                first = str(error.orig).splitlines()[0]
                raise Terminal(f"the warehouse {folder} cannot be opened: {first}") from error
            if time.monotonic() >= until:
                raise Busy(
                    f"the warehouse {folder} is held by another process; waited {wait:g} s. Close what has it open, or "
                    "try again later"
                ) from error
        if not announced and time.monotonic() >= until - wait + AFTER:
            announce_wait(f"the warehouse {folder} is held by another process", wait)
            announced = True
        time.sleep(max(0.0, min(pause, until - time.monotonic())))
        pause = min(pause * 1.5, 0.5)


def _is_held(folder: Path) -> bool:
    """Return whether a process has locked the engine's file in the folder."""
    import fcntl

    try:
        with (folder / "status").open("rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
    except FileNotFoundError:
        return False
    return os.access(folder, os.W_OK)  # released meanwhile


def _prepare(connection: Connection, memory_bytes: int) -> None:
    client = client_of(connection)
    memory: Mapping[str, object] = {
        "max_memory_usage": memory_bytes,
        "max_bytes_before_external_group_by": memory_bytes // 2,
        "max_bytes_before_external_sort": memory_bytes // 2,
        # A block has space for every column of a wide table, and an insert collects blocks up to a size.
        "max_block_size": _BLOCK_ROWS,
        "min_insert_block_size_bytes": memory_bytes // 16,
        "max_threads": 2,
    }
    for name, value in {**_SETTINGS, **memory}.items():
        client.set_client_setting(name, value)
