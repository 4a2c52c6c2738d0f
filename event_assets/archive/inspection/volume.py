"""Volume, gaps and lateness of an archive, from its inventory and a sample of its events."""

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

DELAYS: Final = (1, 24, 7 * 24, 30 * 24)
"""Hours; how many events come later than each of these is told."""


@dataclass(frozen=True)
class Gap:
    """Archive hours without a file, one after another: the first and the last of them."""

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
    """What the archive holds; where `estimated`, files and bytes are projected from the folders that were listed.

    `gaps` is None where not every hour that has files could be known.
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
    """The events of one sampled file: by how many whole hours each came late, and how the file counts."""

    delays: pl.Series
    read: int
    size: int

    @property
    def weight(self) -> float:
        """How many events of the file stand for one that was read."""
        return self.size / self.read if self.read else 0.0


@dataclass(frozen=True)
class Lateness:
    """Shares (0 to 1) of events whose event hour is before their archive hour, of `events` that were read.

    `later_than` has the share that came later than so many hours; `longest` is the longest delay seen, in hours.
    """

    events: int
    late: float
    later_than: Mapping[int, float]
    longest: int


def measure_volume(found: Inventory) -> Volume:
    """The hours, files and bytes of an inventory that has at least one file."""
    hours = found.hours
    factor = found.folders / found.listed if found.listed else 1.0
    size = sum(each.file.size for each in found.files)
    return Volume(
        first=hours[0],
        last=hours[-1],
        hours=len(hours),
        files=round(len(found.files) * factor),
        bytes=round(size * factor),
        estimated=not found.whole,
        gaps=tuple(find_gaps(hours)) if found.hours_known else None,
        buckets=tuple(_fill_buckets(found, hours[0], hours[-1])),
    )


def find_gaps(hours: Sequence[datetime]) -> Iterable[Gap]:
    """The stretches without a file between hours that have one, given in order."""
    for before, after in pairwise(hours):
        if after - before > HOUR:
            yield Gap(before + HOUR, after - HOUR)


def measure_lateness(parts: Sequence[SampledEvents]) -> Lateness:
    """The lateness of sampled events, each file counted by its full size where only its beginning was read."""
    total = sum(len(part.delays) * part.weight for part in parts)

    def share(hours: int) -> float:
        later = sum(int((part.delays > hours).sum()) * part.weight for part in parts)
        return later / total if total else 0.0

    longest = max((int(part.delays.max() or 0) for part in parts if len(part.delays)), default=0)  # type: ignore[arg-type]  # a column of integers
    return Lateness(
        events=sum(len(part.delays) for part in parts),
        late=share(0),
        later_than={hours: share(hours) for hours in DELAYS},
        longest=longest,
    )


def project_events(parts: Sequence[SampledEvents], sizes: Sequence[int], size: int) -> int:
    """How many events `size` bytes of files hold, where `sizes` of files are known and those of `parts` were read.

    Each file that was read stands for those of about its size, because files that differ much are often compressed
    differently; for sizes of which none was read all of them stand.
    """
    sampled, listed = Counter[int](), Counter[int]()
    events: defaultdict[int, float] = defaultdict(float)
    for part in parts:
        sampled[part.size.bit_length()] += part.size
        events[part.size.bit_length()] += len(part.delays) * part.weight
    for each in sizes:
        listed[each.bit_length()] += each
    total = sum(events.values()) / (sampled.total() or 1)
    held = sum(of * (events[kind] / sampled[kind] if sampled[kind] else total) for kind, of in listed.items())
    return round(held * size / (listed.total() or 1))


def _fill_buckets(found: Inventory, first: datetime, last: datetime) -> Iterable[Bucket]:
    """At most 48 stretches of one width from the first hour's start, whole days where they are days."""
    width = next((each for each in _WIDTHS if (last - first) // HOUR < each * MOST_BUCKETS), _WIDTHS[-1])
    start = first if width < 24 else datetime(first.year, first.month, first.day, tzinfo=UTC)
    files: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for each in found.files:
        n = (each.hour - start) // timedelta(hours=width)
        files[n] = files.get(n, 0) + 1
        sizes[n] = sizes.get(n, 0) + each.file.size
    for n in range((last - start) // timedelta(hours=width) + 1):
        yield Bucket(start + n * timedelta(hours=width), width, files.get(n, 0), sizes.get(n, 0))
