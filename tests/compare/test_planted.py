"""A difference that was planted in the other schema is found, and no rule explains it away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from event_assets.config.settings import SettingsError
from event_assets.health.compare.compare import Compared
from tests.compare.side_by_side import VENDOR, Events, clock, compare_both, event, load_both, rules_of, unexplained
from tests.drive import Place
from tests.independent.names import name_of
from tests.postgres import Server
from tests.promises.archives import hour_number

LONG: Final = "Much Longer Than A Name " * 4


def dirty_events() -> Events:
    """Two days of events, with differences of several rules among them."""
    plain = [
        event(f"a-{number}", 0, minute=number, properties={"n": number, "s": f"s{number}"}) for number in range(12)
    ]
    odd: list[dict[str, Any]] = [
        event("odd-1", 0, minute=20, properties={"n": 2.5, "s": "ü", "timestamp": "x"}),
        event(None, 0, minute=21, properties={"n": 1, "s": "no id"}),
        event("odd-2", 0, minute=22, event="日本", properties={"n": 1}),
        event("odd-4", 0, minute=24, event=LONG, properties={"n": 1}),
        event("odd-3", 0, minute=23, timestamp="2099-01-01T00:00:00Z", properties={"n": 9007199254740993}),
    ]
    people = [
        event(f"i-{number}", 1, type="identify", userId=f"u-{number}", traits={"plan": "a"}) for number in range(4)
    ]
    late = event("i-late", 1, type="identify", userId="u-1", traits={"plan": "b"}, timestamp=clock(hour_number(-30)))
    tomorrow = [event(f"b-{number}", 25, minute=number, properties={"n": number, "s": "t"}) for number in range(6)]
    pages = [event(f"p-{number}", 25, type="page", name="Home") for number in range(3)]
    return {0: [*plain, *odd, plain[0]], 1: [*people, late], 25: [*tomorrow, *pages]}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Both schemas in one DuckDB file, which is not changed."""
    return load_both(dirty_events(), tmp_path_factory.mktemp("planted"))


@pytest.fixture
def both(original: Place, tmp_path: Path) -> Place:
    """A copy of both schemas."""
    return original.copy_to(tmp_path / "copy")


SCHEMA: Final = f'"{VENDOR}"'
PLANTED: Final[dict[str, tuple[str, list[str]]]] = {
    "a row deleted": (
        f"DELETE FROM {SCHEMA}.order_done WHERE id = 'a-3'",
        ["order_done: only_here a-3   "],
    ),
    "a row deleted here": (
        "DELETE FROM events.order_done WHERE id = 'a-3'",
        ["order_done: only_there a-3   "],
    ),
    "a row of a long name deleted": (
        f"DELETE FROM {SCHEMA}.{name_of(LONG)} WHERE id = 'odd-4'",
        [f"{name_of(LONG)}: only_here odd-4   "],
    ),
    "a row doubled": (
        f"INSERT INTO {SCHEMA}.tracks SELECT * FROM {SCHEMA}.tracks WHERE id = 'a-5'",
        ["tracks: only_there a-5   "],
    ),
    "an id-less row doubled": (
        f"INSERT INTO {SCHEMA}.order_done SELECT * FROM {SCHEMA}.order_done WHERE s = 'no id'",
        ["order_done: only_there"],
    ),
    "a text changed": (
        f"UPDATE {SCHEMA}.order_done SET s = 'S4' WHERE id = 'a-4'",
        ["order_done: differs a-4 s s4 S4"],
    ),
    "a number changed": (
        f"UPDATE {SCHEMA}.order_done SET n = 99 WHERE id = 'odd-1'",
        ["order_done: differs odd-1 n 2.5 99"],
    ),
    "a value removed": (
        f"UPDATE {SCHEMA}.order_done SET s = NULL WHERE id = 'b-2'",
        ["order_done: differs b-2 s t NULL"],
    ),
    "a value invented": (
        f"UPDATE {SCHEMA}.tracks SET channel = 'web' WHERE id = 'b-2'",
        ["tracks: differs b-2 channel NULL web"],
    ),
    "a clock moved to another day": (
        f"UPDATE {SCHEMA}.tracks SET \"timestamp\" = \"timestamp\" + INTERVAL '3' DAY WHERE id = 'a-7'",
        ["tracks: differs a-7 timestamp 2026-11-23T00:07:01.250000Z 2026-11-26T00:07:01.250000Z"],
    ),
    "an arrival clock moved": (
        f"UPDATE {SCHEMA}.tracks SET received_at = received_at - INTERVAL '1' HOUR WHERE id = 'b-3'",
        ["tracks: differs b-3 received_at 2026-11-24T01:03:07.250000Z 2026-11-24T00:03:07.250000Z"],
    ),
    "a user changed": (
        f"UPDATE {SCHEMA}.users SET plan = 'c' WHERE id = 'u-2'",
        ["users: differs u-2 plan a c"],
    ),
    "a user by neither order": (
        f"UPDATE {SCHEMA}.users SET plan = 'c' WHERE id = 'u-1'",
        ["users: differs u-1 plan a c"],
    ),
    "a user missing": (f"DELETE FROM {SCHEMA}.users WHERE id = 'u-3'", ["users: only_here u-3   "]),
    "an id lost": (
        f"UPDATE {SCHEMA}.pages SET id = NULL WHERE id = 'p-1'",
        ["pages: only_there    ", "pages: only_here p-1   "],
    ),
    "a day missing": (
        f"DELETE FROM {SCHEMA}.pages WHERE \"timestamp\" >= '2026-11-24T00:00:00Z'",
        ["pages: only_here p-0   ", "pages: only_here p-1   ", "pages: only_here p-2   "],
    ),
    "a column missing": (f"ALTER TABLE {SCHEMA}.order_done DROP COLUMN s", ["order_done.s only here"]),
    "a column missing here": ("ALTER TABLE events.identifies DROP COLUMN plan", ["identifies.plan only there"]),
    "a table missing": (f"DROP TABLE {SCHEMA}.pages", ["here: pages"]),
    "a table invented": (
        f"CREATE TABLE {SCHEMA}.extra AS SELECT * FROM {SCHEMA}.pages",
        ["there: extra"],
    ),
    "no id to match by": (
        f'ALTER TABLE {SCHEMA}.pages RENAME COLUMN id TO "i""d"',
        ["pages.name only there", "pages"],
    ),
}


