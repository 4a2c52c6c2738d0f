"""The partitions of every asset: one per archive hour, in UTC, named as the hour's text form (SPEC §1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from event_assets.settings import HOUR_FORMAT, parse_hour


def hour_partitions(start: datetime, end: datetime | None = None) -> dg.TimeWindowPartitionsDefinition:
    """Hourly partitions from `start` to `end` (both inclusive archive hours), or to the hour that last closed."""
    return dg.TimeWindowPartitionsDefinition(
        start=start,
        end=None if end is None else end + timedelta(hours=1),
        fmt=HOUR_FORMAT,
        cron_schedule="0 * * * *",
        timezone="UTC",
    )


def partition_key(hour: datetime) -> str:
    """The partition of an archive hour."""
    return hour.strftime(HOUR_FORMAT)


def run_hours(tags: Mapping[str, str]) -> list[datetime]:
    """The archive hours that a run with these tags is for: one, a range, or none where it has no partition."""
    single = tags.get("dagster/partition")
    first = tags.get("dagster/asset_partition_range_start", single)
    last = tags.get("dagster/asset_partition_range_end", single)
    if first is None or last is None:
        return []
    start, end = parse_hour(first), parse_hour(last)
    return [start + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)) + 1)]


def closed_hour(now: datetime, grace: timedelta) -> datetime:
    """The archive hour that most recently closed and has had its grace."""
    settled = (now.astimezone(UTC) - grace).replace(minute=0, second=0, microsecond=0)
    return settled - timedelta(hours=1)
