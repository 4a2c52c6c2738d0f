"""Old days are dropped whole, recorded in `arrivals`, and nothing else is touched (`retain_days`)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Transient
from loaders.load.load import load_hour
from loaders.rewrite.retain import Owner, RetainResult, drop_old_days
from tests.loaders.lake import MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums, snapshot

DAYS: Final = 24 * 60
"""Minutes of a day."""
OWNER: Final = Owner("default", "events")
TODAY: Final = datetime(2026, 2, 10, 5, tzinfo=UTC)


def drop(files: Files, days: int, *, dry_run: bool = False, today: datetime = TODAY) -> RetainResult:
    return drop_old_days(files.warehouse, OWNER, days=days, dry_run=dry_run, now=lambda: today)


@pytest.fixture
def lake(files: Files) -> MemoryLake:
    """Events of 31 January and 1 February; the second archive day brings a late one and a newer copy."""
    lake = MemoryLake()
    first = [
        event("old"),
        event("copied", at=1, received=1),
        event("page", type="page", name=None, at=2),
        event("who", type="identify", at=3, traits={"plan": "pro"}),
    ]
    second = [
        event("late", at=30, received=DAYS),
        event("copied", at=1, received=DAYS, name="Renamed"),
        event("young", at=DAYS + 1, received=DAYS + 1),
    ]
    for number, events in ((0, first), (24, second)):
        load_hour(files.warehouse, lake.put(number, events), now=lambda: TODAY - timedelta(days=1))
    return lake


def test_days_before_today_minus_retain_days_go_and_identifies_stay(files: Files, lake: MemoryLake) -> None:
    result = drop(files, 9)
    assert (result.before, result.tables) == (
        date(2026, 2, 1),
        {"_order": 2, "pages": 1, "renamed": 1, "tracks": 3},
    )
    assert [files.ids(table) for table in ("tracks", "_order", "renamed", "pages")] == [["young"], ["young"], [], []]
    assert (files.ids("identifies"), files.ids("users")) == (["who"], ["u1"])
    assert files.table("copies", "tideline") == []
    check_sums(files)


def test_each_dropped_row_is_reported_under_the_hour_that_brought_it(files: Files, lake: MemoryLake) -> None:
    result = drop(files, 9)
    rows = files.query(
        "SELECT archive_hour, table_name, event_hour, inserted, updated, deleted FROM tideline.arrivals "
        "WHERE load_id = ? ORDER BY ALL",
        result.load_id,
    )
    first, second = hour_at(0), hour_at(24)
    assert [tuple(row.values()) for row in rows] == [
        (first, "_order", first, 0, 0, 1),
        (first, "pages", first, 0, 0, 1),
        (first, "tracks", first, 0, 0, 1),
        (second, "_order", first, 0, 0, 1),
        (second, "renamed", first, 0, 0, 1),
        (second, "tracks", first, 0, 0, 2),
    ]
    assert result.load_id > max(row["load_id"] for row in files.table("loads", "tideline"))


def test_a_pass_is_a_restatement_of_its_own_and_the_curve_does_not_forget_what_arrived(
    files: Files, lake: MemoryLake
) -> None:
    curve = files.table("lateness", "tideline")
    result = drop(files, 9)
    assert files.table("lateness", "tideline") == curve
    rows = files.query("SELECT * FROM tideline.restatements WHERE reason = 'retention' ORDER BY table_name")
    assert [(row["table_name"], row["deleted"], row["net"], row["archive_hour"]) for row in rows] == [
        ("_order", 2, -2, None),
        ("pages", 1, -1, None),
        ("renamed", 1, -1, None),
        ("tracks", 3, -3, None),
    ]
    assert {row["load_id"] for row in rows} == {result.load_id}
    (hour,) = files.query('SELECT "rows", late, changed_at FROM tideline.event_hours WHERE event_hour = ?', hour_at(0))
    assert tuple(hour.values()) == (1, 0, TODAY)


def test_a_dry_run_tells_the_same_and_changes_nothing(files: Files, lake: MemoryLake) -> None:
    before = snapshot(files)
    reported = drop(files, 9, dry_run=True)
    assert (snapshot(files), reported.load_id) == (before, None)
    assert reported.tables == drop(files, 9).tables


def test_a_pass_without_old_rows_leaves_no_trace(files: Files, lake: MemoryLake) -> None:
    before = snapshot(files)
    assert drop(files, 10) == RetainResult(date(2026, 1, 31), {})
    assert drop(files, 9).load_id
    dropped = files.table("dropped", "tideline")
    assert drop(files, 9) == RetainResult(date(2026, 2, 1), {})
    assert files.table("dropped", "tideline") == dropped
    assert before["tables"] != snapshot(files)["tables"]


def test_a_warehouse_that_is_not_there_yet_has_nothing_to_drop(files: Files) -> None:
    assert drop(files, 1).tables == {}
    assert not files.path.exists()


def test_what_was_dropped_and_comes_again_goes_at_the_next_pass(files: Files, lake: MemoryLake) -> None:
    drop(files, 9)
    load_hour(files.warehouse, lake.put(0, [*lake.hours[hour_at(0)], event("later", at=8)]))
    assert files.ids("tracks") == ["copied", "later", "old", "young"]
    load_hour(files.warehouse, lake.put(30, [event("very late", at=9, received=1800)]))
    assert drop(files, 9, today=TODAY + timedelta(hours=1)).tables == {"_order": 4, "pages": 1, "tracks": 4}
    assert files.ids("tracks") == ["young"]
    check_sums(files)


def test_another_sources_rows_are_left_alone(files: Files, lake: MemoryLake) -> None:
    shop = MemoryLake(source="shop", schema="shop")
    load_hour(files.warehouse, shop.put(0, [event("theirs")]))
    drop(files, 9)
    assert [row["id"] for row in files.table("tracks", "shop")] == ["theirs"]
    assert drop_old_days(files.warehouse, Owner("default", "shop"), days=1).tables == {}


def test_loads_after_a_pass_are_later_than_it(files: Files, lake: MemoryLake) -> None:
    result = drop(files, 9)
    assert result.load_id is not None
    earlier = TODAY - timedelta(hours=1)
    assert load_hour(files.warehouse, lake.put(50, [event("next")]), now=lambda: earlier).load_id > result.load_id


def test_a_table_of_the_users_own_is_left_alone(files: Files, lake: MemoryLake) -> None:
    files.execute("CREATE TABLE events.mine AS SELECT DATE '2020-01-01' AS event_date")
    drop(files, 9)
    assert len(files.table("mine")) == 1


def test_a_pass_that_cannot_have_the_warehouse_drops_nothing(files: Files, lake: MemoryLake) -> None:
    impatient = Warehouse.open(files.url, wait=0.2)
    with files.warehouse.loading("events"), pytest.raises(Transient):
        drop_old_days(impatient, OWNER, days=9, now=lambda: TODAY)
    assert files.ids("tracks") == ["copied", "late", "old", "young"]


def test_reloading_every_hour_brings_dropped_days_back(files: Files, lake: MemoryLake) -> None:
    before = snapshot(files)
    drop(files, 1)
    for number in (0, 24):
        load_hour(files.warehouse, lake.hour(number), reload=True)
    assert snapshot(files) == before
