"""The newest copy of an id stays, whatever the order in which hours come (contract §7)."""

from __future__ import annotations

import itertools
from pathlib import Path

from loaders.load.load import load_hour
from loaders.transform.standard_columns import HOME_TABLES
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums, snapshot


def _same(id: str) -> Event:
    return event(id, received=5, properties={"n": 1})


# Copies of one id, a row per archive hour 0, 1, 2. Each contest has an id of its own: all of them are loaded at once.
CONTESTS: dict[str, list[list[Event]]] = {
    "received": [[event("received", received=minute)] for minute in (1, 3, 2)],
    "fingerprint": [[event("fingerprint", _fingerprint=n, properties={"n": n})] for n in (-5, 7, 6)],
    "byte-equal": [[_same("byte-equal")]] * 3,
    "renamed": [
        [event("renamed", received=minute, name=name)] for minute, name in ((0, "One"), (2, "Two"), (1, "One"))
    ],
    "unnameable": [[event("unnameable", name="One")], [event("unnameable", received=2, name="$")], []],
    "like ours": [
        [event("like ours", received=minute, name=name)]
        for minute, name in ((0, "users"), (2, "tracks"), (1, "_users"))
    ],
    "moved": [[event("moved", at=0)], [event("moved", at=-90, received=9)], [event("moved", at=-200)]],
    "unbelieved": [[event("unbelieved", received=minute)] for minute in (None, -600, 0)],
    "start of its hour": [  # hour 1 starts at minute 60: there it was sent and believed, in hour 2 it was not believed
        [event("start of its hour", received=minute, properties={"n": n})] for n, minute in enumerate((-1, 60, None))
    ],
    "none believed": [[event("none believed", received=None, _fingerprint=n)] for n in (1, 3, 2)],
    "types": [
        [event("types"), event("types", type="identify", traits={"plan": "pro"})],
        [event("types", type="page", received=9), event("types", type="identify", received=9, traits={"plan": "free"})],
        [event("types", received=3), event("types", type="group", group_id="g")],
    ],
}
HOURS: list[list[Event]] = [list(itertools.chain(*hour)) for hour in zip(*CONTESTS.values(), strict=True)]


def load_in_order(folder: Path, order: tuple[int, ...]) -> Files:
    files = Files(folder / f"{'-'.join(map(str, order))}.duckdb")
    lake = MemoryLake()
    for number, events in enumerate(HOURS):
        lake.put(number, events)
    for number in order:
        load_hour(files.warehouse, lake.hour(number))
    check_sums(files)
    return files


def test_hours_in_any_order_give_the_same_tables(tmp_path: Path) -> None:
    orders = list(itertools.permutations(range(3)))
    first, *others = (snapshot(load_in_order(tmp_path, order)) for order in orders)
    for order, other in zip(orders[1:], others, strict=True):
        assert other == first, order


def test_the_winner_is_the_one_of_the_contract(tmp_path: Path) -> None:
    files = load_in_order(tmp_path, (1, 2, 0))
    won = {row["id"]: (row["_archive_hour"] - hour_at(0)).seconds // 3600 for row in files.table("tracks")}
    assert won == {
        "received": 1, "fingerprint": 1, "byte-equal": 0, "renamed": 1, "unnameable": 1, "like ours": 1, "moved": 1,
        "unbelieved": 2, "start of its hour": 1, "none believed": 1, "types": 2,
    }  # fmt: skip
    brought = {(event["type"], event["id"], hour) for hour in range(3) for event in HOURS[hour]}
    winners = {
        (kind, row["id"]): row["_archive_hour"]
        for kind, table in HOME_TABLES.items()
        if kind in {"track", "identify", "page", "group"}
        for row in files.table(table)
    }
    copies = {(row["type"], row["id"], row["archive_hour"]) for row in files.table("copies", "tideline")}
    assert copies == {(kind, id, hour_at(hour)) for kind, id, hour in brought if winners[kind, id] != hour_at(hour)}


def test_a_winner_with_another_name_takes_the_loser_out_of_its_event_table(tmp_path: Path) -> None:
    files = load_in_order(tmp_path, (0, 2, 1))
    assert (files.ids("one"), files.ids("two")) == ([], ["renamed"])
    assert (files.ids("_users"), files.ids("_tracks")) == ([], ["like ours"])


def test_a_copy_that_loses_changes_nothing(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", received=9)]))
    result = load_hour(files.warehouse, lake.put(1, [event("a", received=1)]))
    assert result.touched == ()
    assert {name: result.counts[name] for name in ("staged", "inserted", "updated", "ignored", "deleted")} == {
        "staged": 2, "inserted": 0, "updated": 0, "ignored": 2, "deleted": 0,
    }  # fmt: skip


def test_a_row_that_moves_is_deleted_there_and_inserted_here(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", at=0, name="One")]))
    result = load_hour(files.warehouse, lake.put(1, [event("a", at=30, received=9, name="Two")]))
    assert (result.tables["tracks"].updated, result.tables["tracks"].inserted) == (1, 0)
    assert (result.tables["one"].deleted, result.tables["two"].inserted) == (1, 1)
    result = load_hour(files.warehouse, lake.put(2, [event("a", at=70, received=10, name="Two")]))
    assert (result.tables["two"].deleted, result.tables["two"].inserted, result.tables["two"].updated) == (1, 1, 0)


def test_a_row_of_each_type_that_replaces_its_own_is_an_update(file: Files) -> None:
    kinds = {"track": "tracks", "page": "pages", "identify": "identifies"}
    lake, copies = MemoryLake(), [[event(of, type=of, received=hour) for of in kinds] for hour in range(2)]
    load_hour(file.warehouse, lake.put(0, copies[0]))
    result = load_hour(file.warehouse, lake.put(1, copies[1]))
    counts = {table: (result.tables[table].updated, result.tables[table].deleted) for table in kinds.values()}
    assert counts == dict.fromkeys(kinds.values(), (1, 0))
