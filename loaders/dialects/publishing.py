"""A copy of a DuckDB file for dashboards: whole, and replaced by a rename, so that no reader ever waits
(contract §8).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import IO

from loaders.interface.errors import Busy, Terminal


def replace_copy(source: Path, target: Path, *, wait: float) -> None:
    """Copy the file beside the target and rename the copy onto it: who has the old one open keeps reading that.

    The source is locked as DuckDB's own readers lock it, so that no load changes it meanwhile. Raises Transient when a
    load holds it for longer than `wait` seconds, Terminal when the target cannot be written.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with source.open("rb") as held, draft.open("wb") as copy:
            _lock(held, source, until=time.monotonic() + wait)
            shutil.copyfileobj(held, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        draft.replace(target)
    except OSError as error:
        raise Terminal(f"cannot publish a copy of {source} to {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


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
