"""An hour's events from the lake in slices of one type and of bounded size, and counts of those that are left out.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import polars as pl

from loaders.interface.limits import Limits
from loaders.transform.selection import Selection
from loaders.transform.slices import Slice
from loaders.transform.table_rows import with_archive_hour

Excluded = Counter[tuple[str, str | None]]
"""(type, event as sent) -> events that are not loaded; the event is None unless the type is track."""

_MOST_ROWS: Final = 65_536


def slice_hour(
    frames: Iterable[pl.DataFrame],
    archive_hour: datetime,
    limits: Limits,
    selection: Selection,
    excluded: Excluded | None = None,
) -> Iterator[Slice]:
    """Yield the rows that are loaded, in order; count the others in `excluded`."""
    for frame in frames:
        row_bytes = max(1, int(frame.estimated_size()) // max(1, frame.height))
        rows = max(1, min(_MOST_ROWS, limits.slice_bytes // row_bytes))
        for part in frame.iter_slices(rows):
            selected, left_out = selection.split(with_archive_hour(part, archive_hour))
            if excluded is not None and left_out.height:
                _count(excluded, left_out)
            yield from slice_by_type(selected)


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
    named = pl.when(pl.col("type") == "track").then("event").alias("event")
    counted = frame.select("type", named).group_by("type", "event").len()
    excluded.update({(kind, event): events for kind, event, events in counted.iter_rows()})
