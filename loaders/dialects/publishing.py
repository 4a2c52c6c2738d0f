"""A whole copy of a DuckDB file for dashboards, replaced by a rename so that no reader waits (contract §8)."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import IO

from loaders.interface.disk import disk_error
from loaders.interface.errors import Busy, Terminal
from loaders.process.temporary import temporary_folder


def replace_copy(source: Path, target: Path, *, wait: float) -> None:
    """Copy the file next to the target and rename the copy to it: open readers keep reading the former copy.

    The source is locked as DuckDB's own readers lock it, so that no load changes it meanwhile. Raise Transient if a
    load holds it for longer than `wait` seconds, DiskFailure or Terminal if the target cannot be written.
    """
    try:
        with temporary_folder(target.parent) as folder:
            draft = folder / target.name
            with source.open("rb") as held, draft.open("wb") as copy:
                _lock(held, source, until=time.monotonic() + wait)
                shutil.copyfileobj(held, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            draft.replace(target)
    except OSError as error:
        if failed := disk_error(error, f"Publishing a copy of {source} to {target}", target):
            raise failed from error
        raise Terminal(f"cannot publish a copy of {source} to {target}: {error.strerror}") from error


def is_copy_recent(source: Path, target: Path, *, every: float, now: float) -> bool:
    """Return whether the copy is younger than `every` seconds, or as new as the file.

    A copy from the future was written before the clock was set back: its time does not count.
    """
    if not target.exists():
        return False
    written = target.stat().st_mtime
    return written <= now and (now - written < every or written >= source.stat().st_mtime)


def _lock(file: IO[bytes], path: Path, *, until: float) -> None:
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                message = f"the warehouse {path} is held by a load: its copy is published after the next one"
                raise Busy(message) from None
            time.sleep(0.05)
        else:
            return
