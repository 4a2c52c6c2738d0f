"""Events of hours from the lake in slices of one type and of bounded size, and counts of those that are left out.

Covered by tests/loaders/staging/test_slices.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from loaders.interface.errors import naming_hour
from loaders.interface.hour import Events
from loaders.interface.limits import Limits
from loaders.staging.event_rows import EventRows, runs_of, text_bytes
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
    folder: Path,
    left_out: Mapping[datetime, LeftOut] | None = None,
) -> Iterator[Slice]:
    """Yield the rows that are loaded; count the others in `left_out`, by archive hour.

    `types` are the types to read, None for all. The rows of several hours are put in order together, so that the rows
    of an event are one run, however many hours have some: each run has costs of its own. One hour has this order
    already. `folder` has the rows that do not fit in memory until the last slice is taken.
    """
    if len(hours) == 1:
        for frame in _selected(hours[0], types, limits, left_out):
            yield from slice_by_type(frame)
        return
    rows = EventRows(folder, limits.sorted_bytes)
    for hour in hours:
        for frame in _selected(hour, types, limits, left_out):
            rows.add(frame)
    yield from _joined(rows.take(), limits)


def _selected(
    hour: HourEvents, types: frozenset[str] | None, limits: Limits, left_out: Mapping[datetime, LeftOut] | None
) -> Iterator[pl.DataFrame]:
    """Yield the rows of an hour that are loaded, in frames of at most `slice_bytes`."""
    for frame in _read(hour, types):
        for part in _cut(frame, int(frame.estimated_size()), limits):
            selected, excluded = hour.selection.split(with_archive_hour(part, hour.archive_hour))
            if left_out is None:
                selected = keep_allowed(selected, hour.contracts)
            else:
                _count(left_out[hour.archive_hour].excluded, excluded)
                selected = left_out[hour.archive_hour].contract.select(selected, hour.contracts)
            yield selected


def _read(hour: HourEvents, types: frozenset[str] | None) -> Iterator[pl.DataFrame]:
    with naming_hour(hour.archive_hour):
        frames = iter(hour.read(types))
    while True:
        with naming_hour(hour.archive_hour):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _joined(frames: Iterable[pl.DataFrame], limits: Limits) -> Iterator[Slice]:
    """Yield the rows of frames of one type each in slices: parts of large frames, and small ones together."""
    waiting: list[pl.DataFrame] = []
    held = rows = 0
    for frame in frames:
        for part in _cut(frame, size := text_bytes(frame), limits):
            share = size * part.height // frame.height
            full = held + share > limits.slice_bytes or rows + part.height > _MOST_ROWS
            if waiting and (full or waiting[0]["type"][0] != part["type"][0]):
                yield Slice(pl.concat(waiting, rechunk=True))
                waiting, held, rows = [], 0, 0
            waiting.append(part)
            held, rows = held + share, rows + part.height
    if waiting:
        yield Slice(pl.concat(waiting, rechunk=True))


def _cut(frame: pl.DataFrame, size: int, limits: Limits) -> Iterator[pl.DataFrame]:
    """Yield the rows of a frame of `size` bytes in parts of at most about `slice_bytes`."""
    row_bytes = max(1, size // max(1, frame.height))
    yield from frame.iter_slices(max(1, min(_MOST_ROWS, limits.slice_bytes // row_bytes)))


def slice_by_type(frame: pl.DataFrame) -> Iterator[Slice]:
    """Yield sorted rows in slices of one type."""
    for length, start in runs_of(frame["type"]):
        yield Slice(frame.slice(start, length))


def _count(excluded: Excluded, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    named = pl.when(pl.col("type") == "track").then("event").alias("event")
    counted = frame.select("type", named).group_by("type", "event").len()
    excluded.update({(kind, event): events for kind, event, events in counted.iter_rows()})
