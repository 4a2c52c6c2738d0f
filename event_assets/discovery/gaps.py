"""Hours without a file that usually have some: a producer that stopped, or a prefix that moved.

Covered by tests/discovery/test_settling.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from event_assets.discovery.pending import ONE_HOUR

_WEEKLY_FROM: Final = timedelta(days=21)
"""From this span on an hour is compared with its hour of the week, before with its hour of the day."""


def find_gaps(filled: Iterable[datetime], *, until: datetime, zone: tzinfo = UTC) -> list[datetime]:
    """Return the hours from the first with files up to `until`, inclusive, that have none and usually have some.

    Usually means: at least half of the same hours of other weeks have some, or of other days while fewer than three
    weeks are known; the same by the clocks of `zone`. An hour that a clock change repeats has its files before.
    """
    hours = {hour for hour in filled if hour <= until}
    if not hours:
        return []
    first = min(hours)
    every = (first + n * ONE_HOUR for n in range(int((until - first) / ONE_HOUR) + 1))
    span = [hour for hour in every if not hour.astimezone(zone).fold]
    weekly = until - first >= _WEEKLY_FROM
    known = Counter(_like(hour, zone, weekly=weekly) for hour in span)
    held = Counter(_like(hour, zone, weekly=weekly) for hour in hours)
    return [
        hour for hour in span if hour not in hours and 2 * held[like := _like(hour, zone, weekly=weekly)] >= known[like]
    ]


def _like(hour: datetime, zone: tzinfo, *, weekly: bool) -> tuple[int, int]:
    local = hour.astimezone(zone)
    return local.weekday() if weekly else 0, local.hour
