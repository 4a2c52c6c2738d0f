"""The folder of ClickHouse's engine: held by one process at a time, after waiting for others.

The engine locks a file in the folder, but removes that file once it has released it: a process that opens the folder at
that moment may hold a file that is gone, and a third one would see none. So processes of Tideline take turns by a file
of their own, which stays. The engine's is for the others.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from loaders.interface.errors import Busy, Terminal
from loaders.process.waiting import AFTER, announce_wait

OWN_LOCK: Final = "tideline.lock"
_ENGINES_LOCK: Final = "status"
_TRIES: Final = 3
"""How often the engine must fail, with nobody seen to hold the folder: once may be a race with somebody who leaves."""

# The engine of a process has one folder at a time.
_IN_PROCESS: Final = threading.RLock()
_TURNS: Final[set[Path]] = set()
"""Folders whose file of ours is locked by the thread that holds `_IN_PROCESS`."""

Taken = TypeVar("Taken")


@contextmanager
def hold_folder(folder: Path, wait: float) -> Iterator[Connection]:
    """Hold the folder until the end of the block, which has a connection to the engine on it.

    Wait at most `wait` seconds, then raise Busy. Raise Terminal if the engine cannot open the folder.
    """
    until = time.monotonic() + wait
    if not _IN_PROCESS.acquire(timeout=max(wait, 0)):
        raise Busy(f"the warehouse {folder} is in use by this process; waited {wait:g} s")
    try:
        with _take_turn(folder, wait, until):
            connection = _await(folder, wait, until, partial(_open, folder))
            try:
                yield connection
            finally:
                connection.close()
    finally:
        _IN_PROCESS.release()


@contextmanager
def _take_turn(folder: Path, wait: float, until: float) -> Iterator[None]:
    """Lock our file in the folder for the block, unless a block around it in this thread has."""
    if folder in _TURNS:
        yield
        return
    with _open_lock(folder) as lock:
        _await(folder, wait, until, partial(_lock, lock))
        _TURNS.add(folder)
        try:
            yield
        finally:
            _TURNS.remove(folder)
            fcntl.flock(lock, fcntl.LOCK_UN)  # forked workers have the file open, too


def _await(folder: Path, wait: float, until: float, take: Callable[[], Taken | None]) -> Taken:
    """Try to take what another process has until it is free; raise Busy at a time."""
    announced, pause = False, 0.02
    while (taken := take()) is None:
        if time.monotonic() >= until:
            raise Busy(
                f"the warehouse {folder} is held by another process; waited {wait:g} s. Close what has it open, or "
                "try again later"
            )
        if not announced and time.monotonic() >= until - wait + AFTER:
            announce_wait(f"the warehouse {folder} is held by another process", wait)
            announced = True
        time.sleep(max(0.0, min(pause, until - time.monotonic())))
        pause = min(pause * 1.5, 0.5)
    return taken


def _open_lock(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(exist_ok=True)
        return (folder / OWN_LOCK).open("ab")
    except OSError as error:
        raise Terminal(f"the warehouse {folder} cannot be opened: {error}") from error


def _lock(file: IO[bytes]) -> bool | None:
    """Lock a file; None if another process has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return True


def _open(folder: Path) -> Connection | None:
    """Open the engine on the folder; None if another program has it open."""
    from clickhouse_connect import dbapi

    engine = sa.create_engine(
        "clickhousedb+connect://",
        poolclass=NullPool,
        creator=lambda: dbapi.connect(interface="chdb", path=str(folder), tz_mode="aware"),
    )
    for left in reversed(range(_TRIES)):
        try:
            return engine.connect()
        except DBAPIError as error:
            if _is_held(folder):
                return None
            if not left:
                first = str(error.orig).splitlines()[0]
                raise Terminal(f"the warehouse {folder} cannot be opened: {first}") from error
            time.sleep(0.1)
    return None


def _is_held(folder: Path) -> bool:
    """Return whether a process has locked the engine's file in the folder."""
    try:
        with (folder / _ENGINES_LOCK).open("rb+") as file:
            return _lock(file) is None
    except OSError:
        return False
