"""Duplicates by library: a row per archive hour and library of the newest load, in any order of hours."""

from __future__ import annotations

from dataclasses import replace

from loaders.interface.hour import Hour
from loaders.load.load import load_hour, load_hours
from loaders.queries.loads import duplicates_by_library
from tests.loaders.lake import MemoryLake, event, hour_at
from tests.loaders.tables import Files


def sent(lake: MemoryLake, number: int, **libraries: int) -> Hour:
    """An hour of which so many copies were left out by library."""
    hour = lake.put(number, [event(f"e{number}-{sum(libraries.values())}")])
    return replace(hour, duplicates_by_library=libraries)


def recorded(files: Files) -> dict[tuple[int, str], int]:
    rows = files.query("SELECT * FROM tideline.duplicates WHERE source = 'default'")
    assert len({(row["archive_hour"], row["library"]) for row in rows}) == len(rows)
    return {(row["archive_hour"].hour, row["library"]): row["duplicates"] for row in rows}


def test_each_hour_of_a_load_has_its_own_and_a_reload_replaces_them(files: Files) -> None:
    lake = MemoryLake()
    load_hours(files.warehouse, [sent(lake, 0, js=2, ios=1), sent(lake, 1), sent(lake, 2, js=5)])
    assert recorded(files) == {(0, "js"): 2, (0, "ios"): 1, (2, "js"): 5}
    load_hour(files.warehouse, sent(lake, 0, android=7))
    load_hour(files.warehouse, sent(lake, 2))
    assert recorded(files) == {(0, "android"): 7}
    load_hour(files.warehouse, sent(lake, 1, js=1))
    with files.warehouse.reading() as session:
        assert duplicates_by_library(session, "default") == {"android": 7, "js": 1}
        assert duplicates_by_library(session, "default", start=hour_at(1)) == {"js": 1}
        assert duplicates_by_library(session, "other") == {}


def test_a_hostile_name_of_a_library_is_stored_as_text(files: Files) -> None:
    lake = MemoryLake()
    names = {"a\x00b": 1, "a\ufffdb": 2, "\n'; DROP TABLE tideline.loads --": 3, "Ünï %s :x {y}": 4, "\U0001f4f1": 5}
    load_hour(files.warehouse, sent(lake, 0, **names))
    wanted = {"a\ufffdb": 3, "\ufffd'; DROP TABLE tideline.loads --": 3, "Ünï %s :x {y}": 4, "\U0001f4f1": 5}
    assert recorded(files) == {(0, name): number for name, number in wanted.items()}


def test_a_ledger_without_the_table_has_none_and_gets_it_by_the_next_load(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, sent(lake, 0, js=2))
    files.execute("DROP TABLE tideline.duplicates")
    with files.warehouse.reading() as session:
        assert duplicates_by_library(session, "default") == {}
    load_hour(files.warehouse, sent(lake, 1, js=3))
    assert recorded(files) == {(1, "js"): 3}
