"""The values of a slice counted by archive hour, as `tideline.loads` records them for every hour (contract §6, §8).

Covered by tests/loaders/transform/test_hour_counts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from loaders.transform.convert_columns import Measured, measure
from loaders.transform.json.columns import Leaf
from loaders.transform.slices import Slice

_ROWS_OF_A_RUN: Final = 128
"""With so many rows of one hour behind each other, their values are counted faster run by run than in groups."""


def count_by_hour(part: Slice, measured: Sequence[Measured]) -> Iterator[tuple[int, datetime, Sequence[int]]]:
    """Yield (number of the measured leaf, archive hour, its values there by kind), without hours that have none."""
    if len(part.hours) == 1:
        yield from ((number, part.hours[0], values.counts) for number, values in enumerate(measured))
        return
    uniform = [number for number, values in enumerate(measured) if _kind_of_all(values) is not None]
    if uniform:
        kinds = [_kind_of_all(measured[number]) for number in uniform]
        for hour, totals in _count_filled(part, [measured[number].leaf.values for number in uniform]):
            for number, kind, total in zip(uniform, kinds, totals, strict=True):
                if total:
                    yield number, hour, _of_kind(kind, total)
    mixed = sorted(set(range(len(measured))) - set(uniform))
    if mixed:
        for hour in part.hours:
            rows = (part.frame["_archive_hour"] == hour).to_arrow()
            leaves = [_filtered(measured[number].leaf, rows) for number in mixed]
            yield from ((number, hour, values.counts) for number, values in zip(mixed, measure(leaves), strict=True))


def _count_filled(part: Slice, columns: Sequence[pa.Array]) -> Iterator[tuple[datetime, Sequence[int]]]:
    """Yield an archive hour and how many values every column has there; an hour may come several times."""
    hours = dict(zip(sorted(part.hour_instants.unique().to_pylist()), part.hours, strict=True))
    runs = pc.run_end_encode(part.hour_instants)
    if len(runs.values) * _ROWS_OF_A_RUN <= len(part):
        start = 0
        for instant, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            yield hours[instant], [end - start - column.slice(start, end - start).null_count for column in columns]
            start = end
        return
    names = [str(number) for number in range(len(columns))]
    rows = pa.Table.from_arrays([part.hour_instants, *columns], names=["", *names])
    counts = rows.group_by("", use_threads=False).aggregate([(name, "count") for name in names])
    totals = [counts[f"{name}_count"].to_pylist() for name in names]
    for instant, *found in zip(counts[""].to_pylist(), *totals, strict=True):
        yield hours[instant], found


def _kind_of_all(measured: Measured) -> int | None:
    """Return the kind that all values have, or None if they are of several kinds, or some are wide."""
    *kinds, wide = measured.counts
    most = max(kinds)
    return kinds.index(most) if most == sum(kinds) and not wide else None


def _of_kind(kind: int | None, total: int) -> tuple[int, ...]:
    return tuple(total if number == kind else 0 for number in range(6))


def _filtered(leaf: Leaf, rows: pa.Array) -> Leaf:
    return Leaf(leaf.path, leaf.values.filter(rows), leaf.array)
