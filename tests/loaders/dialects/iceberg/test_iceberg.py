"""Iceberg through a REST catalog: what is its own beside the tests that run on every database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from loaders.connection.warehouse import Warehouse
from loaders.dialects.iceberg.upkeep import open_catalog
from loaders.interface.errors import Terminal, Transient, WarehouseError
from loaders.load.load import load_hour
from loaders.queries.lateness import has_lateness, lateness_curve, restated_days
from loaders.queries.rights import try_rights, try_values
from loaders.schema.introspect import read_tables
from tests.iceberg import IcebergDatabase, IcebergServer
from tests.loaders.dialects.ducklake.at_once import load_at_once, load_one
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot
from tests.rest_catalog import commits, lose_next_commit
from tests.s3 import CREDENTIALS

pytestmark = pytest.mark.slow


@pytest.fixture
def database(iceberg: IcebergServer) -> IcebergDatabase:
    """An empty warehouse."""
    return iceberg.new_database()


@pytest.fixture
def files(database: IcebergDatabase, tmp_path: Path) -> Files:
    """The same, with the copy of its tables."""
    return Files(tmp_path / "mirror.duckdb", database)


def test_an_empty_warehouse_has_no_tables(files: Files) -> None:
    with files.warehouse.reading() as session:
        assert read_tables(session, "tideline") == read_tables(session, "events") == set()


def test_loaders_at_once_give_the_tables_of_one_after_the_other(files: Files) -> None:
    assert load_at_once(files.url, 2) == [0, 0]
    check_sums(files)
    alone = Files(files.path.with_name("alone.duckdb"))
    for number in range(2):
        load_one(alone.url, number)
    assert rows_of(files) == rows_of(alone)


def test_a_merge_that_another_one_came_before_changes_nothing(files: Files) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("a")]))
    before = snapshot(files)

    def be_late() -> None:
        with files.warehouse.loading("events") as late:
            load_hour(files.warehouse, made.put(1, [event("b")]))
            late.run("queries/rights/delete", {"table": ("events", "_order")})

    with pytest.raises(Transient, match="Failed to commit"):
        be_late()
    assert files.ids("_order") == files.ids("tracks") == ["a", "b"]
    assert snapshot(files) != before


def test_a_table_that_another_process_has_created_meanwhile_can_be_read_the_next_time(files: Files) -> None:
    made = MemoryLake()

    def begin_before_the_table() -> None:
        with files.warehouse.loading("events") as early:
            load_hour(files.warehouse, made.put(0, [event("a")]))
            early.rows("ledger/owners", source="default", schema="events")

    with pytest.raises(Transient, match=r"reachable state|entries were valid"):
        begin_before_the_table()
    assert files.ids("tracks") == ["a"]


def test_a_merge_does_not_begin_in_the_middle_of_another_ones_commit(files: Files) -> None:
    made, begun = MemoryLake(), []
    load_hour(files.warehouse, made.put(0, [event("a")]))

    def merge_another(_: sa.Connection) -> None:
        begun.append(True)
        if len(begun) == 1:
            load_hour(files.warehouse, made.put(1, [event("b")]))

    def begin() -> None:
        with files.warehouse.holding("events") as transaction:
            sa.event.listen(sa.Engine, "begin", merge_another)
            try:
                with transaction():
                    pass
            finally:
                sa.event.remove(sa.Engine, "begin", merge_another)

    with pytest.raises(Transient, match="another process has merged as this transaction began"):
        begin()
    assert files.ids("tracks") == ["a", "b"]


def test_a_commit_whose_answer_is_lost_is_not_repeated(files: Files, database: IcebergDatabase) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("a")]))
    lose_next_commit(database.catalog)
    result = load_hour(files.warehouse, made.put(1, [event("b")]))
    assert not result.loaded
    assert files.ids("tracks") == ["a", "b"]
    check_sums(files)


def test_all_changes_of_a_load_are_one_request(files: Files, database: IcebergDatabase) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("a", properties={"n": 1})]))
    before = commits(database.catalog)
    load_hour(files.warehouse, made.put(1, [event("b", properties={"n": 2.5, "word": "x"}), event("c", name="New")]))
    made_before, *rest = [path.rpartition("/")[2] for path in commits(database.catalog)[len(before) :]]
    assert (made_before, rest) == ("_new", ["commit"])


def test_a_name_that_the_catalog_does_not_take_costs_its_event_the_table(
    database: IcebergDatabase, tmp_path: Path
) -> None:
    made = MemoryLake()
    warehouse = Warehouse.open(database.direct_url, wait=20)
    result = load_hour(warehouse, made.put(0, [event("a", name="Order"), event("b", name="Sale")]))
    assert any("_order was not created: the database refuses its name" in warning for warning in result.warnings)
    files = Files(tmp_path / "mirror.duckdb", IcebergDatabase(database.direct_url))
    assert files.table_names() == ["sale", "tracks"]
    assert files.ids("tracks") == ["a", "b"]


def test_what_doctor_tries_leaves_nothing(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    before = files.table_names()
    try_rights(files.warehouse, "events")
    try_values(files.warehouse, "events")
    assert files.table_names() == before


def test_a_client_that_is_not_let_in_is_told_without_its_secret(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEBERG_CLIENT_SECRET", "wr0ng")
    with pytest.raises(WarehouseError) as raised, files.warehouse.reading():
        pass
    assert isinstance(raised.value, Terminal)
    assert "wr0ng" not in str(raised.value)


def test_other_engines_read_the_rows(files: Files, database: IcebergDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("gone"), event("a", properties={"n": 7})]))
    load_hour(files.warehouse, made.put(1, [event("b", properties={"n": 2.5})]))
    load_hour(files.warehouse, made.put(0, [event("a", properties={"n": 7})]))
    expected = [("a", 7.0), ("b", 2.5)]
    with open_catalog(files.warehouse.dialect.location) as catalog:  # type: ignore[attr-defined]
        table = catalog.load_table(("events", "_order"))
        arrow = table.scan(selected_fields=("id", "n")).to_arrow()
        frame: Any = pl.scan_iceberg(table).select("id", "n").collect()
        place = f"{database.endpoint}/{table.location().removeprefix('s3://')}/"
    assert sorted(zip(*arrow.select(["id", "n"]).to_pydict().values(), strict=True)) == expected
    assert sorted(frame.rows()) == expected
    query = f"SELECT id, n FROM icebergS3('{place}', '{CREDENTIALS['key']}', '{CREDENTIALS['secret']}') ORDER BY id"
    code = f"import chdb; print(chdb.query({query!r}, 'TSV'), end='')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "a\t7\nb\t2.5\n", done.stderr


def test_how_late_events_came_is_told_without_views(files: Files, tmp_path: Path) -> None:
    told = []
    for one in (files, Files(tmp_path / "file.duckdb")):
        made = MemoryLake()
        load_hour(one.warehouse, made.put(0, [event("a")]))
        result = load_hour(one.warehouse, made.put(5, [event("b", received=300)]))
        with one.warehouse.reading() as session:
            assert has_lateness(session)
            restated = restated_days(session, result.load_id)
            told.append((lateness_curve(session, "default", "events"), [day.day for day in restated]))
    assert told[0] == told[1]
    assert len(told[0][0]) > 1


def rows_of(files: Files) -> dict[str, Any]:
    """The rows of every table by column name: two loaders may add columns in either order."""
    return {
        table: sorted(({key: row[key] for key in sorted(row)} for row in files.table(table)), key=repr)
        for table in files.table_names()
    }
