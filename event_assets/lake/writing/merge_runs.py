"""Merge sorted runs into one sorted stream of frames of bounded size.

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from event_assets.lake.row_kinds import Key
from event_assets.lake.writing.sorted_runs import SortedRuns

MARKS_PER_RANGE: Final = 64
"""How finely runs are sampled: a range of the merge may exceed its size by one mark of each run."""

Wanted = Sequence[pl.Series | None]
"""For each run a Boolean series: which of its rows are wanted, or None where all are."""


def merge_runs(rows: SortedRuns, wanted: Wanted) -> Iterator[pl.DataFrame]:
    """Yield the wanted rows of all runs in their order, a range of keys at a time.

    Ranges are cut by the whole key, so that one event name larger than memory is cut like any other.
    """
    starts = [0] * len(rows.runs)
    for bound in [*choose_bounds(rows), None]:
        stops = [run.height if bound is None else run.find(bound) for run in rows.runs]
        frames = [
            cut_run(rows, number, start, stop, wanted[number])
            for number, (start, stop) in enumerate(zip(starts, stops, strict=True))
            if start < stop
        ]
        starts = stops
        if frames:
            yield frames[0] if len(frames) == 1 else pl.concat(frames, rechunk=False).sort(rows.kind.by)
        rows.release()


def cut_run(rows: SortedRuns, number: int, start: int, stop: int, mask: pl.Series | None) -> pl.DataFrame:
    frame = rows.runs[number].rows.slice(start, stop)
    return frame if mask is None else frame.filter(mask.slice(start, stop - start))


def choose_bounds(rows: SortedRuns) -> list[Key]:
    """Return keys that cut the runs together into ranges of `MARKS_PER_RANGE` marks."""
    marks = sorted(mark for run in rows.runs for mark in run.marks)
    return marks[MARKS_PER_RANGE::MARKS_PER_RANGE]
