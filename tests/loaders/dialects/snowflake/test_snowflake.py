"""Loads into Snowflake's emulator give the tables of DuckDB; types that cannot change are told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from loaders.connection.session import Name, Quoted
from loaders.dialects.read_request import ReadRequest
from loaders.interface.errors import Terminal
from loaders.load.load import load_hour, load_hours
from loaders.rewrite.rewrite import refuse_committing
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot

pytestmark = pytest.mark.slow

FIRST: list[Event] = [
    event("kept", properties={"n": 2**53 + 1, "text": 'it\'s \\ "q" \u2028', "f": 0.1, "yes": True}),
    event("gone", name="Parted"),
    event("changed", at=10, received=5, name="One"),
    event("shared", received=9, name="Shared"),
    event("person", type="identify", traits={"plan": "pro", "since": "2026-01-01T00:00:00.000001Z"}),
]
SECOND: list[Event] = [
    event("kept", properties={"n": 2**53 + 1, "more": [1, {"a": None}]}),
    event("changed", at=80, received=6, name="Two"),
    event("new", type="page", name=None),
    event("person", type="identify", received=7, traits={"plan": "free", "age": 41}),
]
OTHER: list[Event] = [event("shared", received=3, name="Older"), event("changed", at=10, received=1, name="Zero")]


def test_late_changed_and_repeated_hours_give_the_tables_of_duckdb(house: Files, tmp_path: Path) -> None:
    duck = Files(tmp_path / "duck.duckdb")
    lakes = MemoryLake(), MemoryLake()
    for number, events in ((0, FIRST), (1, OTHER), (0, SECOND), (2, FIRST)):
        for files, lake in zip((house, duck), lakes, strict=True):
            load_hour(files.warehouse, lake.put(number, events))
        check_sums(house)
        assert snapshot(house) == snapshot(duck)


def test_several_hours_are_one_load(house: Files, tmp_path: Path) -> None:
    duck = Files(tmp_path / "duck.duckdb")
    for files in (house, duck):
        lake = MemoryLake()
        load_hours(files.warehouse, [lake.put(number, events) for number, events in enumerate((FIRST, OTHER, SECOND))])
    check_sums(house)
    assert snapshot(house) == snapshot(duck)


def test_a_column_with_values_keeps_its_type_and_the_rest_is_rescued(house: Files) -> None:
    lake = MemoryLake()
    load_hour(house.warehouse, lake.put(0, [event("a", properties={"n": 1})]))
    result = load_hour(house.warehouse, lake.put(1, [event("b", properties={"n": "word"})]))
    assert any("Snowflake converts no column that has values" in change for change in result.schema_changes)
    check_sums(house)
    rows = {row["id"]: (row["n"], row["_rescued"]) for row in house.table("_order")}
    assert rows["a"] == (1, None)
    assert rows["b"][0] is None
    assert "word" in rows["b"][1]


def test_a_command_that_changes_tables_and_rows_at_once_is_refused(house: Files) -> None:
    with house.warehouse.reading() as session, pytest.raises(Terminal, match="tideline drop is not possible"):
        refuse_committing(session, "drop")


def test_rows_are_read_as_they_were_loaded(house: Files) -> None:
    load_hour(house.warehouse, MemoryLake().put(0, FIRST))
    request = ReadRequest("events", "_order", {"id": "string", "n": "int", "timestamp": "datetime", "yes": "boolean"})
    with house.warehouse.reading() as session:
        read = pl.concat(map(pl.DataFrame, session.dialect.read(session.connection, request)))
    assert read.rows() == [("kept", 2**53 + 1, datetime(2026, 1, 31, tzinfo=UTC), True)]


def test_a_change_of_type_never_loses_values(house: Files) -> None:
    with house.warehouse.writing() as session:
        for statement in (
            "CREATE SCHEMA shop",
            "CREATE TABLE shop.items (id TEXT, n BIGINT, m BIGINT)",
            "INSERT INTO shop.items (id, n) VALUES ('a', 1)",
        ):
            session.dialect.run(session.connection, statement, {})
        names: dict[str, Name] = {"table": ("shop", "items"), "type": Quoted("TEXT")}
        session.run("schema/evolve/change_type", {**names, "column": "m"})
        with pytest.raises(Terminal, match="converts no column that has values"):
            session.run("schema/evolve/change_type", {**names, "column": "n"})
    assert house.query("SELECT id, n, m FROM shop.items") == [{"id": "a", "n": 1, "m": None}]
