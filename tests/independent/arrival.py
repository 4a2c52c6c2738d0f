"""The archive hour of a key by the contract alone: local hours, days, late folders, and when an object was written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)


def arrival_of(key: str, template: str, written: datetime, *, zone: str = "UTC", arrival: str = "day") -> datetime:
    """The archive hour of a key that has the form of a template: `{date}` or its parts, perhaps `{hour}`, and `*`."""
    if "{hour}" not in template and arrival == "modified":
        return whole_hour(written)
    pattern = re.escape(template)
    for name in ("date", "year", "month", "day", "hour"):
        pattern = pattern.replace(re.escape("{" + name + "}"), f"(?P<{name}>[^/]+)")
    found = re.fullmatch(pattern.replace(re.escape("*"), ".*"), key)
    assert found, key
    parts = found.groupdict()
    day = date.fromisoformat(parts.get("date") or "-".join(parts[name] for name in ("year", "month", "day")))
    hour = parts.get("hour", "0")
    return local_start(day, 23 if hour == "late" else int(hour), zone)


def local_start(day: date, hour: int, zone: str) -> datetime:
    """The UTC hour in which a local hour begins: of one that comes twice its first start, of none that of the next."""
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=18)
    for _ in range(36 * 4):
        local = moment.astimezone(ZoneInfo(zone))
        if (local.date(), local.hour) == (day, hour):
            return whole_hour(moment)
        moment += QUARTER
    later = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(hours=1)
    return local_start(later.date(), later.hour, zone)


def whole_hour(moment: datetime) -> datetime:
    """The UTC hour that an instant is in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
