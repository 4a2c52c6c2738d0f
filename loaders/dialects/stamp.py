"""A stamp of files, which changes when they are written.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

SETTLED: int = 20_000_000
"""Nanoseconds between a change and the first stamp: a kernel's clock of files counts in units of up to 10 ms, and a
second change within one could leave the same stamp."""
_COARSE: Final = 2_000_000_000
"""The same for file systems that count in units of milliseconds to two seconds."""
_FINE: Final = 1_000_000
"""An instant that is no multiple of so many nanoseconds is of a file system that counts finely."""

Stamp = tuple[tuple[int, ...], ...]


def stamp_files(paths: Iterable[Path]) -> Stamp | None:
    """Return identity, size and instants of each file, empty for a missing one; None if one changed just now."""
    stamps = tuple(_stamp(path) for path in paths)
    newest = max((instant for stamp in stamps for instant in stamp[-2:]), default=0)
    return stamps if is_settled(newest, time.time_ns()) else None


def is_settled(changed: int, now: int) -> bool:
    """Return whether a change that follows now gives the file another instant; both are in nanoseconds."""
    return now - changed >= (SETTLED if changed % _FINE else max(SETTLED, _COARSE))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
