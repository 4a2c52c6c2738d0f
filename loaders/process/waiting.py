"""A message where something waits for another process for more than a moment; standard library only.

Covered by tests/loaders/process/test_waiting.py.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

AFTER: Final = 1.0
"""Seconds after which a wait is worth a line."""

logger: Final = logging.getLogger("loaders.waiting")


def announce_wait(cause: str, seconds: float) -> None:
    """Log why something waits, and for how long at most."""
    logger.warning("%s: waiting for up to %g s", cause, seconds)


@contextmanager
def announcing_wait(cause: str, seconds: float) -> Iterator[None]:
    """Log why the block waits, if it still does after a moment."""
    timer = threading.Timer(AFTER, announce_wait, (cause, seconds))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
