"""Events of hours from the lake in slices of one type and of bounded size, and counts of those that are left out.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from loaders.interface.errors import naming_hour
from loaders.interface.hour import Events
from loaders.interface.limits import Limits
from loaders.transform.contracts.check import keep_allowed
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.contracts.findings import ContractFindings
from loaders.transform.selection import Selection
from loaders.transform.slices import Slice
from loaders.transform.table_rows import with_archive_hour

Excluded = Counter[tuple[str, str | None]]
"""(type, event as sent) -> events that are not loaded; the event is None unless the type is track."""

_MOST_ROWS: Final = 65_536


@dataclass(frozen=True)
class HourEvents:
    """The events of one archive hour: `read` supplies all, `selection` and `contracts` decide which get rows."""

    archive_hour: datetime
    read: Events
    selection: Selection = Selection()
    contracts: Contracts = NO_CONTRACTS


@dataclass
class LeftOut:
    """The events of an hour that get no row by the settings, and what its contracts found."""

    excluded: Excluded = field(default_factory=Counter)
    contract: ContractFindings = field(default_factory=ContractFindings)


def slice_hours(
    hours: Sequence[HourEvents],
    types: frozenset[str] | None,
    limits: Limits,
    left_out: Mapping[datetime, LeftOut] | None = None,
) -> Iterator[Slice]:
    """Yield the rows that are loaded; count the others in `left_out`, by archive hour.

    `types` are the types to read, None for all. The rows of small hours are sorted together, so that a slice has the
    rows of one type and as many hours as fit; a large hour is sliced in its own order.
    """
    together: list[pl.DataFrame] = []
    for hour in hours:
        for frame, room in _selected(hour, types, limits, left_out):
            if sum(other.height for other in together) + frame.height > room:
                yield from _sorted_slices(together)
                together = []
            if room and len(hours) > 1:
                together.append(frame)
            else:
                yield from slice_by_type(frame)
    yield from _sorted_slices(together)


def _selected(
    hour: HourEvents, types: frozenset[str] | None, limits: Limits, left_out: Mapping[datetime, LeftOut] | None
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield the rows of an hour that are loaded, in frames, and how many rows may be sorted together with each.

    That is 0 for a part of a larger frame: it would hold the rest of the frame in memory.
    """
    for frame in _read(hour, types):
        row_bytes = max(1, int(frame.estimated_size()) // max(1, frame.height))
        rows = max(1, min(_MOST_ROWS, limits.slice_bytes // row_bytes))
        for part in frame.iter_slices(rows):
            selected, excluded = hour.selection.split(with_archive_hour(part, hour.archive_hour))
            if left_out is None:
                selected = keep_allowed(selected, hour.contracts)
            else:
                _count(left_out[hour.archive_hour].excluded, excluded)
                selected = left_out[hour.archive_hour].contract.select(selected, hour.contracts)
            yield selected, rows if frame.height <= rows else 0


def _read(hour: HourEvents, types: frozenset[str] | None) -> Iterator[pl.DataFrame]:
    with naming_hour(hour.archive_hour):
        frames = iter(hour.read(types))
    while True:
        with naming_hour(hour.archive_hour):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _sorted_slices(frames: list[pl.DataFrame]) -> Iterator[Slice]:
    """Yield the rows of several frames in slices of one type; the rows of one event are in the order of the hours."""
    if len(frames) == 1:
        yield from slice_by_type(frames[0])
    elif frames:
        yield from slice_by_type(pl.concat(frames).sort("type", "event", maintain_order=True))


def slice_by_type(frame: pl.DataFrame) -> Iterator[Slice]:
    """Yield sorted rows in slices of one type."""
    for length, start in runs_of(frame["type"]):
        yield Slice(frame.slice(start, length))


def runs_of(values: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield the length and start of each run of equal values."""
    start = 0
    for length in values.rle().struct.field("len"):
        yield length, start
        start += length


def _count(excluded: Excluded, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    named = pl.when(pl.col("type") == "track").then("event").alias("event")
    counted = frame.select("type", named).group_by("type", "event").len()
    excluded.update({(kind, event): events for kind, event, events in counted.iter_rows()})