def test_nothing_is_planted_in_the_original(original: Place) -> None:
    found = compare_both(original)
    assert (unexplained(found), found.findings) == ([], 0)
    assert rules_of(found) == {"reserved", "truncated", "rounded", "ids", "unnameable", "clocks", "users", "names"}


TOGETHER: Final = (
    *("a row deleted", "a row doubled", "a text changed", "a number changed", "a value removed", "a user changed"),
    *("a clock moved to another day", "a day missing", "a column missing here", "a table invented"),
)


@pytest.mark.slow
@pytest.mark.parametrize("planted", [name for name in PLANTED if name not in TOGETHER])
def test_what_is_planted_is_found(planted: str, both: Place) -> None:
    statement, expected = PLANTED[planted]
    both.execute(statement)
    found = unexplained(compare_both(both))
    if planted == "no id to match by":
        assert found == [f"pages: {VENDOR}.pages has no column id: its rows cannot be matched"]
    elif planted == "an id-less row doubled":
        assert [line.rpartition(" ")[0].split(" ", 2)[:2] for line in found] == [["order_done:", "only_there"]]
    else:
        assert sorted(found) == sorted(expected)


def plant_together(where: Place) -> None:
    """Plant several differences; all of them are found."""
    for name in TOGETHER:
        where.execute(PLANTED[name][0])
    expected = [line for name in TOGETHER for line in PLANTED[name][1]]
    expected.remove("there: extra")  # it is a copy of the pages, whose day is missing by then
    assert sorted(unexplained(compare_both(where))) == sorted(expected)


def test_all_that_is_planted_together_is_found(both: Place) -> None:
    plant_together(both)


@pytest.mark.slow
def test_all_that_is_planted_on_a_server_is_found(tmp_path: Path, postgres: Server) -> None:
    plant_together(load_both(dirty_events(), tmp_path, postgres.new_database()))


def test_a_range_and_tables_narrow_the_comparison(both: Place) -> None:
    both.execute(PLANTED["a text changed"][0])
    both.execute(PLANTED["a value removed"][0])
    both.execute(PLANTED["a clock moved to another day"][0])
    day = datetime.fromisoformat("2026-11-24T00:00:00+00:00")
    second = compare_both(both, Compared(VENDOR, start=day, end=day.replace(hour=23)))
    assert unexplained(second) == ["order_done: differs b-2 s t NULL"]
    first = compare_both(both, Compared(VENDOR, end=hour_number(23), tables=["tracks"]))
    assert unexplained(first) == PLANTED["a clock moved to another day"][1]
    with pytest.raises(SettingsError, match="Neither events nor rudder_prod has a table nothing"):
        compare_both(both, Compared(VENDOR, tables=["nothing"]))
    with pytest.raises(SettingsError, match="no tables in a schema nowhere"):
        compare_both(both, Compared("nowhere"))
    with pytest.raises(SettingsError, match="events is the schema of the source itself"):
        compare_both(both, Compared("events"))


def test_rows_that_are_too_many_are_counted_and_not_explained(both: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    both.execute(f"UPDATE {SCHEMA}.order_done SET s = 'other' WHERE s LIKE 's%'")
    monkeypatch.setattr("event_assets.health.compare.table.LEAST_PER_DAY", 2)
    found = compare_both(both, Compared(VENDOR, tables=["order_done"], rows=2))
    (day,) = found.tables[0].days
    assert (day.day, day.unexamined, day.unexplained) == ("2026-11-23", 14, 16)
    assert found.findings == 16


def test_nothing_is_written(original: Place) -> None:
    before = original.warehouse.read_bytes()
    compare_both(original)
    assert original.warehouse.read_bytes() == before


def test_hostile_names_are_only_names(both: Place) -> None:
    table, column = 'x"; DROP TABLE events.tracks; --{a}:b%', "a'b\"c {0} :days %s"
    quoted, name = (text.replace('"', '""') for text in (table, column))
    for schema in ("events", VENDOR):
        both.execute(f'CREATE TABLE "{schema}"."{quoted}" AS SELECT *, 1 AS "{name}" FROM "{schema}".pages')
    both.execute(f'UPDATE "{VENDOR}"."{quoted}" SET "{name}" = 2 WHERE id = \'p-1\'')
    shown = f"{table.lower()}: differs p-1 {column} 1 2"
    assert unexplained(compare_both(both)) == [shown]
    for odd in ('o"; --', "a:b {x} %"):
        both.execute('DROP SCHEMA IF EXISTS "{}" CASCADE'.format(odd.replace('"', '""')))
        both.execute('CREATE SCHEMA "{}"'.format(odd.replace('"', '""')))
        both.execute('CREATE TABLE "{}".pages AS SELECT * FROM events.pages'.format(odd.replace('"', '""')))
        assert compare_both(both, Compared(odd, tables=["pages"])).findings == 0
