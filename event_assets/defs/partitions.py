"""The partitions: archive hours, named by their text form (contract §1), and days of event time for rollups; in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT


@dataclass(frozen=True)
class Grain:
    """The length of a partition, and the format of its key."""

    form: str
    step: timedelta

    def key(self, start: datetime) -> str:
        """Return the key of the partition that begins at `start`."""
        return start.strftime(self.form)

    def parse(self, key: str) -> datetime | None:
        """Return the start of a partition; None for a key of another grain."""
        try:
            return datetime.strptime(key, self.form).replace(tzinfo=UTC)
        except ValueError:
            return None

    def of_run(self, tags: Mapping[str, str]) -> list[datetime]:
        """Return the starts of the partitions of a run with these tags: one, a range, or none of this grain."""
        single = tags.get("dagster/partition", "")
        start = self.parse(tags.get("dagster/asset_partition_range_start", single))
        end = self.parse(tags.get("dagster/asset_partition_range_end", single))
        if start is None or end is None:
            return []
        return [start + n * self.step for n in range(int((end - start) / self.step) + 1)]


HOURS: Final = Grain(HOUR_FORMAT, timedelta(hours=1))
DAYS: Final = Grain("%Y-%m-%d", timedelta(days=1))


def hour_partitions(start: datetime, end: datetime | None = None) -> dg.TimeWindowPartitionsDefinition:
    """Return hourly partitions from archive hour `start` to `end`, both inclusive, or to the hour that last closed."""
    return dg.TimeWindowPartitionsDefinition(
        start=start,
        end=None if end is None else end + timedelta(hours=1),
        fmt=HOUR_FORMAT,
        cron_schedule="0 * * * *",
        timezone="UTC",
    )


def day_partitions(start: datetime, end: datetime | None = None) -> dg.TimeWindowPartitionsDefinition:
    """Return daily partitions from the day of `start` to that of `end`, or to today: rollups include the open day."""
    return dg.TimeWindowPartitionsDefinition(
        start=start.replace(hour=0),
        end=None if end is None else end.replace(hour=0) + timedelta(days=1),
        fmt=DAYS.form,
        cron_schedule="0 0 * * *",
        timezone="UTC",
        end_offset=0 if end is not None else 1,
    )


def partition_key(hour: datetime) -> str:
    """Return the partition key of an archive hour."""
    return HOURS.key(hour)


def is_partition(partitions: dg.TimeWindowPartitionsDefinition, hour: datetime, now: datetime) -> bool:
    """Return whether an archive hour is one of these hourly partitions at `now`, without computing all keys."""
    within = partitions.end is None or hour < partitions.end
    return within and partitions.start <= hour <= now - HOURS.step


FROM_TAG: Final = "tideline/from"
TO_TAG: Final = "tideline/to"
"""The first and the last archive hour of a run of checks alone, which has no partitions."""


def run_hours(tags: Mapping[str, str]) -> list[datetime]:
    """Return the archive hours of a run with these tags: one, a range, or none where it has neither."""
    span = {
        "dagster/asset_partition_range_start": tags.get(FROM_TAG, ""),
        "dagster/asset_partition_range_end": tags.get(TO_TAG, ""),
    }
    return HOURS.of_run(tags) or HOURS.of_run(span)
