"""A junk table or column taken away: its values are rescued, its place is free, and it comes again only when let in."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loaders.catalog.file import DROPPED, Entry
from loaders.catalog.import_types import import_types, read_types
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.load.load import load_hour
from loaders.rewrite.drop import Dropped, Restored, drop_target, restore_target
from loaders.rewrite.rewrite import RewriteInputs
from loaders.transform.catalog import WHOLE, Budgets, DropTarget
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot
from tests.promises.compare import differences

JUNK: dict[str, Any] = {"junk": "j", "Junk": 1.50, "deep": {"junk": [1, None]}}


def drop(files: Files, lake: MemoryLake, table: str, column: str = WHOLE, *, dry_run: bool = False) -> Dropped:
    inputs = RewriteInputs(lake.source, lake.schema, lake.lookup)
    return drop_target(files.warehouse, inputs, DropTarget(table, column), dry_run=dry_run)


def restore(files: Files, table: str, column: str = WHOLE) -> Restored:
    return restore_target(files.warehouse, DropTarget(table, column), source="default", schema="events")


def made(prefix: str, count: int = 3, received: int = 0, **more: Any) -> list[Event]:  # noqa: ANN401  members
    properties = {"price": 1.25} | more
    return [event(f"{prefix}{number}", at=number, received=received, properties=properties) for number in range(count)]


def person(ident: str, at: float, **traits: object) -> Event:
    return event(ident, type="identify", name=None, at=at, user_id=f"u{ident[-1]}", traits=traits)


def all_hours(lake: MemoryLake) -> list[Hour]:
    """Junk in every kind of place, copies in two hours, and an event without junk."""
    return [
        lake.put(
            0, [*made("a", **JUNK), *made("b"), person("i1", 1, plan="pro", junk="x"), person("i2", 2, plan="one")]
        ),
        lake.put(
            1,
            [
                *made("a", 2, 60, junk=7),
                event("v", name="Debug", at=70, received=70, properties={"x": 1}, context={"app": {"name": "web"}}),
                event("w", name="Users", at=71, received=71, properties={"x": "1"}),
                event("p", type="page", name="Home", at=72, properties={"junk": True}),
                person("i1", 60, junk="y"),
            ],
        ),
        lake.put(
            2, [event("v2", name="debug", at=130, received=130, properties={"y": [1]}), *made("a", 1, 120, junk="last")]
        ),
    ]


def load_all(files: Files, hours: Sequence[Hour]) -> None:
    for hour in hours:
        load_hour(files.warehouse, hour)


def fresh(tmp_path: Path, hours: Sequence[Hour], *places: tuple[str, str], name: str = "fresh") -> Files:
    """The same hours in a new warehouse into which these places may never come."""
    other = Files(tmp_path / f"{name}.duckdb")
    entries = [Entry(table, column, DROPPED) for table, column in places]
    import_types(other.warehouse, entries, source="default", schema="events", pin=False)
    load_all(other, hours)
    return other


def compare(files: Files, other: Files) -> list[str]:
    with files.open():
        return differences(files.path, other.path)


@pytest.mark.parametrize(
    "place",
    [("_order", "junk"), ("_order", "deep_junk"), ("_order", "price"), ("pages", "junk"), ("identifies", "junk"),
     ("tracks", "context_app_name"), ("debug", WHOLE), ("_users", WHOLE)],
    ids=lambda place: ".".join(place),
)  # fmt: skip
def test_what_was_dropped_is_as_if_it_had_never_come(files: Files, tmp_path: Path, place: tuple[str, str]) -> None:
    hours = all_hours(MemoryLake())
    lake = MemoryLake(hours={})
    load_all(files, all_hours(lake))
    done = drop(files, lake, *place)
    assert (done.table, done.column) == place
    assert compare(files, fresh(tmp_path, hours, place)) == []
    check_sums(files)


def test_the_values_of_a_dropped_column_are_rescued_as_they_were_sent(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    done = drop(files, lake, "_order", "junk")
    assert (done.dropped, done.rows, done.hours) == (3, 3, 3)
    rescued = {row["id"]: row["_rescued"] for row in files.query('SELECT id, _rescued FROM events."_order"')}
    assert json.loads(rescued["a0"]) == {"properties": {"junk": "last"}}
    assert rescued["b0"] is None
    assert sum(text is not None for text in rescued.values()) == 3


def test_the_values_of_a_dropped_table_are_rescued_in_tracks(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    done = drop(files, lake, "debug")
    assert (done.dropped, done.rows) == (2, 2)
    assert "debug" not in files.table_names()
    rows = files.query("SELECT id, event, _rescued FROM events.tracks WHERE event = 'debug' ORDER BY id")
    assert [(row["id"], json.loads(row["_rescued"])) for row in rows] == [
        ("v", {"properties": {"x": 1}}),
        ("v2", {"properties": {"y": [1]}}),
    ]
    (reported,) = files.query(
        "SELECT sum(deleted) AS gone FROM tideline.arrivals WHERE table_name = 'debug' AND load_id = ?", done.load_id
    )
    assert reported["gone"] == 2


@pytest.mark.slow
def test_no_event_brings_it_again_in_whatever_order_hours_come(file: Files, tmp_path: Path) -> None:
    places = [("_order", "junk"), ("identifies", "junk"), ("debug", WHOLE)]
    reference = fresh(tmp_path, all_hours(MemoryLake()), *places)
    for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 2, 0)]):
        lake = MemoryLake()
        hours = all_hours(lake)
        warehouse = Files(tmp_path / f"{number}.duckdb")
        for step, place in zip(order, places, strict=True):
            load_hour(warehouse.warehouse, hours[step])
            if place[0] in read_types(warehouse.warehouse, source="default", schema="events").tables:
                try:
                    drop(warehouse, lake, *place)
                    continue
                except Terminal:
                    pass
            import_types(warehouse.warehouse, [Entry(*place, DROPPED)], source="default", schema="events", pin=False)
        load_all(warehouse, hours)
        for hour in hours:
            load_hour(warehouse.warehouse, hour, reload=True)
        assert differences(warehouse.path, reference.path) == []
        check_sums(warehouse)


def test_dropping_frees_the_budgets(files: Files) -> None:
    lake = MemoryLake()
    hours = [lake.put(0, [event("a", name="Junk")]), lake.put(1, [event("b", name="Order", properties={"n": 1})])]
    budgets = Budgets(tables=1)
    load_hour(files.warehouse, hours[0], budgets=budgets)
    drop(files, lake, "junk")
    load_hour(files.warehouse, hours[1], budgets=budgets)
    assert "_order" in files.table_names()
    drop(files, lake, "_order", "n")
    more = lake.put(2, [event("c", name="Order", at=120, received=120, properties={"m": 1})])
    room = len(files.table("_order")[0]) + 2  # uuid_ts, and one more
    load_hour(files.warehouse, more, budgets=Budgets(columns=room, tables=1))
    assert [row["m"] for row in files.table("_order") if row["id"] == "c"] == [1]


def test_what_is_restored_comes_again_with_the_next_event_and_whole_with_a_reload(files: Files, tmp_path: Path) -> None:
    lake = MemoryLake()
    hours = all_hours(lake)
    load_all(files, hours)
    drop(files, lake, "_order", "junk")
    drop(files, lake, "debug")
    restore(files, "_order", "junk")
    restore(files, "debug")
    newest = lake.put(3, [*made("n", 1, junk="new"), event("v3", name="Debug", at=190, received=190)])
    load_hour(files.warehouse, newest)
    assert [row["junk"] for row in files.table("_order") if row["junk"]] == ["new"]
    assert files.ids("debug") == ["v3"]
    for hour in hours:
        load_hour(files.warehouse, hour, reload=True)
    assert compare(files, fresh(tmp_path, [newest, *hours])) == []
    check_sums(files)


def test_a_view_that_needs_it_is_named_and_nothing_is_dropped(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    files.execute('CREATE SCHEMA bi; CREATE VIEW bi."By junk" AS SELECT junk FROM events."_order"')
    files.execute("CREATE VIEW bi.debugs AS SELECT * FROM events.debug")
    files.execute("CREATE VIEW bi.people AS SELECT id, junk FROM events.users")
    files.execute('CREATE VIEW bi.prices AS SELECT price FROM events."_order"')
    before = snapshot(files)
    for place, view in (
        (("_order", "junk"), "bi.By junk"),
        (("debug", WHOLE), "bi.debugs"),
        (
            ("identifies", "junk"),
            "bi.people",
        ),
    ):
        with pytest.raises(Terminal, match="nothing was dropped") as reported:
            drop(files, lake, *place)
        assert f"DROP VIEW {view};" in re.sub('[`"]', "", str(reported.value))
        assert "prices" not in str(reported.value)
    assert snapshot(files) == before
    files.execute('DROP VIEW bi."By junk"')
    assert drop(files, lake, "_order", "junk").rows == 3


def test_a_dry_run_tells_the_same_and_changes_nothing(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    before = snapshot(files)
    planned = [drop(files, lake, *place, dry_run=True) for place in (("_order", "junk"), ("debug", WHOLE))]
    assert snapshot(files) == before
    done = [drop(files, lake, "_order", "junk"), drop(files, lake, "debug")]
    assert [(one.dropped, one.rows, one.hours) for one in planned] == [
        (one.dropped, one.rows, one.hours) for one in done
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("tracks", WHOLE), ["tracks", "exclude", '"track"']),
        (("users", WHOLE), ["users", "exclude"]),
        (("users", "plan"), ["identifies"]),
        (("_ordr", WHOLE), ["_ordr", "did you mean '_order'"]),
        (("_order", "jnk"), ["jnk", "did you mean 'junk'"]),
        (("_order", "user_id"), ["standard column"]),
        (("Order", WHOLE), ["'Order'"]),
    ],
    ids=lambda given: ".".join(given) if isinstance(given, tuple) else "",
)
def test_what_cannot_be_dropped_is_reported_by_name(file: Files, place: tuple[str, str], words: list[str]) -> None:
    lake = MemoryLake()
    load_all(file, all_hours(lake))
    with pytest.raises(Terminal) as reported:
        drop(file, lake, *place)
    assert all(word in str(reported.value) for word in words), str(reported.value)


def test_what_is_dropped_or_restored_already_is_a_result_and_changes_nothing(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    for place in (("debug", WHOLE), ("_order", "junk"), ("identifies", "junk")):
        assert not drop(files, lake, *place).already
        before = content(files)
        for dry_run in (True, False):
            again = drop(files, lake, *place, dry_run=dry_run)
            assert again == Dropped(*place, dropped=0, rows=0, hours=0, already=True)
        assert content(files) == before
    first = restore(files, "debug")
    assert (first.already, first.dropped) == (False, ("_order.junk", "identifies.junk"))
    before = content(files)
    assert restore(files, "debug") == replace(first, already=True)
    assert restore(files, "_order", "price").already  # what exists is permitted
    assert content(files) == before


def content(files: Files) -> dict[str, object]:
    return snapshot(files) | {name: files.table(name, "tideline") for name in ("columns", "loads")}


def test_a_mistake_is_no_second_drop_and_no_second_restore(file: Files) -> None:
    lake = MemoryLake()
    with pytest.raises(Terminal, match="no tables yet"):
        drop(file, lake, "debug")
    with pytest.raises(Terminal, match="no tables yet"):
        restore(file, "debug")
    load_all(file, all_hours(lake))
    drop(file, lake, "debug")
    with pytest.raises(Terminal, match="catalog restore debug"):
        drop(file, lake, "debug", "x")
    with pytest.raises(Terminal, match="catalog restore debug"):
        restore(file, "debug", "x")
    with pytest.raises(Terminal, match="standard column"):
        restore(file, "_order", "user_id")
    with pytest.raises(Terminal, match="no table's name"):
        restore(file, "Order")


def test_rows_that_the_lake_has_lost_stop_a_drop(files: Files) -> None:
    lake = MemoryLake()
    load_all(files, all_hours(lake))
    before = snapshot(files)
    lake.put(2, [])
    for place in (("_order", "junk"), ("debug", WHOLE)):
        with pytest.raises(Terminal, match="nothing was changed: 1 row"):
            drop(files, lake, *place)
    assert snapshot(files) == before


def test_a_load_that_was_staged_before_the_drop_does_not_bring_it_back(files: Files, tmp_path: Path) -> None:
    lake = MemoryLake()
    hours = all_hours(lake)
    load_all(files, hours[:2])
    places = [("_order", "junk"), ("debug", WHOLE)]
    waiting = list(places)

    def events(types: Collection[str] | None = None) -> Iterable[pl.DataFrame]:
        while waiting:
            drop(files, lake, *waiting.pop())
        return hours[2].events(types)

    load_hour(files.warehouse, replace(hours[2], events=events))
    assert waiting == []
    assert compare(files, fresh(tmp_path, hours, *places)) == []
    check_sums(files)
