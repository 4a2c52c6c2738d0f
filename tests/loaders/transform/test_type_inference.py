"""How types settle, stay provisional, widen, and stand when they are pinned (contract §6)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loaders.interface.limits import Limits
from loaders.staging import stage as staging
from loaders.staging.slices import HourEvents
from loaders.transform.catalog import Catalog, Column
from loaders.transform.column_stats import ColumnStats, First
from loaders.transform.table_rows import with_archive_hour
from loaders.transform.type_inference import settle
from tests.loaders.transform.build import HOUR, column, lake, read_staged, row, stage, tracks, types


@pytest.mark.parametrize(
    ("counts", "settled"),
    [
        ((0, 19, 0, 1, 0), "int"),
        ((0, 18, 1, 1, 0), "float"),
        ((0, 18, 0, 2, 0), "string"),
        ((20, 0, 0, 0, 0), "boolean"),
        ((0, 0, 0, 0, 1), "datetime"),
        ((0, 0, 0, 10, 10), "string"),
        ((0, 0, 0, 0, 0), "string"),
    ],
)
def test_a_type_needs_ninety_five_percent(counts: tuple[int, ...], settled: str) -> None:
    assert settle(counts) == settled


def test_a_column_of_few_values_is_settled_again_over_all_of_them(tmp_path: Path) -> None:
    _, first = stage(tracks(*['{"v": 1}'] * 3), tmp_path / "a")
    assert first.catalog.table("order_completed")["v"].provisional
    tables, second = stage(tracks(*['{"v": "x"}'] * 2), tmp_path / "b", catalog=first.catalog)
    found = second.catalog.table("order_completed")["v"]
    assert (found.type, found.provisional, found.ints, found.strings) == ("string", True, 3, 2)
    assert second.retyped == (("order_completed", "v", "int", "string"),)
    assert column(tables["order_completed"], "v") == ["x", "x"]


def test_twenty_values_settle_a_type_for_good(tmp_path: Path) -> None:
    _, first = stage(tracks(*['{"v": 1}'] * 20), tmp_path / "a")
    assert not first.catalog.table("order_completed")["v"].provisional
    tables, second = stage(tracks(*['{"v": "x"}'] * 900), tmp_path / "b", catalog=first.catalog)
    assert types(second, "order_completed") == {"v": "int"}
    assert set(column(tables["order_completed"], "_rescued")) == {'{"properties":{"v":"x"}}'}


def test_one_float_widens_an_int_column_unless_it_is_pinned(tmp_path: Path) -> None:
    _, first = stage(tracks(*['{"v": 1}'] * 20), tmp_path / "a")
    tables, second = stage(tracks('{"v": 1.5}', '{"v": 9007199254740993}'), tmp_path / "b", catalog=first.catalog)
    assert second.retyped == (("order_completed", "v", "int", "float"),)
    assert column(tables["order_completed"], "v") == [1.5, None]
    assert column(tables["order_completed"], "_rescued")[1] == '{"properties":{"v":9007199254740993}}'
    known = first.catalog.table("order_completed")["v"]
    pinned = Catalog({"order_completed": {"v": replace(known, pinned=True)}})
    tables, third = stage(tracks('{"v": 1.5}', '{"v": 2.0}'), tmp_path / "c", catalog=pinned)
    assert third.retyped == ()
    assert column(tables["order_completed"], "v") == [None, 2]


def test_what_the_first_values_suggest_is_made_again_when_the_hour_proves_it_wrong(tmp_path: Path) -> None:
    limits = Limits(slice_bytes=1, held_bytes=1)
    tables, staged = stage(tracks('{"v": "1"}', '{"v": "2"}', *['{"v": 3}'] * 60), tmp_path, limits=limits)
    assert set(tmp_path.rglob("*.arrow")) == {file for table in staged.tables for file in table.files}
    assert types(staged, "order_completed") == {"v": "int"}
    assert column(tables["order_completed"], "v") == [None, None] + [3] * 60
    assert column(tables["order_completed"], "_rescued")[0] == '{"properties":{"v":"1"}}'
    assert staged.hours[HOUR].rescued == 2
    assert staged.catalog.table("order_completed")["v"].counts == (0, 60, 0, 2, 0, 2)


@pytest.mark.parametrize(
    "properties",
    [
        [
            *['{"v": 1, "w": "a", "o": true}'] * 30,
            *['{"v": 0.5, "w": 7, "x": 1}'] * 700,
            *['{"v": "odd", "x": 2.5, "z": 1}', '{"v": [1], "w": null, "y": "2026-01-02", "z": 2}'] * 40,
            *['{"z": 0.5}'] * 5,
        ],
        [*['{"v": 1}'] * 40, *['{"v": "odd"}'] * 40, *['{"v": 2}'] * 900],
    ],
    ids=["never right", "right again"],
)
def test_rows_that_are_given_up_come_out_as_if_all_had_been_seen_first(tmp_path: Path, properties: list[str]) -> None:
    frame = tracks(*properties)
    whole, at_once = stage(frame, tmp_path / "a")
    cut, by_few = stage(frame, tmp_path / "b", limits=Limits(slice_bytes=1_500, held_bytes=1))
    assert types(at_once, "order_completed") == types(by_few, "order_completed")
    assert (by_few.hours, by_few.catalog) == (at_once.hours, at_once.catalog)
    assert whole.keys() == cut.keys()
    for table in whole:
        names = sorted(whole[table].column_names)
        assert cut[table].select(names).sort_by("id").equals(whole[table].select(names).sort_by("id"))


def test_a_run_again_takes_back_what_the_former_load_counted(tmp_path: Path) -> None:
    frame = tracks(*['{"v": 1}'] * 5)
    _, first = stage(frame, tmp_path / "a")
    again = staging.stage_hours(
        [HourEvents(frame["received_at"][0], lambda types=None: [frame])],
        first.catalog,
        staging.StagingOptions(tmp_path / "b"),
        previous_counts={HOUR: first.hours[HOUR].counts},
    )
    assert again.catalog == first.catalog


def test_rows_made_by_a_fixed_catalog_bring_nothing_new(tmp_path: Path) -> None:
    _, first = stage(tracks(*['{"v": 1}'] * 20), tmp_path / "a")
    frame = with_archive_hour(
        tracks('{"v": 2, "w": 3}'), first.catalog.table("order_completed")["v"].first_archive_hour
    )
    (tracked, own) = staging.stage_rows([frame], first.catalog, staging.StagingOptions(tmp_path / "b"))
    assert (tracked.name, own.name) == ("tracks", "order_completed")
    rows = read_staged(own)
    assert column(rows, "v") == [2]
    assert column(rows, "_rescued") == ['{"properties":{"w":3}}']
    assert "w" not in rows.column_names


def test_what_a_column_rescues_is_counted_anew_when_its_type_changes(tmp_path: Path) -> None:
    _, first = stage(tracks(*['{"v": 1.5}'] * 16, '{"v": "free"}'), tmp_path / "a")
    assert first.catalog.table("order_completed")["v"].counts == (0, 0, 16, 1, 0, 0)
    _, second = stage(tracks(*['{"v": 1.5}'] * 16), tmp_path / "b", catalog=first.catalog)
    assert second.catalog.table("order_completed")["v"].counts == (0, 0, 32, 1, 0, 1)
    assert second.hours[HOUR].counts["order_completed"]["v"] == [0, 0, 16, 0, 0, 0]


def test_ints_that_no_float_holds_are_counted_whatever_the_type_is_so_far(tmp_path: Path) -> None:
    _, first = stage(tracks('{"v": 9007199254740993}', *['{"v": 1}'] * 30), tmp_path / "a")
    assert first.catalog.table("order_completed")["v"].counts == (0, 31, 0, 0, 0, 0)
    assert first.hours[HOUR].counts["order_completed"]["v"] == [0, 31, 0, 0, 0, 1]
    _, second = stage(tracks('{"v": 1.5}', '{"v": 9007199254740995}'), tmp_path / "b", catalog=first.catalog)
    assert second.catalog.table("order_completed")["v"].counts == (0, 32, 1, 0, 0, 1), (
        "the loader adds the first hour's"
    )
    _, third = stage(tracks('{"v": 9007199254740997}'), tmp_path / "c", catalog=second.catalog)
    assert third.catalog.table("order_completed")["v"].counts == (0, 33, 1, 0, 0, 2)


def test_only_the_tables_whose_types_were_wrong_are_made_again(tmp_path: Path) -> None:
    odd = {"context": '{"c": "odd"}', "properties": '{"v": "1"}'}
    wrong = [*[odd] * 2, *[{"context": '{"c": 1}', "properties": '{"v": 3}'}] * 60]
    right = [{"event": "Cart Viewed", "context": '{"c": 1}', "properties": '{"v": true}'}] * 60
    right[40] = {"event": "Cart Viewed", "context": '{"c": "odd"}', "properties": '{"v": "no"}'}
    frame = lake(*(row(at, **changes) for at, changes in enumerate([*wrong, *right])))
    whole, at_once = stage(frame, tmp_path / "a")
    cut, by_few = stage(frame, tmp_path / "b", limits=Limits(slice_bytes=1_500, held_bytes=1))
    passes = {table.name: {file.parent.name for file in table.files} for table in by_few.tables}
    assert passes == {"cart_viewed": {"0"}, "order_completed": {"1"}, "tracks": {"0"}}
    assert at_once.hours[HOUR].rescued == 6
    assert (by_few.hours, by_few.catalog) == (at_once.hours, at_once.catalog)
    for table in whole:
        names = sorted(whole[table].column_names)
        assert cut[table].select(names).sort_by("id").equals(whole[table].select(names).sort_by("id"))


def draw_counts(chosen: random.Random, hours: Sequence[datetime]) -> dict[datetime, list[int]]:
    """Values of a column by hour, seldom of one kind alone; some hours have none."""
    counts = {
        hour: [chosen.choice((0, 0, 1, 7, 30)) if chosen.random() < 0.4 else 0 for _ in range(5)] for hour in hours
    }
    return {hour: [*seen, 0] for hour, seen in counts.items() if any(seen)}


def settle_hours(
    known: dict[str, Column], brought: dict[datetime, list[int]], former: dict[datetime, list[int]]
) -> dict[str, Column]:
    """The columns after one load of some hours, of which some were loaded before."""
    taken = {hour: {"v": counts} for hour, counts in former.items()}
    stats = ColumnStats("sold", known, 10, taken)
    for hour, counts in brought.items():
        assert stats.admit("v", First(hour, ("properties", "v"), "a"))
        stats.count("v", counts, hour)
    return {column.name: column for column in stats.columns()}


@pytest.mark.parametrize("seed", range(300))
def test_hours_that_share_a_load_settle_types_as_loads_of_one_hour_do(seed: int) -> None:
    chosen = random.Random(seed)
    hours = [HOUR + timedelta(hours=number) for number in range(chosen.randint(2, 5))]
    alone: dict[str, Column] = {}
    shared: dict[str, Column] = {}
    former: dict[datetime, list[int]] = {}
    for _ in range(3):  # the second and third time, the hours are loaded again with other values
        brought = draw_counts(chosen, hours)
        for hour in hours:
            one = {hour: brought[hour]} if hour in brought else {}
            alone = settle_hours(alone, one, {hour: former[hour]} if hour in former else {})
        shared = settle_hours(shared, brought, former)
        former = brought
        assert {name: (c.type, c.provisional, c.counts[:5]) for name, c in shared.items()} == {
            name: (c.type, c.provisional, c.counts[:5]) for name, c in alone.items()
        }
