"""Clocks against keys: whether the hours that a layout reads from keys are those at which the events arrived.

Covered by tests/archive/inspection/test_key_forms.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Final

import polars as pl

from event_assets.archive.listing.templates import HOUR
from event_assets.events.chunk import Block
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.normalize import normalize

NEAR: Final = 0.9
"""The share of events whose clocks must be within a day of the hour in the key."""

_IN_HOUR: Final = 0.5
"""The share of events that must be within an hour of the key's; the others may be late."""

_NEWER: Final = 0.1
"""The share of events that may be newer than the hour in the key allows: clocks of devices are wrong sometimes."""

_HOURS_OF_ONE: Final = 2
"""Hours of UTC in which the events of one local hour can be."""

_DAY: Final = 25
_ZONES: Final = 14
_HOURS_OF_DAY: Final = 23
_SLOPES: Final = (0.5, 1.5)
_UNSENT: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The hour that events are read by, so that every clock counts as sent: none is replaced by the hour of the key."""

_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

FileClocks = Mapping[str, Counter[int]]
"""Key -> the hours since 1970 of the clocks of its events, with the number of events."""


@dataclass(frozen=True)
class Agreement:
    """How the hours in the keys agree with the clocks of events.

    `near` is the share of events within a day of their key, `in_hour` the share within an hour once `offset` hours are
    taken off the keys, `newer` the share that is newer than that. `offset` is positive where keys are ahead of the
    clocks, as in a time zone east of UTC. `witness` is what was compared. An example of a key, the hour that is read
    from it, and the hour of most of its events, is in `example`.
    """

    agrees: bool
    events: int
    files: int
    near: float
    in_hour: float
    newer: float
    offset: int
    witness: str
    example: tuple[str, datetime, datetime]
    guessed: bool = False
    """Whether there is an offset that no day proves: none has two different hours, whose clocks would differ too."""
    by_day: bool = False
    """Whether the keys have days alone. A clock agrees with a day to within a time zone."""
    hours_in_file: int = 1
    """Hours of which a file usually has events. Where they are several, the clocks do not decide between time zones."""

    @property
    def holds_several_hours(self) -> bool:
        """Whether files have events of so many hours that a key may be of the first, the last, or a time zone."""
        return self.hours_in_file > _HOURS_OF_ONE

    @property
    def leaves_zone_open(self) -> bool:
        """Whether the hours of keys agree with the clocks, and would in other time zones as well."""
        return self.agrees and self.holds_several_hours and not self.by_day


def read_events(values: Mapping[str, Sequence[bytes]], mapping: EnvelopeMapping | None) -> pl.DataFrame:
    """Return, for each event, its file, when it happened (`timestamp`) and when it arrived (`clock`) by its own clocks.

    Both are NULL for an event that was sent without. It arrived at the latest clock that it was sent with.
    """
    blocks = [Block(key, list(cut), range(1, len(cut) + 1), range(len(cut))) for key, cut in values.items() if cut]
    events = normalize(list(blocks), hour=_UNSENT, mapping=mapping).events
    received, sent, happened = (
        pl.when(pl.col(name) != _UNSENT).then(pl.col(name)) for name in ("received_at", "sent_at", "timestamp")
    )
    return events.select("_file", timestamp=happened, clock=pl.coalesce(received, sent, happened))


def read_clocks(events: pl.DataFrame) -> dict[str, Counter[int]]:
    """Return the hours at which the events of each file arrived, as `read_events` reads them."""
    clocks = events.filter(pl.col("clock").is_between(_EARLIEST, _LATEST))
    counted = clocks.group_by("_file", hour=pl.col("clock").dt.truncate("1h")).len()
    found: dict[str, Counter[int]] = {}
    for file, hour, count in counted.iter_rows():
        found.setdefault(str(file), Counter())[(hour - _EPOCH) // HOUR] += count
    return found


def read_usual_clocks(events: pl.DataFrame) -> dict[str, tuple[datetime, ...]]:
    """Return the quartiles of the clocks of the events of each file, as `read_events` reads them."""
    clocks = events.filter(pl.col("clock").is_between(_EARLIEST, _LATEST))
    quartiles = [pl.col("clock").quantile(share, "nearest").alias(str(share)) for share in (0.25, 0.5, 0.75)]
    return {file: tuple(found) for file, *found in clocks.group_by("_file").agg(quartiles).iter_rows()}


def compare_clocks(
    clocks: FileClocks, hours: Mapping[str, datetime], witness: str = "clocks", *, days: Collection[str] = ()
) -> Agreement | None:
    """Return how the hours of keys agree with clocks, or None where nothing can be compared; `days` are keys without
    an hour."""
    keyed = {key: (hours[key] - _EPOCH) // HOUR for key, found in clocks.items() if key in hours and found}
    delays = Counter[int]()
    shares: dict[int, float] = {}
    for key, hour in keyed.items():
        size = clocks[key].total()
        for clock, count in clocks[key].items():
            delay = _delay_of_day(hour - clock) if key in days else hour - clock
            delays[delay] += count
            shares[delay] = shares.get(delay, 0.0) + count / size / len(keyed)
    if not delays:
        return None
    near = max(_near(delays, delays.total()), _near(shares, 1.0))
    spans = {key: _span(clocks[key]) for key in keyed}
    hours_in_file = round(median(last - first + 1 for first, last in spans.values()))
    in_span = sum(first - 1 <= keyed[key] <= last + 1 for key, (first, last) in spans.items())
    if hours_in_file > _HOURS_OF_ONE and in_span >= NEAR * len(keyed) and _advance_alike(clocks, keyed):
        offset: int | None = 0
    else:
        offset = _find_offset(shares, clocks, keyed)
    key = max(keyed, key=lambda one: abs(keyed[one] - _usual(clocks[one]) - (offset or 0)))
    return Agreement(
        agrees=near >= NEAR and offset is not None,
        events=delays.total(),
        files=len(keyed),
        near=near,
        in_hour=_in_hour(shares, offset or 0),
        newer=_newer(shares, offset or 0),
        offset=offset or 0,
        witness=witness,
        example=(key, hours[key], _EPOCH + _usual(clocks[key]) * HOUR),
        guessed=bool(offset) and not _steps_of_days(clocks, keyed),
        by_day=keyed.keys() <= set(days),
        hours_in_file=hours_in_file,
    )


def _span(clocks: Counter[int]) -> tuple[int, int]:
    """Return the first and the last hour of a file, by its middle half of events: some are late, or of wrong clocks."""
    early, late = (_quantile(clocks, share) for share in (0.25, 0.75))
    half = (late - early) // 2
    return early - half, late + half


def _quantile(clocks: Counter[int], share: float) -> int:
    left = share * clocks.total()
    for hour in sorted(clocks):
        left -= clocks[hour]
        if left <= 0:
            return hour
    return max(clocks)


def _delay_of_day(delay: int) -> int:
    """Return by how many hours a clock is before a day or, negative, after it; 0 on that day in any time zone."""
    return max(delay - _ZONES, 0) or min(delay + _HOURS_OF_DAY + _ZONES, 0)


def _find_offset(shares: Mapping[int, float], clocks: FileClocks, keyed: Mapping[str, int]) -> int | None:
    """Return by how many hours keys are ahead of clocks, or None if the hours do not spread as the clocks do.

    An offset is a time zone. That a counter looks like one is ruled out by the files of one day: their clocks must
    advance as their hours do.
    """
    offsets = [
        offset
        for offset in range(-_ZONES, _ZONES + 1)
        if _in_hour(shares, offset) >= _IN_HOUR and _newer(shares, offset) <= _NEWER
    ]
    if 0 in offsets:
        return 0
    best = max(offsets, key=lambda offset: (shares.get(offset, 0.0), -abs(offset)), default=None)
    return best if best is not None and _advance_alike(clocks, keyed) else None


def _advance_alike(clocks: FileClocks, keyed: Mapping[str, int]) -> bool:
    steps = _steps_of_days(clocks, keyed)
    squares = sum(hours * hours for hours, _ in steps)
    advance = sum(hours * clock for hours, clock in steps) / squares if squares else 1.0
    return len(set(keyed.values())) > 1 and _SLOPES[0] <= advance <= _SLOPES[1]


def _steps_of_days(clocks: FileClocks, keyed: Mapping[str, int]) -> list[tuple[int, float]]:
    """Return by how much hours, and clocks, advance from a file to the next of the same day that has a later hour."""
    days: dict[int, list[tuple[int, float]]] = {}
    for key, hour in keyed.items():
        days.setdefault(hour // 24, []).append((hour, median(clocks[key].elements())))
    return [
        (later[0] - earlier[0], later[1] - earlier[1])
        for found in days.values()
        for earlier, later in pairwise(sorted(found))
        if later[0] > earlier[0]
    ]


def _usual(clocks: Counter[int]) -> int:
    return clocks.most_common(1)[0][0]


def _near(delays: Mapping[int, float], total: float) -> float:
    return sum(count for delay, count in delays.items() if abs(delay) <= _DAY) / total


def _in_hour(shares: Mapping[int, float], offset: int) -> float:
    return sum(share for delay, share in shares.items() if abs(delay - offset) <= 1)


def _newer(shares: Mapping[int, float], offset: int) -> float:
    return sum(share for delay, share in shares.items() if delay < offset - 1)


def compare_written(
    written: Mapping[str, datetime], hours: Mapping[str, datetime], *, days: Collection[str] = ()
) -> Agreement | None:
    """Return how the hours of keys agree with the times at which their files were last written."""
    found = {key: Counter({(at - _EPOCH) // HOUR: 1}) for key, at in written.items()}
    return compare_clocks(found, hours, "times of writing", days=days)
