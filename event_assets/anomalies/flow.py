"""Whether events flow as usual for the hour of the week, and whether an archive has gone silent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median
from typing import Final

from event_assets.anomalies.findings import Finding
from event_assets.anomalies.rates import DEVIATIONS, MAD_TO_DEVIATION
from event_assets.anomalies.thresholds import Thresholds

LEAST_SAMPLES: Final = 3
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
JUDGED: Final = 168
"""Hours of a silence at most whose events are expected: after a week it is told by those of its first week."""


@dataclass(frozen=True)
class Usual:
    """How many events an hour like this has had."""

    events: float
    low: float
    high: float
    of: str
    """What was looked at, in words."""


def usual_flow(events: Mapping[datetime, int], hour: datetime, thresholds: Thresholds) -> Usual | None:
    """What is usual for this hour by `events` of loaded archive hours: by the same hour of the weeks before or, where
    fewer than three of those are loaded, of the seven days before; None where that is not known or too little.

    Low is less than half of the median, high more than three times it, and both more than five standard deviations away
    from it. No event at all is low wherever there always were some.
    """
    samples, of = _samples(events, hour, WEEK, thresholds.history_days // 7), "weeks"
    if len(samples) < LEAST_SAMPLES:
        samples, of = _samples(events, hour, DAY, 7), "days"
    if len(samples) < LEAST_SAMPLES:
        return None
    middle = float(median(samples))
    if middle < thresholds.least_events:
        return None
    spread = MAD_TO_DEVIATION * median(abs(each - middle) for each in samples)
    away = DEVIATIONS * sqrt(spread**2 + middle)
    low = max(middle - max(middle / 2, away), 1.0 if min(samples) else 0.0)
    return Usual(middle, low, middle + max(2 * middle, away), f"the same hour of {len(samples)} {of} before")


def _samples(events: Mapping[datetime, int], hour: datetime, step: timedelta, most: int) -> list[int]:
    before = (hour - n * step for n in range(1, most + 1))
    return [events[each] for each in before if each in events]


def find_odd_flow(
    events: Mapping[datetime, int], hours: Collection[datetime], thresholds: Thresholds
) -> Iterator[Finding]:
    """The hours among these that have unusually few or many events."""
    for hour in sorted(hours):
        usual = usual_flow(events, hour, thresholds) if hour in events else None
        if usual is not None and not usual.low <= events[hour] <= usual.high:
            word = "few" if events[hour] < usual.low else "many"
            told = f"{events[hour]:,} events, unusually {word}: {usual.events:,.0f} are usual ({usual.of})"
            yield Finding(hour, "events", told)


def find_silence(events: Mapping[datetime, int], closed: datetime, thresholds: Thresholds) -> Finding | None:
    """That hours after the last one with events, up to the closed one, brought none although enough were expected."""
    last = max((hour for hour, count in events.items() if count and hour <= closed), default=None)
    if last is None:
        return None
    missing = [last + n * HOUR for n in range(1, min(JUDGED, (closed - last) // HOUR) + 1)]
    usual = [found for hour in missing if (found := usual_flow(events, hour, thresholds)) is not None]
    if not usual:
        return None
    hours = (closed - last) // HOUR
    told = (
        f"no event is loaded of the {hours:,} hours after {last:%Y-%m-%dT%H}; "
        f"about {sum(each.events for each in usual):,.0f} were to be expected"
    )
    return Finding(closed, "archive", told)
