"""A stamp of files, which changes when they are written.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

SETTLED: int = 2_000_000_000
"""Nanoseconds between a change and the first stamp. Some file systems count in units of one or two seconds: a second
change soon after the first could leave the same stamp."""

Stamp = tuple[tuple[int, ...], ...]


def stamp_files(paths: Iterable[Path]) -> Stamp | None:
    """Return identity, size and instants of each file, empty for a missing one; None if one changed just now."""
    stamps = tuple(_stamp(path) for path in paths)
    newest = max((instant for stamp in stamps for instant in stamp[-2:]), default=0)
    return stamps if time.time_ns() - newest >= SETTLED else None


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
