"""The views over `arrivals` on a small history made by hand: event hours, lateness, restatements (contract §10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from loaders.load.load import load_hour
from tests.loaders.lake import MIDNIGHT, MemoryLake, event, hour_at
from tests.loaders.tables import Files, Rows

DAY = date(2026, 1, 31)
CREATED = datetime(2026, 2, 20, tzinfo=UTC)
DAYS = 24 * 60
"""Minutes of a day."""


def clock(number: int) -> datetime:
    """When load number so many took place."""
    return CREATED + timedelta(hours=number)


def clock_at(number: int) -> Callable[[], datetime]:
    return lambda: clock(number)


@pytest.fixture
def history(files: Files) -> Files:
    """Five loads: on time, late by hours, late by days, an hour that runs again without a row, and one that moves."""
    lake = MemoryLake()
    on_time = [event("a"), event("b", at=1), event("c", at=2, name="Parted"), event("p", type="identify", at=3)]
    hours_late = [event("d", at=5, received=180), event("now", at=180, received=181)]
    days_late = [event("e", at=10, received=2 * DAYS), event("new", at=2 * DAYS, received=2 * DAYS + 1)]
    moved = [event("b", at=1, received=3 * DAYS, name="Renamed")]
    steps = [(0, on_time), (3, hours_late), (48, days_late), (0, [*on_time[1:]]), (72, moved)]
    for number, (archive_hour, events) in enumerate(steps):
        load_hour(files.warehouse, lake.put(archive_hour, events), run_id=f"run {number}", now=clock_at(number))
    return files


def restated(files: Files) -> list[tuple[Any, ...]]:
    rows = files.query(
        "SELECT day, table_name, inserted, updated, deleted, net, reason, archive_hour, run_id, finished_at "
        "FROM tideline.restatements ORDER BY finished_at, day, table_name"
    )
    return [tuple(row.values()) for row in rows]


def event_hours(files: Files, columns: str = 'event_hour, "rows", late, changed_at, loads') -> list[tuple[Any, ...]]:
    rows = files.query(f"SELECT {columns} FROM tideline.event_hours ORDER BY source, schema_name, event_hour")
    return [tuple(row.values()) for row in rows]


def test_an_event_hour_tells_its_rows_which_came_late_and_when_it_changed(history: Files) -> None:
    assert event_hours(history) == [
        (hour_at(0), 5, 2, clock(4), 5),
        (hour_at(3), 1, 0, clock(1), 1),
        (hour_at(48), 1, 0, clock(2), 1),
    ]
    rows = history.query("SELECT count(*) AS n FROM events.tracks")[0]["n"] + len(history.ids("identifies"))
    assert rows == 7


def test_the_curve_tells_which_share_had_arrived_after_each_delay(history: Files) -> None:
    rows = history.query(
        "SELECT delay_hours, arrived, round(share * 7, 6) AS of_seven FROM tideline.lateness ORDER BY delay_hours"
    )
    early = dict.fromkeys((1, 2, 3), 5) | dict.fromkeys((6, 12, 24, 48), 6) | dict.fromkeys((72, 168, 336, 720), 7)
    assert [(row["delay_hours"], row["arrived"], row["of_seven"]) for row in rows] == [
        (delay, arrived, arrived) for delay, arrived in early.items()
    ]


def test_a_restatement_tells_day_table_rows_why_by_which_load_and_when(history: Files) -> None:
    assert restated(history) == [
        (DAY, "_order", 1, 0, 0, 1, "late events", hour_at(48), "run 2", clock(2)),
        (DAY, "tracks", 1, 0, 0, 1, "late events", hour_at(48), "run 2", clock(2)),
        (DAY, "_order", 0, 0, 1, -1, "loaded again", hour_at(0), "run 3", clock(3)),
        (DAY, "tracks", 0, 0, 1, -1, "loaded again", hour_at(0), "run 3", clock(3)),
        (DAY, "_order", 0, 0, 1, -1, "late events", hour_at(72), "run 4", clock(4)),
        (DAY, "renamed", 1, 0, 0, 1, "late events", hour_at(72), "run 4", clock(4)),
        (DAY, "tracks", 0, 1, 0, 0, "late events", hour_at(72), "run 4", clock(4)),
    ]


def test_rows_of_the_same_day_restate_nothing_however_late_in_the_day(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(23, [event("a", at=1, received=23 * 60)]))
    load_hour(files.warehouse, lake.put(0, [event("b", at=2)]))
    assert restated(files) == []
    assert [row[1:3] for row in event_hours(files)] == [(2, 1)]


def test_a_day_is_a_day_in_utc_whatever_the_zone_of_the_reader(history: Files) -> None:
    query = "SELECT DISTINCT day FROM tideline.restatements"
    with history.warehouse.reading() as session:
        session.connection.execute(sa.text("SET TimeZone = 'Pacific/Honolulu'"))
        days = session.connection.execute(sa.text(query)).all()
    assert [tuple(row) for row in days] == [(DAY,)]


def test_an_hour_that_first_had_nothing_is_loaded_again_when_its_file_comes(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, []))
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    assert [(row[1], row[6]) for row in restated(files)] == [("_order", "loaded again"), ("tracks", "loaded again")]


def test_an_hour_whose_ledger_row_was_lost_is_still_known_to_be_loaded_again(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    files.execute("DELETE FROM tideline.loads")
    load_hour(files.warehouse, lake.put(0, [event("a"), event("b")]), run_id="second")
    assert [(row[1], row[2], row[6], row[8]) for row in restated(files)] == [
        (table, 1, "loaded again", "second") for table in ("_order", "tracks")
    ]


def now_hour() -> int:
    """The number of the hour that is now open."""
    return int((datetime.now(UTC) - MIDNIGHT) / timedelta(hours=1))


def live(number: int, *, count: int = 1, late: int = 0) -> Rows:
    """Events of an archive hour: on time, and of the event hour `late` hours before it."""
    at, received = (number - late) * 60, number * 60
    return [event(f"{number}-{late}-{n}", at=at, received=received) for n in range(count)]


def test_how_settled_an_hour_is_follows_the_curve_by_its_age(files: Files) -> None:
    lake, now = MemoryLake(), now_hour()
    for number in range(now - 6, now):
        load_hour(files.warehouse, lake.put(number, live(number, count=3) + live(number, late=3)))
    load_hour(files.warehouse, lake.put(now, live(now)))
    (at_hand,) = files.query("SELECT CAST(min(share) AS DOUBLE) AS share FROM tideline.lateness WHERE delay_hours = 1")
    assert at_hand["share"] == pytest.approx(19 / 25)
    settled = {row[0]: row[1] for row in event_hours(files, "event_hour, settled")}
    found = [settled[hour_at(number)] for number in (now, now - 1, now - 3, now - 6)]
    assert found == [0, pytest.approx(19 / 25), pytest.approx(19 / 25), 1]


def test_the_curve_of_an_archive_that_stopped_is_that_of_its_last_thirty_days(files: Files) -> None:
    lake = MemoryLake()
    for number in (0, 30 * 24 - 1, 30 * 24):
        load_hour(files.warehouse, lake.put(number, live(number) + live(number, late=50)))
    rows = {row["delay_hours"]: row["arrived"] for row in files.query("SELECT * FROM tideline.lateness")}
    assert (rows[1], rows[48], rows[72]) == (2, 2, 4)
    settled = {row[0]: row[1] for row in event_hours(files, "event_hour, settled")}
    assert settled[hour_at(0)] == 1


def test_a_view_is_made_anew_only_when_its_sql_has_changed(file: Files) -> None:
    lake, files = MemoryLake(), file
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    with duckdb.connect(str(files.path)) as connection:
        connection.execute("CREATE OR REPLACE VIEW tideline.restatements AS SELECT 'mine' AS author")
        connection.execute("DROP VIEW tideline.lateness")
        connection.execute("UPDATE tideline.views SET sql_hash = 'old' WHERE view_name = 'event_hours'")
        connection.execute("CREATE OR REPLACE VIEW tideline.event_hours AS SELECT 'old' AS author")
    load_hour(files.warehouse, lake.put(1, [event("b", at=70)]))
    assert files.query("SELECT * FROM tideline.restatements") == [{"author": "mine"}]
    assert len(files.query("SELECT * FROM tideline.lateness")) == 11
    described = files.query("DESCRIBE tideline.event_hours")
    assert [row["column_name"] for row in described][:4] == ["source", "schema_name", "event_hour", "rows"]
    assert len(files.query("SELECT * FROM tideline.views")) == 3
