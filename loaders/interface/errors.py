"""Errors of a load for its operator: transient ones pass, terminal ones need a change.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final


class WarehouseError(Exception):
    """An error for the operator. The message names the problem, where it is, and what to do next."""


class Transient(WarehouseError):
    """Nothing has changed; the same call may succeed later without a change."""


class Busy(Transient):
    """Another process holds a lock for longer than the wait allows: the load is not tried again at once."""


class DiskFailure(Transient):
    """A disk is full or does not answer, or a limit of the process is reached: the load is not tried again at once."""


class HourUnreadable(Exception):
    """The rows of one archive hour of a load cannot be read; its cause is the error of the reader."""

    def __init__(self, archive_hour: datetime, cause: Exception) -> None:
        """Store the hour and the error."""
        super().__init__(f"{archive_hour:%Y-%m-%dT%H}: {cause}")
        self.archive_hour = archive_hour
        self.cause = cause


@contextmanager
def naming_hour(archive_hour: datetime) -> Iterator[None]:
    """Translate an error of the block, which reads rows of an archive hour, into HourUnreadable."""
    try:
        yield
    except Exception as error:
        raise HourUnreadable(archive_hour, error) from error


class Terminal(WarehouseError):
    """Nothing has changed; the same call fails again until something is changed."""


_TRANSIENT_STATES: Final = (
    "08",  # connection lost
    "40",  # serialization failure, deadlock
    "53",  # the server is out of connections, memory or disk
    "55P03",  # a lock was not available in time
    "57",  # the server is going down or coming up, or the statement was cancelled
)


def is_transient_state(sqlstate: str | None) -> bool:
    """Return whether the same statement may succeed later, by a server's SQLSTATE."""
    return sqlstate is not None and sqlstate.startswith(_TRANSIENT_STATES)


def refuse_for_views(views: Sequence[str]) -> None:
    """Raise Terminal if there are views, given by their quoted names, that depend on what is to be dropped."""
    if views:
        drops = " ".join(f"DROP VIEW {view};" for view in views)
        raise Terminal(f"nothing was dropped: {', '.join(views)} depends on it; run {drops} then drop it")
