"""Runs a job in a forked child, which may be killed; the process that forks needs no threads of its own for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def run_apart(job: Callable[[], object]) -> int:
    """Run a job in a forked child; its exit status, negative when a signal ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            job()
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
