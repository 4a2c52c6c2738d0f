"""Time zones of keys: in which zone the hours of keys are those of the events' clocks.

Covered by tests/archive/inspection/test_several_forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_USUAL: Final = (
    "Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Australia/Perth", "Asia/Ho_Chi_Minh",
    "Asia/Jakarta", "Asia/Bangkok", "Asia/Yangon", "Asia/Dhaka", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Karachi",
    "Asia/Kabul", "Asia/Dubai", "Asia/Tehran", "Europe/Istanbul", "Europe/Moscow", "Asia/Riyadh", "Africa/Nairobi",
    "Europe/Athens", "Europe/Helsinki", "Africa/Johannesburg", "Africa/Cairo", "Asia/Jerusalem", "Europe/Berlin",
    "Europe/Paris", "Europe/Madrid", "Africa/Lagos", "Europe/London", "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires", "America/St_Johns", "America/Santiago", "America/Halifax", "America/New_York",
    "America/Bogota", "America/Lima", "America/Chicago", "America/Mexico_City", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "Australia/Sydney", "Australia/Brisbane",
    "Australia/Adelaide", "Australia/Darwin", "Pacific/Auckland",
)  # fmt: skip
"""Zones that producers write in, the likelier of one offset first."""

_FIXED: Final = tuple(f"Etc/GMT{-offset:+d}" for offset in (*range(14, 0, -1), *range(-1, -13, -1)))
_ENOUGH: Final = 0.5
_NEARLY: Final = 0.02
_MOST: Final = 5
_HOUR: Final = timedelta(hours=1)


def find_zones(clocks: Mapping[str, tuple[datetime, ...]], hours: Mapping[str, datetime]) -> tuple[str, ...]:
    """Return the zones whose hours at the usual clocks of each file are those of its key, the likeliest first.

    `hours` are those of keys, read as if they were UTC. None is returned if no zone fits half of the files.
    """
    keyed = [(clock, hours[key]) for key in clocks.keys() & hours.keys() for clock in clocks[key]]
    if not keyed:
        return ()
    scores = {name: _score(ZoneInfo(name), keyed) for name in (*_USUAL, *_FIXED)}
    best = max(scores.values())
    if best < _ENOUGH:
        return ()
    return tuple(name for name, score in scores.items() if score >= best - _NEARLY)[:_MOST]


def _score(zone: ZoneInfo, keyed: list[tuple[datetime, datetime]]) -> float:
    """Return the share of clocks in their hour; those in the hour before, whose files were late, count for half."""
    local = [(clock.astimezone(zone).replace(tzinfo=UTC), hour) for clock, hour in keyed]
    inside = sum(hour <= clock < hour + _HOUR for clock, hour in local)
    before = sum(hour - _HOUR <= clock < hour for clock, hour in local)
    return (inside + before / 2) / len(keyed)
