"""What a retype refuses, by name and with what to do first; it changes nothing then."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.interface.errors import Terminal
from loaders.load.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.rewrite.test_retype import cells, fresh, orders, retype
from tests.loaders.tables import Files, check_sums
from tests.postgres import Server
from tests.promises.compare import differences


@pytest.mark.parametrize("now_in_lake", [[], [event("e0", properties={"theValue": 99})]], ids=["gone", "other content"])
def test_a_row_that_the_lake_has_no_more_stops_all_of_it_and_names_the_hour(
    files: Files, now_in_lake: list[Event]
) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(["a"])))
    load_hour(files.warehouse, lake.put(1, orders(["b"] * 30, prefix="f")))
    before = (files.table("_order"), files.table("columns", "tideline"))
    newer = lake.put(0, now_in_lake)
    with pytest.raises(Terminal, match=r"1 row of _order .* 2026-01-31T00 .*tideline load --from 2026-01-31T00"):
        retype(files, lake, "int")
    assert (files.table("_order"), files.table("columns", "tideline")) == before
    load_hour(files.warehouse, newer)
    retype(files, lake, "int")
    check_sums(files)


def test_what_a_view_has_kept_from_widening_comes_out_of_rescue(postgres: Server, tmp_path: Path) -> None:
    files, lake = Files(tmp_path / "mirror.duckdb", postgres.new_database()), MemoryLake()
    hours = [lake.put(0, orders([*range(30), "word"])), lake.put(1, orders([0.5, 2**53 + 1, 7], prefix="f"))]
    load_hour(files.warehouse, hours[0])
    files.execute("CREATE VIEW events.board AS SELECT the_value FROM events._order")
    load_hour(files.warehouse, hours[1])
    assert cells(files)["f0"] == (None, '{"properties":{"theValue":0.5}}')
    with pytest.raises(Terminal, match=r"nothing was changed.* view events.board depends on column"):
        retype(files, lake, "float")
    files.execute("DROP VIEW events.board")
    done = retype(files, lake, "float")
    assert (done.rows, cells(files)["f0"]) == (3, (0.5, None))
    check_sums(files)
    assert differences(files.path, fresh(tmp_path, hours, "float").path) == []


REFUSED = [
    ("_order", "the_value", "date", "'date' is for Tideline's own columns"),
    ("_order", "the_value", "strin", "did you mean 'string'"),
    ("_order", "the_valu", "int", "did you mean 'the_value'"),
    ("_orders", "the_value", "int", "did you mean '_order'"),
    ("_order", "timestamp", "string", "standard column"),
    ("_order", "_rescued", "string", "standard column"),
    ("users", "the_value", "int", "identifies"),
    ("Order", "the_value", "int", "'_order'"),
    ("_order", '"; DROP TABLE x', "int", "no column's name"),
]


@pytest.mark.parametrize(("table", "column", "to", "message"), REFUSED)
def test_what_cannot_be_retyped_is_refused_by_name(
    files: Files, table: str, column: str, to: str, message: str
) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders([1])))
    with pytest.raises(Terminal, match=message):
        retype(files, lake, to, column, table=table)


def test_a_warehouse_without_tables_has_nothing_to_retype(files: Files) -> None:
    with pytest.raises(Terminal, match="no tables yet"):
        retype(files, MemoryLake(), "int")
