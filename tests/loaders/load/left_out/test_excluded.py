"""What a source leaves out: not loaded, counted by name, loaded again when the settings include it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loaders.interface.hour import Hour
from loaders.load.load import load_hour
from loaders.transform.selection import Rule, Selection
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.load.left_out.orders import check_any_order, check_given_back
from tests.loaders.tables import Files, check_sums

JUNK = Selection(exclude=Rule(types=("screen",), events=("debug*",)))


def events() -> list[list[Event]]:
    """Three hours in which wanted and unwanted copies of ids meet."""
    return [
        [
            event("d", name="debug one", at=1, properties={"x": 1}),
            event("o", name="Order", at=2, properties={"n": 1}),
            event("turned", name="Order", at=3, received=0),
            event("s", type="screen", name="Home", at=4),
            event("i", type="identify", name=None, at=5, traits={"plan": "pro"}),
        ],
        [
            event("turned", name="debug two", at=3, received=60),
            event("cleared", name="debug one", at=61, received=61),
            event("o", name="Order", at=2, received=62, properties={"n": 2}),
        ],
        [
            event("cleared", name="Order", at=61, received=50),
            event("nameless", name=None, at=120, received=120),
            event("s", type="screen", name="Again", at=4, received=121),
        ],
    ]


def lake_of(selection: Selection, *, without: bool = False) -> tuple[MemoryLake, list[Hour]]:
    """The hours under a selection; with `without`, the same hours as if the junk had never been sent."""
    lake = MemoryLake(selection=selection)
    chosen = [[one for one in hour if not (without and _is_junk(one))] for hour in events()]
    return lake, [lake.put(number, hour) for number, hour in enumerate(chosen)]


def _is_junk(one: Event) -> bool:
    return one["type"] == "screen" or str(one.get("event")).startswith("debug")


def excluded(files: Files) -> dict[tuple[int, str, Any], int]:
    rows = files.query("SELECT * FROM tideline.excluded")
    return {(row["archive_hour"].hour, row["type"], row["event"]): row["events"] for row in rows}


def test_what_is_left_out_is_counted_by_type_and_name_and_not_loaded(files: Files) -> None:
    _, hours = lake_of(JUNK)
    results = [load_hour(files.warehouse, hour) for hour in hours]
    assert [result.excluded for result in results] == [2, 2, 1]
    assert excluded(files) == {
        (0, "track", "debug one"): 1,
        (0, "screen", None): 1,
        (1, "track", "debug one"): 1,
        (1, "track", "debug two"): 1,
        (2, "screen", None): 1,
    }
    assert files.ids("tracks") == ["cleared", "nameless", "o", "turned"]
    assert {"screens", "debug_one", "debug_two"}.isdisjoint(files.table_names())
    assert files.query("SELECT * FROM tideline.columns WHERE table_name LIKE 'debug%'") == []
    check_sums(files)


@pytest.mark.slow
def test_the_tables_are_those_of_an_archive_without_the_junk_in_any_order(tmp_path: Path) -> None:
    check_any_order(tmp_path, lake_of(JUNK)[1], lake_of(Selection(), without=True)[1])


def test_a_changed_selection_takes_hours_that_are_loaded_again_and_gives_them_back(
    files: Files, tmp_path: Path
) -> None:
    check_given_back(files, tmp_path, lake_of(Selection())[1], lake_of(JUNK)[1])
    assert excluded(files) == {}


def test_include_names_the_only_types_and_tracks_that_are_taken(file: Files) -> None:
    selection = Selection(Rule(types=("track", "identify"), events=("Ord?r",)), Rule(events=("Orders",)))
    _, hours = lake_of(selection)
    for hour in hours:
        load_hour(file.warehouse, hour)
    assert (file.ids("tracks"), file.ids("identifies")) == (["cleared", "o", "turned"], ["i"])
    assert excluded(file)[2, "track", None] == 1


@pytest.mark.parametrize(
    ("glob", "fits", "fits_not"),
    [
        ("debug", ["debug"], ["Debug", "debug ", " debug", "debugs"]),
        ("debug*", ["debug", "debug\nx", "debug?"], ["a debug", "DEBUG"]),
        ("*", ["", "x", "a\nb", "日本語"], []),
        ("?", ["x", "日", "?"], ["", "xy"]),
        ("", [""], ["x"]),
        ("a.b|c (d) [e] ^$ \\", ["a.b|c (d) [e] ^$ \\"], ["axb|c (d) [e] ^$ \\", "c (d) e ^$ \\"]),
        ("[x]", ["[x]"], ["x"]),
    ],
)
def test_a_name_fits_as_it_was_sent_and_only_two_characters_are_wild(
    glob: str, fits: list[str], fits_not: list[str]
) -> None:
    lake = MemoryLake()
    hour = lake.put(0, [event(str(n), name=name or None) for n, name in enumerate([*fits, *fits_not])])
    taken, left_out = Selection(exclude=Rule(events=(glob,))).split(pl.concat(hour.events()))
    assert sorted(left_out["id"]) == sorted(str(number) for number in range(len(fits)))
    assert taken.height == len(fits_not)


def test_a_hundred_names_are_reported_and_the_others_together(file: Files) -> None:
    many = [event(f"{n}-{copy}", name=f"debug {n:03}") for n in range(130) for copy in range(1 + (n < 2))]
    load_hour(file.warehouse, MemoryLake(selection=JUNK).put(0, many))
    counts = excluded(file)
    assert len(counts) == 101
    assert (counts[0, "track", "debug 000"], counts[0, "track", None], sum(counts.values())) == (2, 30, 132)


def test_a_copy_that_is_left_out_does_not_come_back_when_the_row_that_won_goes(files: Files) -> None:
    everything = MemoryLake()
    load_hour(files.warehouse, everything.put(0, [event("x", name="Order", received=9), event("y", name="Order")]))
    load_hour(files.warehouse, everything.put(1, [event("x", name="debug", received=5)]))
    everything.selection = JUNK
    load_hour(files.warehouse, everything.put(0, [event("y", name="Order")]))
    assert files.ids("tracks") == ["y"]
    check_sums(files)
    load_hour(files.warehouse, everything.hour(1), reload=True)
    assert files.table("copies", "tideline") == []
    check_sums(files)
