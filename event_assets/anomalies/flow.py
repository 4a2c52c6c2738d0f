"""The flow of events: unusual numbers for the hour of the week, and archives that became silent."""

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
"""Hours of a silence for which usual events are summed at most: the first week of it."""


@dataclass(frozen=True)
class Usual:
    """The usual number of events of an hour."""

    events: float
    low: float
    high: float
    of: str
    """The hours that it was computed from, as text."""


def usual_flow(events: Mapping[datetime, int], hour: datetime, thresholds: Thresholds) -> Usual | None:
    """Return the usual number of events of an hour, from the `events` of loaded archive hours.

    Compare with the same hour of the weeks before or, where fewer than three of those are loaded, of the seven days
    before. Return None where fewer than three are loaded or the median is below `least_events`.

    Low is less than half of the median, high more than three times it, and both more than five standard deviations away
    from it. No event at all is low where all of those hours had some.
    """
    samples, of = _samples(events, hour, WEEK, thresholds.history_days // 7), "weeks"
    if len(samples) < LEAST_SAMPLES:
        samples, of = _samples(events, hour, DAY, 7), "days"
    if len(samples) < LEAST_SAMPLES:
        return None
    middle = float(median(samples))
    if middle < thresholds.least_events:
        return None
    spread = MAD_TO_DEVIATION * median(abs(sample - middle) for sample in samples)
    away = DEVIATIONS * sqrt(spread**2 + middle)
    low = max(middle - max(middle / 2, away), 1.0 if min(samples) else 0.0)
    return Usual(middle, low, middle + max(2 * middle, away), f"the same hour of {len(samples)} {of} before")


def _samples(events: Mapping[datetime, int], hour: datetime, step: timedelta, most: int) -> list[int]:
    before = (hour - n * step for n in range(1, most + 1))
    return [events[earlier] for earlier in before if earlier in events]


def find_odd_flow(
    events: Mapping[datetime, int], hours: Collection[datetime], thresholds: Thresholds
) -> Iterator[Finding]:
    """Yield the hours among these that have unusually few or many events."""
    for hour in sorted(hours):
        usual = usual_flow(events, hour, thresholds) if hour in events else None
        if usual is not None and not usual.low <= events[hour] <= usual.high:
            word = "few" if events[hour] < usual.low else "many"
            message = f"{events[hour]:,} events, unusually {word}: {usual.events:,.0f} are usual ({usual.of})"
            yield Finding(hour, "events", message)


def find_silence(events: Mapping[datetime, int], closed: datetime, thresholds: Thresholds) -> Finding | None:
    """Return a finding where the hours after the last one with events, up to `closed`, usually have some; else None."""
    last = max((hour for hour, count in events.items() if count and hour <= closed), default=None)
    if last is None:
        return None
    missing = [last + n * HOUR for n in range(1, min(JUDGED, (closed - last) // HOUR) + 1)]
    usual = [found for hour in missing if (found := usual_flow(events, hour, thresholds)) is not None]
    if not usual:
        return None
    hours = (closed - last) // HOUR
    message = (
        f"no event is loaded of the {hours:,} hours after {last:%Y-%m-%dT%H}; "
        f"about {sum(expected.events for expected in usual):,.0f} were expected"
    )
    return Finding(closed, "archive", message)
