"""Errors of disks and of the limits of a process, as one line for the operator: what failed, where, what to do.

Covered by tests/loaders/interface/test_disk.py.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loaders.interface.errors import DiskFailure, Terminal, WarehouseError

_FREE: Final = "Free some space there, then run the same again."
_DAMAGED: Final = ("the disk does not answer (input/output error)", "Check the disk, then run the same again.", True)
_OPEN_FILES: Final = (
    "too many files are open",
    "Raise the limit (ulimit -n) or stop what holds them, then run the same again.",
    True,
)
_DENIED: Final = ("no permission", "Give this user the right to read and write there, or choose another path.", False)
_KINDS: Final[Mapping[int, tuple[str, str, bool]]] = {
    errno.ENOSPC: ("the disk is full", _FREE, True),
    errno.EDQUOT: ("the disk quota is used up", "Free some space there or raise the quota, then run again.", True),
    errno.EFBIG: (
        "the file is larger than permitted",
        "Raise the limit (ulimit -f) or choose another disk, then run the same again.",
        True,
    ),
    errno.EIO: _DAMAGED,
    errno.ESTALE: _DAMAGED,
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.EROFS: ("the disk is read-only", "Choose another path, or mount it for writing.", False),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
}
"""Error number -> the problem, what to do, and whether the same call may succeed later."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_SERVER_STATES: Final[Mapping[str, str]] = {
    "53100": "the disk of the database server is full",
    "58030": "the disk of the database server does not answer",
}
_DRIVERS: Final = frozenset({"_duckdb", "duckdb"})
"""Modules whose errors have the operating system's text, and no number."""
_TEXTS: Final = {os.strerror(number): number for number in _KINDS}
_TEXT: Final = re.compile("|".join(map(re.escape, _TEXTS)))
_PATH: Final = re.compile(r'"(/[^"]+)"')
_SPILLED: Final = "max_temp_directory_size"
"""Is named by DuckDB's error when its folder for temporary files has no room: the setting's default is the disk."""


@dataclass(frozen=True)
class DiskAdvice:
    """The problem with its path in half a sentence, and what to do in a whole one."""

    problem: str
    remedy: str
    passing: bool
    """Whether the same call may succeed later without a change of the configuration."""


def advise_disk(error: BaseException, path: Path | None = None) -> DiskAdvice | None:
    """Return what to do about an error of a disk or a limit, or None for any other error.

    The path is the error's own, else `path`. Causes of the error are not looked at.
    """
    error = getattr(error, "orig", None) or error  # the error of a driver, in that of SQLAlchemy
    state = getattr(error, "sqlstate", None) or ""
    if state in _SERVER_STATES:
        return DiskAdvice(f"{_SERVER_STATES[state]} ({_first_line(error)})", _FREE, passing=True)
    number, own_path = _read_number(error)
    if number is None:
        return None
    problem, remedy, passing = _KINDS[number]
    where = own_path or path
    details = [str(where)] if where else []
    if where and number in _FULL:
        details += measure_free(where)
    return DiskAdvice(f"{problem} ({'; '.join(details)})" if details else problem, remedy, passing)


@contextmanager
def translating_disk_errors(action: str, path: Callable[[], Path] | Path | None = None) -> Iterator[None]:
    """Raise DiskFailure or Terminal for an error of a disk in the block; other errors pass."""
    try:
        yield
    except Exception as error:
        where = path() if callable(path) else path
        found = disk_error(error, action, where)
        if found is None:
            raise
        raise found from error


def disk_error(error: BaseException, action: str, path: Path | None = None) -> WarehouseError | None:
    """Return the error to raise for an error of a disk, or None for any other error."""
    advice = advise_disk(error, path)
    if advice is None:
        return None
    kind = DiskFailure if advice.passing else Terminal
    return kind(f"{action} failed: {advice.problem}. {advice.remedy}")


def measure_free(path: Path) -> list[str]:
    """Return how much is free on the disk of the path, and where it is mounted; nothing if that is not known."""
    try:
        folder = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
        mount = next(parent for parent in (folder, *folder.parents) if parent.is_mount())
        disk = os.statvfs(folder)
    except (OSError, StopIteration):
        return []
    free, total = (_format_bytes(blocks * disk.f_frsize) for blocks in (disk.f_bavail, disk.f_blocks))
    files = ", no further file fits" if disk.f_files and not disk.f_favail else ""
    return [f"{free} of {total} are free on {mount} now{files}"]


def _read_number(error: BaseException) -> tuple[int | None, Path | None]:
    """Return the error's number if it is one of `_KINDS`, and the path that it names."""
    if isinstance(error, OSError):
        named = error.filename2 or error.filename
        path = Path(os.fsdecode(named)) if isinstance(named, str | bytes | os.PathLike) else None
        return (error.errno if error.errno in _KINDS else None), path
    if type(error).__module__ not in _DRIVERS:
        return None, None
    text = str(error)
    if _SPILLED in text:
        return errno.ENOSPC, Path(tempfile.gettempdir())
    found, path_found = _TEXT.search(text), _PATH.search(text)
    return (_TEXTS[found[0]] if found else None), (Path(path_found[1]) if path_found else None)


def _format_bytes(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):,.1f} MiB"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:300]
