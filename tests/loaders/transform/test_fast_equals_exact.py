"""Whole columns at once must give what the exact way gives, row for row, count for count."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.staging import event_runs
from loaders.staging import slices as hour_slices
from loaders.transform.catalog import UNSEEN, Budgets, Catalog, Column
from loaders.transform.json import columns as parse
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import LogicalType
from tests.loaders.transform.build import HOUR, lake, row, stage, tracks

KEYS = st.sampled_from(
    [
        *("a", "A", "a_b", "b", "c", "id", "Name", "name", "$", "ip", "timestamp", "userId", "x y", 'q\\"t', "t\\tb"),
        *("2x4", "1CComega", "1c comega", "a" * 70, "a" * 71),
    ]
)
NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "1",
        "1.0",
        "1.5",
        "1e3",
        "1e400",
        "1e-400",
        "9007199254740993",
        "9223372036854775808",
        "0.30000000000000004",
    ]
)
TEXTS = st.sampled_from(
    ["", " ", "x", "free", "2026-01-31", "2026-01-31T07:00:00.123Z", "2026-02-30", "12", "é\\u00e9", 'a\\"b', "1e5"]
)
SCALARS = st.one_of(NUMBERS, TEXTS.map(lambda text: f'"{text}"'), st.sampled_from(["true", "false", "null"]))


def _objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(KEYS, values), max_size=5)
    return members.map(lambda pairs: "{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}")


def _arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda items: "[" + " , ".join(items) + "]")


VALUES = st.recursive(SCALARS, lambda inner: st.one_of(_objects(inner), _arrays(inner)), max_leaves=6)
ROWS = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify", "group"])},
    optional={
        "context": _objects(VALUES),
        "properties": _objects(VALUES),
        "traits": _objects(VALUES),
        "user_properties": _objects(VALUES),
        "kept": _objects(VALUES),
        "rescued": st.just('{"userId": {"a": 1.50}}'),
        "name": st.just("Own"),
        "request_ip": st.just("1.1.1.1"),
        "event": st.sampled_from(["Order Completed", "users", "日本語"]),
    },
)


def _reported(frame: pl.DataFrame, folder: Path, catalog: Catalog | None = None) -> object:
    tables, staged = stage(frame, folder, catalog=catalog, budgets=Budgets(tables=1, values=22))
    rows = {name: table.sort_by("id").to_pylist() for name, table in tables.items()}
    sets = {name: [{k: v for k, v in one.items() if v is not None} for one in many] for name, many in rows.items()}
    columns = {
        table: {name: (column.type, column.counts) for name, column in found.items()}
        for table, found in staged.catalog.tables.items()
    }
    return sets, columns, staged.hours[HOUR].rescued


def _exact(frame: pl.DataFrame, folder: Path, catalog: Catalog | None = None) -> object:
    """The same, every row for itself."""
    with pytest.MonkeyPatch.context() as patch:
        for room in (hour_slices, event_runs):
            patch.setattr(room, "Slice", lambda part: Slice(part, slow=set(range(part.height))))
        return _reported(frame, folder, catalog)


FEW = settings(max_examples=15, deadline=None)
MANY = settings(max_examples=60, deadline=None)

any_rows = given(
    rows=st.lists(ROWS, min_size=1, max_size=12),
    kept=st.frozensets(st.sampled_from(["_2x4", "_1c_comega", "a" * 63, "context_2x4"])),
)


@FEW
@any_rows
def test_any_rows_are_the_same_by_columns_and_one_by_one(
    rows: list[dict[str, object]], kept: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    prove_rows(rows, kept, tmp_path_factory.mktemp("stage"))


@pytest.mark.slow
@MANY
@any_rows
def test_many_rows_are_the_same_by_columns_and_one_by_one(
    rows: list[dict[str, object]], kept: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    prove_rows(rows, kept, tmp_path_factory.mktemp("stage"))


def prove_rows(rows: list[dict[str, object]], kept: frozenset[str], folder: Path) -> None:
    """Stage the rows by columns and one by one, and compare."""
    catalog = Catalog(kept=dict.fromkeys(("order_completed", "pages", "tracks"), kept))
    frame = lake(*(row(at, **changes) for at, changes in enumerate(rows)))
    fast = _reported(frame, folder / "fast", catalog)
    exact = _exact(frame, folder / "exact", catalog)
    assert json.dumps(fast, default=str, sort_keys=True) == json.dumps(exact, default=str, sort_keys=True)


TYPES = st.sampled_from(["boolean", "int", "float", "string", "datetime", "date", "json"])


rows_again = given(
    pool=st.lists(ROWS, min_size=1, max_size=6),
    order=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    pinned=st.dictionaries(st.sampled_from(["a", "b", "context_a", "a_b"]), TYPES),
)


@FEW
@rows_again
def test_rows_that_come_again_and_again_are_the_same_in_groups_and_one_by_one(
    pool: list[dict[str, object]],
    order: list[int],
    pinned: dict[str, LogicalType],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    prove_groups(pool, order, pinned, tmp_path_factory.mktemp("stage"))


@pytest.mark.slow
@MANY
@rows_again
def test_many_rows_that_come_again_are_the_same_in_groups_and_one_by_one(
    pool: list[dict[str, object]],
    order: list[int],
    pinned: dict[str, LogicalType],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    prove_groups(pool, order, pinned, tmp_path_factory.mktemp("stage"))


def prove_groups(pool: list[dict[str, object]], order: list[int], pinned: dict[str, LogicalType], folder: Path) -> None:
    """Stage rows that come again and again in groups and one by one, and compare."""
    frame = lake(*(row(at, **pool[number % len(pool)]) for at, number in enumerate(order)))
    columns = {name: Column("", name, to, "", False, *UNSEEN, pinned=True) for name, to in pinned.items()}
    catalog = Catalog(dict.fromkeys(("order_completed", "pages", "identifies", "tracks"), columns))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "_FEW_APART", 1)
        fast = _reported(frame, folder / "fast", catalog)
    exact = _exact(frame, folder / "exact", catalog)
    assert json.dumps(fast, default=str, sort_keys=True) == json.dumps(exact, default=str, sort_keys=True)


FORMS = ('{"v": %(v)s}', '{"v": %(v)s, "b": {"v" : %(v)s }}', r'{"h": {"q\"t\t": %(v)s}}')


@pytest.mark.parametrize("to", ["boolean", "int", "float", "string", "datetime", "date", "json"])
@pytest.mark.parametrize(
    "values",
    [
        ["0", "-0", "12", "9007199254740993"],
        ["0", "1.50", "-0.0", "1e3", "2.0"],
        ["true", "false"],
        ['"free"', '"2026-01-31"', '"2026-01-31T07:00:00.123Z"', '"2026-02-30"', '"caf\\u00e9 \\"q\\""', '" "'],
        ['[1, "a b"]', "[{}]", "[ 1.0 ]"],
    ],
    ids=["ints", "floats", "booleans", "texts", "arrays"],
)
def test_a_value_of_every_kind_in_a_column_of_every_type(to: LogicalType, values: list[str], tmp_path: Path) -> None:
    parts = ([form % {"v": value} for value in values for _ in range(30)] for form in FORMS)
    frame = tracks(*chain.from_iterable(parts))
    columns = {name: Column("", name, to, "", False, *UNSEEN, pinned=True) for name in ("v", "b_v", "h_q_t")}
    catalog = Catalog({"order_completed": columns})
    fast, exact = _reported(frame, tmp_path / "fast", catalog), _exact(frame, tmp_path / "exact", catalog)
    assert json.dumps(fast, default=str, sort_keys=True) == json.dumps(exact, default=str, sort_keys=True)
