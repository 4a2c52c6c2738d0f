"""The partitions: an archive hour, named as its text form (contract §1), and for rollups a day of event time;
in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT


@dataclass(frozen=True)
class Grain:
    """How finely assets are partitioned: how a key is written, and how far it is to the next."""

    form: str
    step: timedelta

    def key(self, start: datetime) -> str:
        """The partition that begins at this instant."""
        return start.strftime(self.form)

    def parse(self, key: str) -> datetime | None:
        """When a partition begins; None for a key of another grain."""
        try:
            return datetime.strptime(key, self.form).replace(tzinfo=UTC)
        except ValueError:
            return None

    def of_run(self, tags: Mapping[str, str]) -> list[datetime]:
        """Where the partitions begin that a run with these tags is for: one, a range, or none of this grain."""
        single = tags.get("dagster/partition", "")
        start = self.parse(tags.get("dagster/asset_partition_range_start", single))
        end = self.parse(tags.get("dagster/asset_partition_range_end", single))
        if start is None or end is None:
            return []
        return [start + n * self.step for n in range(int((end - start) / self.step) + 1)]


HOURS: Final = Grain(HOUR_FORMAT, timedelta(hours=1))
DAYS: Final = Grain("%Y-%m-%d", timedelta(days=1))


def hour_partitions(start: datetime, end: datetime | None = None) -> dg.TimeWindowPartitionsDefinition:
    """Hourly partitions from `start` to `end` (both inclusive archive hours), or to the hour that last closed."""
    return dg.TimeWindowPartitionsDefinition(
        start=start,
        end=None if end is None else end + timedelta(hours=1),
        fmt=HOUR_FORMAT,
        cron_schedule="0 * * * *",
        timezone="UTC",
    )


def day_partitions(start: datetime, end: datetime | None = None) -> dg.TimeWindowPartitionsDefinition:
    """Daily partitions from the day of `start` to that of `end`, or to today: an open day has rollups, too."""
    return dg.TimeWindowPartitionsDefinition(
        start=start.replace(hour=0),
        end=None if end is None else end.replace(hour=0) + timedelta(days=1),
        fmt=DAYS.form,
        cron_schedule="0 0 * * *",
        timezone="UTC",
        end_offset=0 if end is not None else 1,
    )


def partition_key(hour: datetime) -> str:
    """The partition of an archive hour."""
    return HOURS.key(hour)


def is_partition(partitions: dg.TimeWindowPartitionsDefinition, hour: datetime, now: datetime) -> bool:
    """Whether an archive hour is a partition of `hour_partitions` by now, without making the keys of all."""
    within = partitions.end is None or hour < partitions.end
    return within and partitions.start <= hour <= now - HOURS.step


def run_hours(tags: Mapping[str, str]) -> list[datetime]:
    """The archive hours that a run with these tags is for: one, a range, or none where it has no partition."""
    return HOURS.of_run(tags)
