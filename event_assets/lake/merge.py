"""Sorted runs into one sorted stream of frames of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from event_assets.lake.order import Key
from event_assets.lake.spool import MARKS_PER_RANGE, Run, find_row

Wanted = Sequence[pl.Series | None]
"""For each run a Boolean series that says which of its rows are wanted, or None where all are."""


def merge_runs(runs: Sequence[Run], wanted: Wanted) -> Iterator[pl.DataFrame]:
    """The wanted rows of all runs in their order, a range of keys at a time.

    Ranges are cut by the whole key, so that one event name larger than memory is cut like any other.
    """
    starts = [0] * len(runs)
    for bound in [*choose_bounds(runs), None]:
        parts = []
        for number, run in enumerate(runs):
            rows = run.open()
            start = starts[number]
            stop = run.height if bound is None else find_row(rows, bound, start=start, stop=run.height)
            part = rows.slice(start, stop)
            mask = wanted[number]
            parts.append(part if mask is None else part.filter(mask.slice(start, stop - start)))
            starts[number] = stop
        yield from sort_parts([part for part in parts if part.height], runs)


def sort_parts(parts: Sequence[pl.DataFrame], runs: Sequence[Run]) -> Iterator[pl.DataFrame]:
    if len(parts) == 1:
        yield parts[0]
    elif parts:
        yield pl.concat(parts, rechunk=False).sort(runs[0].by)


def choose_bounds(runs: Sequence[Run]) -> list[Key]:
    """Keys that cut the runs together into ranges of `MARKS_PER_RANGE` marks."""
    marks = sorted(mark for run in runs for mark in run.marks)
    return marks[MARKS_PER_RANGE::MARKS_PER_RANGE]
