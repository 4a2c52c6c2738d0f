"""Contracts at a load: violations are counted, quarantined events have no row, frozen tables gain nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.interface.hour import Hour
from loaders.load.load import load_hour, load_hours
from loaders.transform.contracts.contract import Contracts, EventContract, Mode
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.load.left_out.orders import check_any_order, check_given_back
from tests.loaders.tables import Files, check_sums
from tests.promises.compare import differences

ORDER = {
    "type": "object",
    "properties": {
        "properties": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"]}
    },
}
WEB = {"library": {"name": "web", "version": "1.2"}}
APP = {"library": {"name": "app", "version": "9"}}


def contracts(mode: Mode, *, source_mode: Mode = "evolve", schema: dict[str, Any] = ORDER) -> Contracts:
    return Contracts(source_mode, (EventContract("track", "Bought", mode, schema, "Bought.json"),))


def events() -> list[list[Event]]:
    """Three hours in which copies of ids meet that violate the contract and that do not."""
    return [
        [
            event("both", name="Bought", at=1, received=0, properties={"n": -1}),
            event("first", name="Bought", at=2, properties={"n": 1}, context=WEB),
            event("never", name="Bought", at=3, properties={"n": "x"}, context=WEB),
            event("other", name="Refund", at=4, properties={"n": "x"}),
        ],
        [
            event("both", name="Bought", at=1, received=60, properties={"n": 5}),
            event("first", name="Bought", at=2, received=61, properties={"n": 1.5}, context=APP),
            event("never", name="Bought", at=3, received=62, context=APP),
        ],
        [
            event("both", name="Bought", at=1, received=119, properties={"n": 6}),
            event("i", type="identify", name=None, at=125, traits={"plan": "pro"}),
            event("late", name="Bought", at=121, received=120, properties={"n": 2}),
        ],
    ]


def lake_of(chosen: Contracts, *, without: bool = False) -> tuple[MemoryLake, list[Hour]]:
    """The hours under contracts; with `without`, the same hours as if what violates had never been sent."""
    lake = MemoryLake(contracts=chosen)
    kept = [[one for one in hour if not (without and _violates(one))] for hour in events()]
    return lake, [lake.put(number, hour) for number, hour in enumerate(kept)]


def _violates(one: Event) -> bool:
    number = one.get("properties", {}).get("n")
    return one.get("event") == "Bought" and not (isinstance(number, int) and number >= 0)


def violations(files: Files) -> list[tuple[Any, ...]]:
    rows = files.query("SELECT * FROM tideline.violations ORDER BY archive_hour, path, problem, library")
    names = ("event", "path", "problem", "mode", "library", "library_version", "events", "file", "line")
    return [(row["archive_hour"].hour, *(row[name] for name in names)) for row in rows]


def test_violations_are_counted_by_path_and_sdk_and_the_rows_load(files: Files) -> None:
    _, hours = lake_of(contracts("report"))
    results = [load_hour(files.warehouse, hour) for hour in hours]
    assert [(result.violating, result.contract_quarantined) for result in results] == [(2, 0), (2, 0), (0, 0)]
    at, web, app = "properties.n", ("web", "1.2"), ("app", "9")
    assert violations(files) == [
        (0, "Bought", at, "is a string, not integer", "report", *web, 1, "a.json.gz", 3),
        (0, "Bought", at, "is less than 0", "report", None, None, 1, "a.json.gz", 1),
        (1, "Bought", at, "is a number, not integer", "report", *app, 1, "a.json.gz", 2),
        (1, "Bought", at, "is missing", "report", *app, 1, "a.json.gz", 3),
    ]
    assert files.ids("bought") == ["both", "first", "late", "never"]
    load_hour(files.warehouse, hours[0], reload=True)
    assert len(violations(files)) == 4
    check_sums(files)


def test_quarantined_events_have_no_row_and_are_listed_without_a_value(files: Files) -> None:
    _, hours = lake_of(contracts("quarantine"))
    results = [load_hour(files.warehouse, hour) for hour in hours]
    assert [(result.violating, result.contract_quarantined) for result in results] == [(2, 2), (2, 2), (0, 0)]
    assert files.ids("tracks") == ["both", "first", "late", "other"]
    assert files.ids("bought") == ["both", "first", "late"]
    rows = files.query("SELECT * FROM tideline.quarantine WHERE reason = 'contract' ORDER BY archive_hour, line")
    assert [(row["line"], row["detail"], row["raw"]) for row in rows] == [
        (1, "track 'Bought': properties.n is less than 0", None),
        (3, "track 'Bought': properties.n is a string, not integer", None),
        (2, "track 'Bought': properties.n is a number, not integer", None),
        (3, "track 'Bought': properties.n is missing", None),
    ]
    counts = files.query("SELECT * FROM tideline.contract_events WHERE type = 'track' ORDER BY archive_hour")
    assert [(row["checked"], row["violating"], row["quarantined"]) for row in counts] == [
        (3, 2, 2),
        (3, 2, 2),
        (2, 0, 0),
    ]
    check_sums(files)


@pytest.mark.slow
def test_the_tables_are_those_of_an_archive_without_the_violating_events_in_any_order(tmp_path: Path) -> None:
    check_any_order(tmp_path, lake_of(contracts("quarantine"))[1], lake_of(Contracts(), without=True)[1])


def test_hours_that_share_a_load_give_the_same_tables_and_the_same_counts(file: Files, tmp_path: Path) -> None:
    _, hours = lake_of(contracts("quarantine", source_mode="freeze"))
    for hour in reversed(hours):
        load_hour(file.warehouse, hour)
    together = Files(tmp_path / "together.duckdb")
    load_hours(together.warehouse, hours)
    with file.open():
        assert differences(file.path, together.path) == []
    assert violations(together) == violations(file)
    assert together.query("SELECT * FROM tideline.contract_events") == file.query(
        "SELECT * FROM tideline.contract_events ORDER BY archive_hour"
    )


def test_a_changed_contract_takes_rows_away_and_gives_them_back(files: Files, tmp_path: Path) -> None:
    """A copy that lost against a row that violates comes back in its stead."""
    check_given_back(files, tmp_path, lake_of(Contracts())[1], lake_of(contracts("quarantine"))[1])
    assert violations(files) == []


def test_a_frozen_table_gains_only_the_columns_that_its_schema_names(files: Files) -> None:
    schema: dict[str, Any] = {"properties": {"properties": {"properties": {"n": {}, "cart": {"type": "object"}}}}}
    lake = MemoryLake(contracts=contracts("freeze", schema=schema))
    first = lake.put(
        0, [event("a", name="Bought", properties={"n": 1, "x": 2, "cart": {"size": 3}}, context={"os": "ios"})]
    )
    load_hour(files.warehouse, first)
    (row,) = files.table("bought")
    assert (row["n"], row["cart_size"], row["context_os"], row["_rescued"]) == (1, 3, "ios", '{"properties":{"x":2}}')
    assert "x" not in row
    check_sums(files)


def test_in_a_frozen_source_only_what_is_there_stays(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", name="Known", properties={"n": 1}, context={"os": "ios"})]))
    lake.contracts = Contracts("freeze")
    news: dict[str, Any] = {"properties": {"n": 2, "m": 3}, "context": {"os": "x", "tz": "y"}}
    load_hour(files.warehouse, lake.put(1, [event("b", name="Known", **news), event("c", name="Fresh", **news)]))
    assert {"known", "fresh"} & set(files.table_names()) == {"known"}
    rows = {row["id"]: row for row in files.table("tracks")}
    assert rows["b"]["_rescued"] == '{"context":{"tz":"y"}}'
    assert json.loads(rows["c"]["_rescued"]) == {"context": {"tz": "y"}, "properties": {"n": 2, "m": 3}}
    assert json.loads(files.table("known")[1]["_rescued"]) == {"context": {"tz": "y"}, "properties": {"m": 3}}


def test_two_paths_of_one_column_are_admitted_alike_however_hours_share_a_load(file: Files, tmp_path: Path) -> None:
    schema: dict[str, Any] = {"properties": {"properties": {"properties": {"a": {"properties": {"b": {}}}}}}}
    lake = MemoryLake(contracts=contracts("freeze", schema=schema))
    hours = [
        lake.put(0, [event("x", name="Bought", properties={"a_b": 1})]),
        lake.put(1, [event("y", name="Bought", at=60, received=60, properties={"a": {"b": 2}})]),
    ]
    for hour in hours:
        load_hour(file.warehouse, hour)
    together = Files(tmp_path / "together.duckdb")
    load_hours(together.warehouse, hours)
    assert [row["a_b"] for row in together.table("bought")] == [1, 2]
    with file.open():
        assert differences(file.path, together.path) == []
