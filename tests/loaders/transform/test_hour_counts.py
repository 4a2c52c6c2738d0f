"""Values counted by archive hour, and the first row of a column: as plain loops over the rows find them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pytest

from loaders.transform.column_plan import _first
from loaders.transform.convert_columns import measure
from loaders.transform.hour_counts import count_by_hour
from loaders.transform.json.columns import Leaf
from loaders.transform.slices import Slice

HOURS = [datetime(2026, 1, 31, tzinfo=UTC) + timedelta(hours=number) for number in range(3)]
ORDERS = {
    "long runs": [0] * 300 + [1] * 200 + [2] * 400,
    "an hour that comes again": [1] * 300 + [0] * 300 + [1] * 300,
    "short runs": [0, 0, 1, 2, 2, 0, 1, 1] * 20,
    "no run": [2, 0, 1] * 40,
}
COLUMNS: dict[str, list[object]] = {
    "texts": [None if row % 3 else f"text {row}" for row in range(900)],
    "numbers": [row if row > 250 else None for row in range(900)],
    "flags": [True if row % 7 == 6 else None for row in range(900)],
    "mixed": [f"2026-01-{row % 28 + 1:02}" if row % 2 else "no date" for row in range(900)],
}


def slice_of(order: list[int]) -> tuple[Slice, dict[str, pa.Array]]:
    """Rows of these hours, and columns of them."""
    frame = pl.DataFrame({"_archive_hour": [HOURS[number] for number in order]})
    part = Slice(frame.with_columns(pl.col("_archive_hour").cast(pl.Datetime("us", "UTC"))))
    return part, {name: pa.array(values[: len(order)]) for name, values in COLUMNS.items()}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_values_are_counted_in_their_hours(order: list[int]) -> None:
    part, columns = slice_of(order)
    measured = measure([Leaf((name,), values) for name, values in columns.items()])
    found: Counter[tuple[str, datetime]] = Counter()
    for number, hour, counts in count_by_hour(part, measured):
        found[list(columns)[number], hour] += sum(counts[:5])
    expected = Counter(
        (name, HOURS[hour])
        for name, values in columns.items()
        for hour, value in zip(order, values.to_pylist(), strict=True)
        if value is not None
    )
    assert found == expected


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("without", [set(), set(range(0, 60))], ids=["all rows", "without the first rows"])
def test_the_first_row_of_a_column_is_that_of_its_earliest_hour(order: list[int], without: set[int]) -> None:
    part, columns = slice_of(order)
    for values in columns.values():
        filled = [row for row, value in enumerate(values.to_pylist()) if value is not None and row not in without]
        expected = min(filled, key=lambda row: (order[row], row)) if filled else None
        assert _first(part, values, without) == expected
    assert _first(part, pa.nulls(len(order), pa.string()), without) is None
