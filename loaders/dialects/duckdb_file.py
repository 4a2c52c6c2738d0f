"""A DuckDB file before it is opened: it is created whole or not at all, and may be held by another process.

DuckDB itself leaves part of a header where the disk is full.

Covered by tests/cli/test_full_disk.py.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy.exc import DBAPIError

from loaders.interface.disk import disk_error
from loaders.interface.errors import Terminal
from loaders.process.temporary import temporary_folder

_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
"""Errors of a file system that has no hard links."""


def create_file(path: Path, config: Mapping[str, str]) -> None:
    """Create an empty database, unless there is a file; raise DiskFailure or Terminal if that is not possible.

    A log without its file is of one that was deleted: it is removed, as DuckDB does, or the new file would be refused.
    """
    log = path.with_name(f"{path.name}.wal")
    left = _identity(log)  # before the file is looked for: a log that is older than the file is not its own
    if path.exists():
        return
    try:
        if left is not None and _identity(log) == left:
            log.unlink(missing_ok=True)
        with temporary_folder(path.parent) as folder:
            draft = folder / path.name
            quoted = str(draft).replace("'", "''")
            with duckdb.connect(":memory:", config=dict(config)) as connection:
                connection.execute(f"ATTACH '{quoted}' AS draft")
            _name(draft, path)
    except (duckdb.Error, OSError) as error:
        failed = disk_error(error, f"Creating the warehouse {path}", path)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise failed or Terminal(f"cannot create the warehouse {path}: {reason}") from error


def rewrite_file(driver: duckdb.DuckDBPyConnection, catalog: str, path: Path, draft: Path) -> None:
    """Copy all that an attached file holds to a draft beside it, and rename the draft to the file.

    A checkpoint comes first: the log belongs to the former file.
    """
    quoted = str(draft).replace("'", "''")
    driver.execute(f'CHECKPOINT "{catalog}"')
    driver.execute(f"ATTACH '{quoted}' AS draft")
    driver.execute(f'COPY FROM DATABASE "{catalog}" TO draft')
    driver.execute("DETACH draft")
    draft.chmod(stat.S_IMODE(path.stat().st_mode))
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(path)


def is_held(path: Path, error: DBAPIError, *, write: bool) -> bool:
    """Return whether another process holds the file lock: DuckDB has one class for every failure to open."""
    if isinstance(error.orig, duckdb.ConnectionException):
        return True
    try:
        with path.open("r+b" if write else "rb") as file:
            fcntl.lockf(file, (fcntl.LOCK_EX if write else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _name(draft: Path, path: Path) -> None:
    """Give the draft its name, unless another process has created the file meanwhile."""
    with suppress(FileExistsError):
        try:
            os.link(draft, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            draft.rename(path)
