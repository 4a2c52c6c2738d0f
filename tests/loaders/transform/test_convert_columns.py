"""Dates among the strings of a slice: found in the column that has them, in however few or many rows."""

from __future__ import annotations

import pyarrow as pa
import pytest

from loaders.transform.convert_columns import measure
from loaders.transform.convert_value import Kind
from loaders.transform.json.columns import Leaf


@pytest.mark.parametrize("rows", [1, 3, 256, 257, 1000])
def test_dates_are_counted_in_the_column_that_has_them(rows: int) -> None:
    texts = pa.array(["no date"] * rows)
    last = pa.array([None] * (rows - 1) + ["2026-01-31T07:00:00Z"], pa.string())
    first = pa.array(["2026-01-31", *["20260131"] * (rows - 1)])
    empty = pa.nulls(rows, pa.string())
    numbers = pa.array(range(rows), pa.int64())
    leaves = [Leaf((f"{at}",), values) for at, values in enumerate([numbers, texts, last, empty, first, texts])]
    dates = [measured.counts[Kind.DATETIME] for measured in measure(leaves)]
    assert dates == [0, 0, 1, 0, 1, 0]
