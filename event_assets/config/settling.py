"""Settings of the wait before a run takes an hour: `settle`, `settle_at_most`, `look_back`, `closed_by`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from event_assets.config.parse import SettingsError, parse_duration, read_text

WAITS_KEYS: Final = ("settle", "settle_at_most", "look_back", "closed_by")
CLOSED_BY: Final = ("grace", "next_hour")


@dataclass(frozen=True)
class Waits:
    """The settings of the sensor for pending hours."""

    settle: timedelta = timedelta(minutes=2)
    """An hour is left alone until its newest file is this old, so that a trickle of files is not a run each."""
    settle_at_most: timedelta = timedelta(hours=1)
    """However long the trickle goes on, an hour runs when the first file it waits with is this old."""
    look_back: timedelta = timedelta(days=7)
    """Archive hours before now that are listed at every tick; the others are listed once a day."""
    closed_by: str = "grace"
    """`grace`: an hour is closed when its grace is over. `next_hour`: as soon as the next hour has a file, too."""


def read_waits(document: Mapping[str, Any]) -> Waits:
    """The settings as the configuration file says them; raises `SettingsError`."""
    lengths = {
        name: parse_duration(text)
        for name in ("settle", "settle_at_most", "look_back")
        if (text := read_text(document, name)) is not None
    }
    waits = Waits(**lengths, closed_by=read_text(document, "closed_by") or Waits.closed_by)
    if waits.closed_by not in CLOSED_BY:
        raise SettingsError(f'closed_by is "grace" or "next_hour", not {waits.closed_by!r}.')
    if waits.settle_at_most < waits.settle:
        raise SettingsError("settle_at_most is the longest that settle may take: write a longer time than settle.")
    return waits
