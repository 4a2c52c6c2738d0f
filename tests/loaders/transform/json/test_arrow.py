"""Which rows are refused beside the others, and that those which are read are read as they were sent."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from loaders.formats.json_values import Number, read
from loaders.transform.json import columns as parse
from loaders.transform.json.arrow import WIDEST, refused_rows
from loaders.transform.json.columns import Parser
from loaders.transform.row_path import leaves

ROWS = 3_000


def _texts(odd: dict[int, str]) -> pa.Array:
    return pa.array([odd.get(row, f'{{"a": {row}, "b": {{"c": "x{row}"}}, "n": null}}') for row in range(ROWS)])


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {0: '{"a": 1, "a": 2}'},
        {7: '{"a": "text"}', 8: '{"a": true}', 9: '{"b": []}', 2_999: '{"b": {"c": 5}}'},
        {5: '{"b": {"c": 1}}', 700: '{"a": 1e400}', 701: '{"b": {"c": "x", "c": "y"}}'},
        {1_500: '{"later": 1}', 2_600: '{"later": "text"}'},
        {row: '{"a": "text"}' for row in range(50, ROWS, 40)},
    ],
    ids=["none", "the first", "of every kind", "beyond float64", "of a member that comes late", "many"],
)
def test_rows_are_refused_that_cannot_be_read_beside_those_before_them(odd: dict[int, str]) -> None:
    refused = {row: text for row, text in odd.items() if row != 1_500}
    assert refused_rows(_texts(odd)) == refused.keys()


def test_an_integer_beside_a_float_and_a_date_beside_a_text_are_not_refused() -> None:
    first = [f'{{"n": {row}, "t": "2026-01-31"}}' for row in range(2_000)]
    texts = first + [f'{{"n": {row}.5, "t": "x"}}' for row in range(2_000, ROWS)]
    assert refused_rows(pa.array(texts)) == set()


@pytest.mark.parametrize("start", [1, 1_000])
def test_of_too_many_it_is_reported_soon(start: int) -> None:
    texts = _texts({row: '{"a": "text"}' for row in range(start, ROWS)})
    assert refused_rows(texts) is None


@pytest.mark.parametrize("first", [1, 700], ids=["among the first rows", "later"])
def test_rows_of_a_slice_that_is_too_wide_for_columns_are_slow(first: int) -> None:
    texts = [json.dumps({"a": row, **{f"k{row}_{n}": n for n in range(6)}}) for row in range(ROWS)]
    texts[first] = '{"a": "text"}'
    parsed = Parser().parse(pa.array(texts))
    assert len(parsed.leaves) <= 8 * WIDEST
    assert len(parsed.slow) >= ROWS // 2


@pytest.mark.parametrize("few", [1, 32])
def test_rows_that_are_not_slow_are_read_as_sent(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "_FEW_APART", few)
    odd = {row: f'{{"a": "text {row}", "b": {{"c": "x"}}}}' for row in range(3, ROWS, 31)}
    odd |= {row: f'{{"a": {row}, "b": "flat {row}", "late": ["{row}", "x"]}}' for row in range(4, ROWS, 37)}
    odd |= {row: f'{{"a": "{row}", "b": {{"c": "x"}}, "a": "twice"}}' for row in range(5, ROWS, 141)}
    texts = _texts(odd)
    parsed = Parser().parse(texts)
    assert len(parsed.slow) < len(odd) // (2 if few == 1 else 1)
    assert {row for row, text in odd.items() if "twice" in text} <= parsed.slow
    assert len({leaf.key for leaf in parsed.leaves}) == len(parsed.leaves)
    found: list[dict[tuple[str, ...], object]] = [{} for _ in range(ROWS)]
    for leaf in parsed.leaves:
        for row, value in enumerate(leaf.values.to_pylist()):
            if value is not None:
                found[row][leaf.path] = json.loads(value) if leaf.array else value
    for row, text in enumerate(texts.to_pylist()):
        if row not in parsed.slow:
            tree = read(text)
            assert isinstance(tree, dict)
            assert found[row] == {path: _plain(value) for path, value in leaves(tree)}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, Number) else value
