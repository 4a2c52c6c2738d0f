"""An hour that is loaded again: skipped, merged anew, or taken back row by row (contract §8, §10)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.load.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums, snapshot

FIRST: list[Event] = [
    event("kept", properties={"n": 1}),
    event("gone", name="Parted"),
    event("changed", at=10, received=5, name="One"),
    event("shared", received=9, name="Shared"),
    event("person", type="identify", traits={"plan": "pro"}),
]
SECOND: list[Event] = [
    event("kept", properties={"n": 1}),
    event("changed", at=80, received=6, name="Two"),
    event("new", type="page", name=None),
]
OTHER: list[Event] = [event("shared", received=3, name="Older"), event("changed", at=10, received=1, name="Zero")]


def written(files: Files) -> dict[str, object]:
    return {row["id"]: row["uuid_ts"] for row in files.query("SELECT id, uuid_ts FROM events.tracks")}


def columns(files: Files) -> list[dict[str, object]]:
    return [dict(row) for row in files.table("columns", "tideline")]


def test_an_hour_with_the_same_files_is_skipped_with_a_result(files: Files) -> None:
    hour = MemoryLake().put(0, FIRST)
    first = load_hour(files.warehouse, hour)
    again = load_hour(files.warehouse, hour)
    assert (first.loaded, again.loaded) == (True, False)
    assert (again.load_id, again.counts) == (first.load_id, first.counts)
    assert len(files.table("loads", "tideline")) == 1


def test_a_changed_hour_replaces_exactly_its_own_rows(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, FIRST))
    before = written(files)
    result = load_hour(files.warehouse, lake.put(0, SECOND))
    check_sums(files)
    assert files.ids("tracks") == ["changed", "kept"]
    assert (files.ids("parted"), files.ids("shared"), files.ids("one"), files.ids("two")) == ([], [], [], ["changed"])
    assert (files.ids("identifies"), files.ids("users"), files.ids("pages")) == ([], [], ["new"])
    assert written(files)["kept"] == before["kept"]
    assert written(files)["changed"] > before["changed"]  # type: ignore[operator]  # both are instants
    assert result.tables["tracks"].ignored == 1
    assert {row["table_name"] for row in columns(files) if row["ints"] == 1} == {"_order"}


def test_a_copy_comes_back_when_the_row_that_beat_it_is_gone(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, FIRST))
    load_hour(files.warehouse, lake.put(1, OTHER))
    assert files.ids("older") == []
    result = load_hour(files.warehouse, lake.put(0, SECOND))
    check_sums(files)
    assert (files.ids("older"), files.ids("shared")) == (["shared"], [])
    hours = {row["id"]: row["_archive_hour"] for row in files.table("tracks")}
    assert hours == {"kept": hour_at(0), "shared": hour_at(1), "changed": hour_at(0)}
    assert [(row["id"], row["archive_hour"]) for row in files.table("copies", "tideline")] == [("changed", hour_at(1))]
    assert result.counts["staged"] == sum(result.counts[name] for name in ("inserted", "updated", "ignored"))


def test_a_row_that_now_counts_for_less_gives_way_to_a_copy(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, FIRST))
    load_hour(files.warehouse, lake.put(1, OTHER))
    load_hour(files.warehouse, lake.put(0, [event("changed", received=0, name="One")]))
    check_sums(files)
    assert {row["id"]: row["event"] for row in files.table("tracks")} == {"shared": "older", "changed": "zero"}


@pytest.mark.parametrize("order", [(0, 1, "again"), (0, "again", 1), (1, 0, "again"), (1, "again", 0)])
def test_a_re_run_ends_like_a_first_run_of_the_new_files(files: Files, order: tuple[int | str, ...]) -> None:
    lake, clean = MemoryLake(), MemoryLake()
    for step in order:
        lake.put(0, SECOND if step == "again" else lake.hours.get(hour_at(0), FIRST))
        lake.put(1, OTHER)
        load_hour(files.warehouse, lake.hour(1 if step == 1 else 0))
    other = Files(files.path.with_name("clean.duckdb"))
    load_hour(other.warehouse, clean.put(0, SECOND))
    load_hour(other.warehouse, clean.put(1, OTHER))
    check_sums(files)
    mine, theirs = snapshot(files), snapshot(other)
    assert mine["copies"] == theirs["copies"]
    assert mine["arrivals"] == theirs["arrivals"]
    for table in ("tracks", "pages", "two", "older", "_order"):
        left, right = ([{k: row.get(k) for k in ("id", "_archive_hour", "n")} for row in f.table(table)]
                       for f in (files, other))  # fmt: skip
        assert left == right


def test_how_much_is_held_at_once_changes_no_row(file: Files) -> None:
    names = ("One", "Two")
    late = [event(f"e{n}", at=n, received=120, name=names[n % 2], properties={"n": n}) for n in range(6)]
    mixed = [event(f"e{n}", name=names[n % 2], properties={"n": 0.5 if n < 5 else "x"}) for n in range(6)]
    found: list[list[dict[str, object]]] = []
    for number, limits in enumerate((Limits(), Limits(slice_bytes=1, held_bytes=1, rows_at_once=1))):
        lake, one = MemoryLake(), Files(file.path.with_name(f"{number}.duckdb"))
        found.append([])
        for at, events in ((2, late), (0, mixed), (1, late[:4]), (0, mixed[:1]), (2, mixed[3:])):
            load_hour(one.warehouse, lake.put(at, events), limits=limits)
            found[-1].append(snapshot(one))
        load_hour(one.warehouse, replace(lake.hour(0), config_hash="other"), limits=limits)
        check_sums(one)
        found[-1].append(snapshot(one))
    assert found[0] == found[1]


def test_reload_and_another_configuration_write_every_row_anew(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, FIRST))
    before, tables, counted = written(files), snapshot(files), columns(files)
    result = load_hour(files.warehouse, lake.hour(0), reload=True)
    assert (result.loaded, result.counts["updated"], result.counts["ignored"]) == (True, 9, 0)
    assert min(map(str, written(files).values())) > max(map(str, before.values()))
    lake.config_hash = "another mapping"
    changed = lake.put(0, FIRST[:4])
    assert load_hour(files.warehouse, changed).counts["updated"] == 8
    load_hour(files.warehouse, lake.put(0, FIRST))
    check_sums(files)
    assert (snapshot(files), columns(files)) == (tables, counted)


def test_an_hour_whose_ledger_row_was_removed_counts_nothing_twice(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, FIRST))
    load_hour(files.warehouse, lake.put(1, OTHER))
    tables, counted = snapshot(files), columns(files)
    files.execute("DELETE FROM tideline.loads")
    for number in (0, 1):
        assert load_hour(files.warehouse, lake.hour(number)).loaded
    check_sums(files)
    assert (snapshot(files), columns(files)) == (tables, counted)


def test_every_load_writes_later_instants_than_all_before(files: Files) -> None:
    lake = MemoryLake()
    instants = iter([datetime(2026, 5, 1, tzinfo=UTC)] * 9)
    for number in range(3):
        load_hour(files.warehouse, lake.put(number, [event(f"e{number}")]), now=lambda: next(instants))
    loads = files.query("SELECT load_id, started_at, finished_at FROM tideline.loads ORDER BY archive_hour")
    for former, later in itertools.pairwise(loads):
        assert later["started_at"] > former["finished_at"]
        assert later["load_id"] > former["load_id"]
    stamps = files.query("SELECT DISTINCT uuid_ts FROM events.tracks")
    assert sorted(row["uuid_ts"] for row in stamps) == [row["started_at"] for row in loads]


def test_a_schema_belongs_to_one_source(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event()]))
    with pytest.raises(Terminal, match="belongs to source 'default'"):
        load_hour(files.warehouse, MemoryLake(source="shop").put(0, [event()]))
    with pytest.raises(Terminal, match="is loaded into schema 'events'"):
        load_hour(files.warehouse, MemoryLake(schema="analytics").put(1, [event()]))
    assert load_hour(files.warehouse, MemoryLake(source="shop", schema="shop").put(0, [event()])).loaded


def test_an_hour_without_events_is_loaded_and_takes_its_former_rows_away(files: Files) -> None:
    lake = MemoryLake()
    assert load_hour(files.warehouse, lake.put(0, [])).loaded
    load_hour(files.warehouse, lake.put(1, FIRST))
    load_hour(files.warehouse, replace(lake.put(1, []), files=()))
    check_sums(files)
    assert {table: files.ids(table) for table in files.table_names()} == {table: [] for table in files.table_names()}


def load_meanwhile(hour: Hour, other: Callable[[], object]) -> Hour:
    """The hour, with another load that comes in when its rows are read for the first time."""
    reads = iter([other])

    def events(types: Collection[str] | None = None) -> Iterable[pl.DataFrame]:
        for load in reads:
            load()
        return hour.events(types)

    return replace(hour, events=events)


def test_a_load_that_came_in_while_this_one_was_staged_is_taken_into_account(files: Files) -> None:
    lake = MemoryLake()
    first = lake.put(0, [event("a", properties={"n": "word", "first": 1})])
    second = lake.put(1, [event(f"b{n}", properties={"n": n, "second": True}) for n in range(30)])
    result = load_hour(files.warehouse, load_meanwhile(second, lambda: load_hour(files.warehouse, first)))
    check_sums(files)
    assert result.loaded
    counted = {row["column_name"]: (row["type"], row["ints"], row["strings"]) for row in columns(files)}
    assert counted == {"n": ("int", 30, 1), "first": ("int", 1, 0), "second": ("boolean", 0, 0)}
    assert files.query("SELECT n, _rescued FROM events._order WHERE id = 'a'") == [
        {"n": None, "_rescued": '{"properties":{"n":"word"}}'}
    ]


def test_an_hour_that_was_loaded_meanwhile_is_not_loaded_again(files: Files) -> None:
    hour = MemoryLake().put(0, FIRST)
    result = load_hour(files.warehouse, load_meanwhile(hour, lambda: load_hour(files.warehouse, hour)))
    assert not result.loaded
    assert len(files.table("loads", "tideline")) == 1


def test_a_row_that_its_pending_hour_no_longer_has_stays_until_that_hour_is_loaded(files: Files) -> None:
    """Its received_at is the start of its hour, and the lake can no longer confirm it: it is not beaten by a guess."""
    lake = MemoryLake()
    for number, received in ((2, 65), (4, 240), (5, 300)):
        load_hour(files.warehouse, lake.put(number, [event("x", received=received, properties={"n": number})]))
    changed = lake.put(2, [event("x", received=65, properties={"n": 9})])
    without = lake.put(5, [event("y", received=300)])
    load_hour(files.warehouse, changed)
    load_hour(files.warehouse, without)
    check_sums(files)
    assert files.query("SELECT _archive_hour FROM events.tracks WHERE id = 'x'") == [{"_archive_hour": hour_at(4)}]
