"""The values of a slice counted by archive hour, as `tideline.loads` records them for every hour (contract §6, §8).

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl
import pyarrow as pa

from loaders.transform.convert_columns import Measured, measure
from loaders.transform.json.columns import Leaf
from loaders.transform.slices import Slice


def count_by_hour(part: Slice, measured: Sequence[Measured]) -> Iterator[tuple[int, datetime, Sequence[int]]]:
    """Yield (number of the measured leaf, archive hour, its values there by kind), without hours that have none."""
    if len(part.hours) == 1:
        yield from ((number, part.hours[0], values.counts) for number, values in enumerate(measured))
        return
    uniform = [number for number, values in enumerate(measured) if _kind_of_all(values) is not None]
    if uniform:
        filled = {str(number): pl.from_arrow(measured[number].leaf.values.is_valid()) for number in uniform}
        counts = pl.DataFrame({"": part.frame["_archive_hour"], **filled}).group_by("").sum()
        for hour, *totals in counts.iter_rows():
            for number, total in zip(uniform, totals, strict=True):
                if total:
                    yield number, hour, _of_kind(_kind_of_all(measured[number]), total)
    mixed = sorted(set(range(len(measured))) - set(uniform))
    if mixed:
        for hour in part.hours:
            rows = (part.frame["_archive_hour"] == hour).to_arrow()
            leaves = [_filtered(measured[number].leaf, rows) for number in mixed]
            yield from ((number, hour, values.counts) for number, values in zip(mixed, measure(leaves), strict=True))


def _kind_of_all(measured: Measured) -> int | None:
    """Return the kind that all values have, or None if they are of several kinds, or some are wide."""
    *kinds, wide = measured.counts
    most = max(kinds)
    return kinds.index(most) if most == sum(kinds) and not wide else None


def _of_kind(kind: int | None, total: int) -> tuple[int, ...]:
    return tuple(total if number == kind else 0 for number in range(6))


def _filtered(leaf: Leaf, rows: pa.Array) -> Leaf:
    return Leaf(leaf.path, leaf.values.filter(rows), leaf.array)
