"""Rollups: equal to a plain recomputation, recomputed for exactly the touched days, whatever came in what order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from loaders.rewrite.retain import Owner, drop_old_days
from loaders.rollups.recompute import Schemas, find_due, find_rollups, read_rollup, recompute_days
from tests.drive import archive_hours, load_archive, place
from tests.independent import rollups as plain
from tests.loaders.lake import MemoryLake, event
from tests.loaders.rollups.rolling import (
    ALL,
    COUNT,
    DAY,
    FIRST,
    SCHEMAS,
    days_of,
    each_of,
    file_in,
    lake,
    load,
    now,
    recompute,
    recorded,
)
from tests.loaders.tables import HOMES, Files
from tests.promises.dirty import dirty_archive

__all__ = ["lake"]


def test_the_shipped_rollups_of_a_dirty_archive_are_those_of_a_plain_recomputation(tmp_path: Path) -> None:
    where = place(dirty_archive(tmp_path / "archive"), tmp_path / "work")
    load_archive(where)
    check_against_plain(Files(where.warehouse))


def test_the_shipped_rollups_of_crowded_days_are_those_of_a_plain_recomputation(files: Files, lake: MemoryLake) -> None:
    """Many events a user, with gaps of half an hour and next to it, ties, and types that share sessions."""
    chance = random.Random(3)
    kinds = ["track", "track", "identify", "page", "screen", "group", "alias"]
    for number in range(3):
        made = [
            event(
                f"{number}-{n}",
                type=chance.choice(kinds),
                at=chance.randrange(150) * 30 + chance.choice([0, 0, 1, -1]) / 60,
                received=9 * DAY,
                name=chance.choice(["Order", "Sale", "?"]),
                user_id=chance.choice([None, "u1", "u2", " "]),
                anonymous_id=chance.choice([None, "a1", "u1"]),
            )
            for n in range(150)
        ]
        load(files, lake, number, *made)
    check_against_plain(files)


def check_against_plain(files: Files) -> None:
    """The three tables hold what plain Python makes of the rows of the home tables."""
    results = recompute(files)
    assert not any(result.errors for result in results.values())
    seen = plain.events_of({table: files.table(table) for table in HOMES & set(files.table_names())})
    assert len({each.day for each in seen}) > 2
    assert {
        (row["date"], row["type"], row["event"]): (row["events"], row["users"])
        for row in files.table("events_daily", "rollups")
    } == plain.events_daily(seen)
    assert {
        (row["date"],): (row["users"], row["anonymous"]) for row in files.table("active_users_daily", "rollups")
    } == plain.active_users_daily(seen)
    sessions = files.table("sessions", "rollups")
    assert {
        (row["date"], row["user"], row["started_at"]): (row["ended_at"], row["events"]) for row in sessions
    } == plain.sessions(seen)
    assert len({row["session_id"] for row in sessions}) == len(sessions)


def test_the_order_of_loads_and_of_recomputing_does_not_matter(tmp_path: Path) -> None:
    first = place(dirty_archive(tmp_path / "archive"), tmp_path / "work")
    load_archive(first)
    recompute(Files(first.warehouse))
    second = first.elsewhere(tmp_path / "other")
    for hour in reversed(archive_hours(first)):
        load_archive(second, [hour])
        recompute(Files(second.warehouse))
    for table in ALL:
        assert Files(second.warehouse).table(table, "rollups") == Files(first.warehouse).table(table, "rollups")


def test_a_session_ends_after_more_than_half_an_hour_and_at_midnight(files: Files, lake: MemoryLake) -> None:
    instants = [0, 30, 60 + 1e-6 / 60 * 2, 70, DAY - 1, DAY + 1]
    load(files, lake, 0, *(event(f"e{n}", at=at, received=9 * DAY) for n, at in enumerate(instants)))
    load(files, lake, 1, event("i", type="identify", at=30), event("n", at=21, user_id=None))
    recompute(files)
    rows = files.query("SELECT date, events FROM rollups.sessions ORDER BY started_at")
    assert [(row["date"] - FIRST, row["events"]) for row in rows] == [
        (timedelta(0), 3),
        (timedelta(0), 2),
        (timedelta(0), 1),
        (timedelta(1), 1),
    ]


def test_users_without_an_id_are_anonymous_and_an_event_without_either_is_in_no_session(
    files: Files, lake: MemoryLake
) -> None:
    load(
        files,
        lake,
        0,
        event("a", user_id="u1", anonymous_id="x"),
        event("b", user_id=None, anonymous_id="x"),
        event("c", user_id=None, anonymous_id="y", type="page"),
        event("d", user_id=None, anonymous_id=None, type="page"),
    )
    recompute(files)
    assert files.table("active_users_daily", "rollups") == [{"date": FIRST, "users": 3, "anonymous": 2}]
    assert sum(row["events"] for row in files.table("sessions", "rollups")) == 3
    assert [
        (row["type"], row["event"], row["events"], row["users"]) for row in files.table("events_daily", "rollups")
    ] == [
        ("page", None, 2, 1),
        ("track", "order", 2, 2),
    ]


def test_only_the_days_that_loads_touched_are_recomputed_each_once(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, *(event(f"e{day}", at=day * DAY, received=9 * DAY) for day in range(5)))
    assert days_of(recompute(files)) == each_of([0, 1, 2, 3, 4])
    assert recompute(files) == {}
    before = recorded(files), [files.table(table, "rollups") for table in ALL]
    loads = [load(files, lake, n, event(f"late{n}", at=3 * DAY + n, received=9 * DAY, user_id="u2")) for n in (1, 2)]
    results = recompute(files)
    assert days_of(results) == each_of([3])
    for result in results.values():
        assert [(day.why, [load.load_id for load in day.loads]) for day in result.days] == [("touched", loads)]
    late = FIRST + timedelta(days=3)
    after = recorded(files), [files.table(table, "rollups") for table in ALL]
    assert [row for row in after[0] if row["date"] != late] == [row for row in before[0] if row["date"] != late]
    assert {row["load_id"] for row in after[0] if row["date"] == late} == {loads[-1]}
    for now_held, held in zip(after[1], before[1], strict=True):
        assert [row for row in now_held if row["date"] != late] == [row for row in held if row["date"] != late]
        assert [row for row in now_held if row["date"] == late] != [row for row in held if row["date"] == late]


def test_a_day_that_lost_its_events_ends_without_rows_and_stays_recorded(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a", at=0, received=0))
    recompute(files)
    load(files, lake, 1, event("a", at=DAY, received=2 * DAY))
    assert days_of(recompute(files)) == each_of([0, 1])
    for table in ALL:
        assert {row["date"] for row in files.table(table, "rollups")} == {FIRST + timedelta(days=1)}
    assert [row["date"] for row in recorded(files)] == [FIRST, FIRST + timedelta(days=1)] * 3
    assert recompute(files) == {}


def test_an_edited_file_is_recomputed_everywhere_and_the_others_are_left_alone(
    files: Files, lake: MemoryLake, tmp_path: Path
) -> None:
    load(files, lake, 0, *(event(f"e{day}", at=day * DAY, received=99 * DAY) for day in range(40)))
    own = file_in(tmp_path / "own", COUNT)
    assert days_of(recompute(files, own)) == each_of(list(range(40)), *ALL, "mine")
    file_in(own, f"-- the same, with a comment: twice\n{COUNT}")
    results = recompute(files, own)
    assert days_of(results) == {"mine": list(range(40))}
    assert {day.why for day in results["mine"].days} == {"edited"}
    file_in(own, COUNT.replace("COUNT(*) AS n", "COUNT(*) * 1.5 AS n, 'x' AS word"))
    assert days_of(recompute(files, own)) == {"mine": list(range(40))}
    assert {(row["n"], row["word"]) for row in files.table("mine", "rollups")} == {(1.5, "x")}
    assert len(files.table("mine", "rollups")) == 40
    assert recompute(files, own) == {}


def test_a_table_whose_column_was_widened_is_made_anew_for_every_day(
    files: Files, lake: MemoryLake, tmp_path: Path
) -> None:
    text = 'SELECT event_date AS date, price FROM sale WHERE "timestamp" >= :start AND "timestamp" < :end'
    own = file_in(tmp_path / "own", text)
    prices = [
        event(f"e{n}", at=n // 25 * DAY, received=9 * DAY, name="Sale", properties={"price": n}) for n in range(50)
    ]
    load(files, lake, 0, *prices)
    recompute(files, own)
    load(files, lake, 1, event("f", at=DAY, received=9 * DAY, name="Sale", properties={"price": 0.5}))
    assert days_of(recompute(files, own)) == each_of([1]) | {"mine": [0, 1]}
    assert sorted(row["price"] for row in files.table("mine", "rollups")) == sorted([0.5, *map(float, range(50))])
    assert recompute(files, own) == {}


def test_a_table_that_was_dropped_is_computed_again(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, *(event(f"e{day}", at=day * DAY, received=99 * DAY) for day in range(35)))
    recompute(files)
    before = files.table("sessions", "rollups")
    with files.warehouse.loading("events") as session:
        session.connection.exec_driver_sql("DROP TABLE rollups.sessions")
    assert days_of(recompute(files)) == {"sessions": list(range(35))}
    assert files.table("sessions", "rollups") == before


@pytest.mark.parametrize(
    "made",
    [
        "TABLE rollups.mine AS SELECT 1 AS precious",
        "TABLE rollups.mine (date DATE, n BIGINT)",
        "VIEW rollups.mine AS SELECT 1 AS precious",
    ],
)
def test_what_somebody_else_has_made_is_not_replaced(files: Files, lake: MemoryLake, tmp_path: Path, made: str) -> None:
    """Not even where it has the columns of the rollup; the other rollups are computed."""
    load(files, lake, 0, event())
    own = file_in(tmp_path / "own", COUNT)
    files.execute("CREATE SCHEMA rollups")
    files.execute(f"CREATE {made}")
    before = files.query("SELECT * FROM rollups.mine")
    results = recompute(files, own)
    (error,) = results["mine"].errors
    assert f"{own / 'mine.sql'}: rollups.mine is not computed: a " in error
    assert error.endswith("Rename the file, or rename or drop what has its name")
    assert files.query("SELECT * FROM rollups.mine") == before
    assert {name for name, days in days_of(results).items() if days} == set(ALL)
    files.execute(f"DROP {made.split()[0]} rollups.mine")
    assert days_of(recompute(files, own)) == {"mine": [0]}


def test_two_sources_have_rollups_of_their_own(files: Files) -> None:
    for schema in ("web", "he said \"x\", 'y'"):
        load(files, MemoryLake(source=schema, schema=schema), 0, event(user_id=schema))
    web, odd = Schemas("web", "rollups_web"), Schemas("he said \"x\", 'y'", "rollups_odd")
    assert days_of(recompute(files, schemas=web)) == each_of([0])
    assert days_of(recompute(files, schemas=odd)) == each_of([0])
    assert recompute(files, schemas=web) == {}
    assert [row["rollup"] for row in recorded(files)] == sorted(
        f"{schemas.rollups}.{name}" for schemas in (web, odd) for name in ALL
    )
    for schemas in (web, odd):
        (row,) = files.table("sessions", schemas.rollups)
        assert row["user"] == schemas.events


def test_a_day_that_is_not_due_is_recomputed_only_when_asked_for(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event())
    recompute(files)
    rollup, before = read_rollup(find_rollups(None)["sessions"]), recorded(files)

    def again(*, asked: bool) -> Sequence[str]:
        begin = partial(files.warehouse.loading, SCHEMAS.events)
        result = recompute_days(begin, SCHEMAS, rollup, [FIRST, date(2020, 1, 1)], now=now, asked=asked)
        return [f"{day.date} {day.why} {day.rows}" for day in result.days]

    assert again(asked=False) == []
    assert recorded(files) == before
    assert again(asked=True) == ["2020-01-01 asked 0", "2026-01-31 asked 1"]
    with files.warehouse.reading() as session:
        assert find_due(session, SCHEMAS, [rollup]) == {}


def test_nothing_is_due_where_nothing_was_loaded(files: Files) -> None:
    assert recompute(files) == {}


def test_a_day_whose_events_retention_has_dropped_keeps_what_was_computed(files: Files, lake: MemoryLake) -> None:
    """Even when a late event of it comes, which goes at the next pass."""
    load(files, lake, 0, *(event(f"e{day}", at=day * DAY, received=99 * DAY) for day in range(4)))
    recompute(files)
    before = files.table("events_daily", "rollups")
    today = datetime(2026, 2, 4, tzinfo=UTC)
    drop_old_days(files.warehouse, Owner("default", "events"), days=2, now=lambda: today)
    assert files.ids("tracks") == ["e2", "e3"]
    load(files, lake, 1, event("late", at=5, received=99 * DAY), event("new", at=3 * DAY, received=99 * DAY))
    assert days_of(recompute(files)) == each_of([3])
    after = files.table("events_daily", "rollups")
    assert [row for row in after if row["date"] < date(2026, 2, 3)] == [
        row for row in before if row["date"] < date(2026, 2, 3)
    ]
