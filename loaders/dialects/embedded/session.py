"""A DuckDB file opened: by one connection of this process at a time, after waiting for other processes that hold it.

Covered by tests/loaders/connection/test_warehouse.py.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from loaders.dialects.duckdb_file import create_file, is_held
from loaders.dialects.embedded.refusals import refuse_unwritable, refused_file
from loaders.interface.disk import disk_error
from loaders.interface.errors import Busy
from loaders.process.temporary import temporary_folder
from loaders.process.waiting import AFTER, announce_wait

_READABLE_BY: Final = "v1.4.0"
"""Storage version of new files: BI tools ship drivers of 1.x (contract §8)."""

_BLOCK_BYTES: Final = 64 << 10
"""Block size of new files. A small load writes a block per column of every table: with the default of 256 KiB that is
most of its cost and of its file; below 64 KiB large loads and scans get slower."""

CATALOG: Final = "file of the warehouse"
"""The catalog name of the attached file. It contains spaces, so that it cannot equal the name of a schema."""

# Within one process DuckDB refuses a second connection with another configuration, and two writers of one process
# would conflict row by row instead of waiting: one connection at a time per file.
_IN_PROCESS: Final[defaultdict[Path, threading.Lock]] = defaultdict(threading.Lock)


Attach = Callable[[Connection, Path, bool], None]
"""Attaches a file to a connection of the engine as CATALOG, for writing if the flag is set."""


def attach_file(connection: Connection, path: Path, write: bool) -> None:
    """Attach the file under a fixed name: with its own name, a file named like a schema is ambiguous."""
    mode = "" if write else ", READ_ONLY"
    connection.exec_driver_sql(f'ATTACH {quote_text(str(path))} AS "{CATALOG}" (TYPE duckdb{mode})')


@contextmanager
def open_session(
    path: Path,
    memory_bytes: int,
    *,
    write: bool,
    wait: float,
    attach: Attach = attach_file,
    options: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Connection]:
    """Hold the file until the end of the block; a reader without a file gets an empty database.

    `options` are settings of the engine besides those of every session.

    Wait at most `wait` seconds for who has it open, then raise Busy. Raise Terminal if it can never be opened.
    """
    until = time.monotonic() + wait
    # A folder per connection: processes that share a folder would use each other's files.
    with (
        temporary_folder() as spill,
        hold_in_process(path, wait),
        _open(
            path,
            {**_config(memory_bytes, spill, write=write), **options},
            attach,
            write=write,
            until=until,
            wait=wait,
        ) as connection,
    ):
        yield connection


@contextmanager
def open_engine(memory_bytes: int, *, write: bool, options: Mapping[str, str]) -> Iterator[Connection]:
    """Open an engine without a file; `options` are settings besides those of every session."""
    with temporary_folder() as spill:
        config = {**_config(memory_bytes, spill, write=write), **options}
        engine = sa.create_engine("duckdb:///:memory:", poolclass=NullPool, connect_args={"config": config})
        with engine.connect() as connection:
            yield connection


@contextmanager
def hold_in_process(path: Path, wait: float) -> Iterator[None]:
    """Keep other connections of this process from the file for the block; raise Busy after `wait` seconds."""
    lock = _IN_PROCESS[path]
    taken = lock.acquire(timeout=min(AFTER, max(wait, 0)))
    if not taken and wait > AFTER:
        announce_wait(f"the warehouse {path} is in use by this process", wait)
        taken = lock.acquire(timeout=wait - AFTER)
    if not taken:
        raise Busy(f"the warehouse {path} is in use by this process; waited {wait:g} s")
    try:
        yield
    finally:
        lock.release()


def _open(
    path: Path, config: Mapping[str, str], attach: Attach, *, write: bool, until: float, wait: float
) -> Connection:
    if write:
        refuse_unwritable(path)
        create_file(path, config)
    engine = sa.create_engine("duckdb:///:memory:", poolclass=NullPool, connect_args={"config": dict(config)})
    exists, free, announced = write or path.exists(), 0, False
    for pause in _pauses():
        try:
            return _attached(engine, path, attach, write=write) if exists else engine.connect()
        except DBAPIError as error:
            if failed := disk_error(error, f"Opening the warehouse {path}", path):
                raise failed from error
            # One failure may be a process that released the file between the attempt and the check.
            free = 0 if is_held(path, error, write=write) else free + 1
            if free == 3:
                raise refused_file(path, _first_line(error)) from error
            if not announced and wait > AFTER and time.monotonic() >= until - wait + AFTER:
                announce_wait(f"the warehouse {path} is held by another process", wait)
                announced = True
            if time.monotonic() >= until:
                raise Busy(
                    f"the warehouse {path} is held by another process; waited {wait:g} s. Close what has it "
                    f"open, or try again later ({_first_line(error)})"
                ) from error
        time.sleep(max(0.0, min(pause, until - time.monotonic())))
    raise AssertionError  # pauses never end


def _config(memory_bytes: int, spill: Path, *, write: bool) -> dict[str, str]:
    # A load has one thread. Several threads share one scan of the staged rows and wait for each other: on a busy
    # machine two took twice the processor time of one and were slower (150,000 rows of 57 columns).
    config = {
        "storage_compatibility_version": _READABLE_BY,
        "default_block_size": str(_BLOCK_BYTES),
        "memory_limit": f"{memory_bytes >> 10}KiB",
        "temp_directory": str(spill),
    }
    return config | ({"threads": "1"} if write else {})


def quote_text(text: str) -> str:
    """Return a text as a literal of the engine, where it takes no bound value."""
    return "'" + text.replace("'", "''") + "'"


def _attached(engine: sa.Engine, path: Path, attach: Attach, *, write: bool) -> Connection:
    with ExitStack() as undoing:
        connection = undoing.enter_context(engine.connect())
        attach(connection, path, write)
        connection.exec_driver_sql(f'USE "{CATALOG}"')
        connection.commit()
        undoing.pop_all()
    return connection


def _pauses() -> Iterator[float]:
    pause = 0.02
    while True:
        yield pause
        pause = min(pause * 1.5, 0.5)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]
