"""What a load can end with when it is not the data's fault: come again, or change something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final


class WarehouseError(Exception):
    """An operator's matter: the message says what, where and what to do next."""


class Transient(WarehouseError):
    """Nothing has changed; the same call may succeed later without anybody doing anything."""


class Busy(Transient):
    """Somebody else has what is needed, and has been waited for as long as was asked: not tried again at once."""


class Terminal(WarehouseError):
    """Nothing has changed; the same call fails again until somebody changes something."""


_COME_AGAIN: Final = (
    "08",  # connection lost
    "40",  # serialization failure, deadlock
    "53",  # the server is out of connections, memory or disk
    "55P03",  # a lock was not to be had in time
    "57",  # the server is going down or coming up, or the statement was cancelled
)


def is_transient_state(sqlstate: str | None) -> bool:
    """Whether a server's SQLSTATE says that the same statement may succeed later."""
    return sqlstate is not None and sqlstate.startswith(_COME_AGAIN)


def refuse_for_views(views: Sequence[str]) -> None:
    """Terminal where any view, by its quoted name, needs what is to be dropped."""
    if views:
        drops = " ".join(f"DROP VIEW {view};" for view in views)
        raise Terminal(f"nothing was dropped: {', '.join(views)} depends on it; run {drops} then drop it")
