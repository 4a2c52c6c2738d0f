"""Volume, gaps and lateness of an archive, from its inventory and a sample of its events.

Covered by tests/archive/inspection/test_sample.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from event_assets.archive.listing.bounded_listing import Inventory
from event_assets.archive.listing.templates import HOUR

MOST_BUCKETS: Final = 48
_WIDTHS: Final = (1, 3, 6, 12, 24, 7 * 24, 30 * 24, 365 * 24)

_DAY: Final = timedelta(hours=25)
"""Hours from the beginning of a day to that of the next, at most: a clock change may repeat one."""

DELAYS: Final = (1, 24, 7 * 24, 30 * 24)
"""Hours; the share of events that are later is reported for each of these."""


@dataclass(frozen=True)
class Gap:
    """Consecutive archive hours without a file: the first and the last of them."""

    first: datetime
    last: datetime

    @property
    def hours(self) -> int:
        return (self.last - self.first) // HOUR + 1


@dataclass(frozen=True)
class Bucket:
    """A stretch of hours with the files and bytes that were listed in it."""

    start: datetime
    hours: int
    files: int
    bytes: int


@dataclass(frozen=True)
class Volume:
    """Files, bytes and hours of an archive; if `estimated`, projected from the folders that were listed.

    `gaps` is None if not every hour that has files is known.
    """

    first: datetime
    last: datetime
    hours: int
    files: int
    bytes: int
    estimated: bool
    gaps: tuple[Gap, ...] | None
    buckets: tuple[Bucket, ...]

    @property
    def missing(self) -> int | None:
        """Hours without a file between the first and the last."""
        return None if self.gaps is None else sum(gap.hours for gap in self.gaps)


@dataclass(frozen=True)
class SampledEvents:
    """The events of one sampled file: how many whole hours late each is, and the weight of the file."""

    delays: pl.Series
    read: int
    size: int

    @property
    def weight(self) -> float:
        """How many events of the file one event that was read represents."""
        return self.size / self.read if self.read else 0.0


@dataclass(frozen=True)
class Lateness:
    """Shares (0 to 1) of `events` that were read whose event hour is before their archive hour.

    `later_than` is the share that is later than so many hours; `longest` is the longest delay observed, in hours.
    """

    events: int
    late: float
    later_than: Mapping[int, float]
    longest: int


def measure_volume(found: Inventory) -> Volume:
    """Return the hours, files and bytes of an inventory that has at least one file."""
    hours = found.hours
    factor = found.folders / found.listed if found.listed else 1.0
    size = sum(listed.file.size for listed in found.files)
    return Volume(
        first=hours[0],
        last=hours[-1],
        hours=len(hours),
        files=round(len(found.files) * factor),
        bytes=round(size * factor),
        estimated=not found.whole,
        gaps=tuple(find_gaps(hours, _DAY if any(listed.by_day for listed in found.files) else HOUR))
        if found.hours_known
        else None,
        buckets=tuple(_fill_buckets(found, hours[0], hours[-1])),
    )


def find_gaps(hours: Sequence[datetime], step: timedelta = HOUR) -> Iterable[Gap]:
    """Yield the stretches without a file between ordered hours that have one, if they are further apart than `step`."""
    for before, after in pairwise(hours):
        if after - before > step:
            yield Gap(before + HOUR, after - HOUR)


def measure_lateness(samples: Sequence[SampledEvents]) -> Lateness:
    """Return the lateness of sampled events, each file weighted by its full size."""
    total = sum(len(sample.delays) * sample.weight for sample in samples)

    def share(hours: int) -> float:
        later = sum(int((sample.delays > hours).sum()) * sample.weight for sample in samples)
        return later / total if total else 0.0

    longest = max((int(sample.delays.max() or 0) for sample in samples if len(sample.delays)), default=0)  # type: ignore[arg-type]  # a column of integers
    return Lateness(
        events=sum(len(sample.delays) for sample in samples),
        late=share(0),
        later_than={hours: share(hours) for hours in DELAYS},
        longest=longest,
    )


def project_events(samples: Sequence[SampledEvents], sizes: Sequence[int], size: int) -> int:
    """Return how many events `size` bytes of files contain, given the `sizes` of files and the samples.

    A sample represents the files of about its size, because files of different sizes are often compressed differently.
    Sizes without a sample are projected from all samples.
    """
    sampled, listed = Counter[int](), Counter[int]()
    events: defaultdict[int, float] = defaultdict(float)
    for sample in samples:
        sampled[sample.size.bit_length()] += sample.size
        events[sample.size.bit_length()] += len(sample.delays) * sample.weight
    for file_size in sizes:
        listed[file_size.bit_length()] += file_size
    total = sum(events.values()) / (sampled.total() or 1)
    held = sum(of * (events[kind] / sampled[kind] if sampled[kind] else total) for kind, of in listed.items())
    return round(held * size / (listed.total() or 1))


def _fill_buckets(found: Inventory, first: datetime, last: datetime) -> Iterable[Bucket]:
    """Yield at most 48 stretches of one width from the first hour on; whole days where the width is in days."""
    width = next((hours for hours in _WIDTHS if (last - first) // HOUR < hours * MOST_BUCKETS), _WIDTHS[-1])
    start = first if width < 24 else datetime(first.year, first.month, first.day, tzinfo=UTC)
    files: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for listed in found.files:
        n = (listed.hour - start) // timedelta(hours=width)
        files[n] = files.get(n, 0) + 1
        sizes[n] = sizes.get(n, 0) + listed.file.size
    for n in range((last - start) // timedelta(hours=width) + 1):
        yield Bucket(start + n * timedelta(hours=width), width, files.get(n, 0), sizes.get(n, 0))
