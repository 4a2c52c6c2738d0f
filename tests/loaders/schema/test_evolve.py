"""Tables follow what events bring: new columns, widened and newly settled types, rows made anew (contract §6, §8)."""

from __future__ import annotations

from typing import Any

import pytest

from loaders.catalog.store import read_catalog, write_catalog
from loaders.load.load import load_hour
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import Budgets, Catalog, Column
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums


def orders(*values: object, prefix: str = "e", key: str = "n") -> list[Event]:
    return [event(f"{prefix}{number}", at=number, properties={key: value}) for number, value in enumerate(values)]


def cells(files: Files, column: str = "n", table: str = "_order") -> dict[str, tuple[Any, Any]]:
    rows = files.query(f'SELECT id, "{column}" AS value, _rescued FROM events."{table}" ORDER BY id')
    return {row["id"]: (row["value"], row["_rescued"]) for row in rows}


def type_of(files: Files, column: str = "n", table: str = "_order") -> str:
    (row,) = files.query(
        "SELECT data_type FROM information_schema.columns WHERE table_name = ? AND column_name = ?", table, column
    )
    return str(row["data_type"])


def test_tables_have_their_columns_in_the_order_they_were_first_seen(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", properties={"b": 1, "a": 2})]))
    load_hour(files.warehouse, lake.put(1, [event("b", properties={"z": "x", "c": True})]))
    with files.warehouse.reading() as session:
        layout = read_layout(session, "events")
        catalog = read_catalog(session, "events", layout)
    assert list(catalog.tables["_order"]) == ["b", "a", "z", "c"]
    names = list(layout["_order"])
    assert names[:2] == ["id", "anonymous_id"]
    assert names[names.index("b") :] == ["b", "a", "event_date", "uuid_ts", "_archive_hour", "_fingerprint", "_rescued",
                                         "z", "c"]  # fmt: skip
    assert layout["_order"]["timestamp"].upper() == "TIMESTAMP WITH TIME ZONE"
    assert catalog.tables["tracks"] == {}


def test_a_float_widens_ints_and_moves_what_no_float_holds(files: Files) -> None:
    lake = MemoryLake()
    ints = [*range(20), 2**53, -(2**53), 2**53 + 1, -(2**62)]
    load_hour(files.warehouse, lake.put(0, orders(*ints)))
    before = {row["id"]: row["uuid_ts"] for row in files.query("SELECT id, uuid_ts FROM events._order")}
    assert type_of(files) == "BIGINT"
    result = load_hour(files.warehouse, lake.put(1, orders(0.5, prefix="f")))
    check_sums(files)
    assert (type_of(files), cells(files)["f0"]) == ("DOUBLE", (0.5, None))
    assert "widened _order.n to float" in result.schema_changes
    assert [cells(files)[f"e{n}"] for n in (5, 20, 21)] == [(5.0, None), (2.0**53, None), (-(2.0**53), None)]
    assert cells(files)["e22"] == (None, '{"properties":{"n":9007199254740993}}')
    assert cells(files)["e23"] == (None, '{"properties":{"n":-4611686018427387904}}')
    assert result.tables["_order"].updated == 2
    after = {row["id"]: row["uuid_ts"] for row in files.query("SELECT id, uuid_ts FROM events._order")}
    assert {id for id in before if after[id] != before[id]} == {"e22", "e23"}


@pytest.mark.parametrize(
    ("first", "then", "settled", "value"),
    [
        ("word", list(range(19)), "BIGINT", (None, '{"properties":{"n":"word"}}')),
        (7, ["a"] * 19, "VARCHAR", ("7", None)),
        ("2026-01-31", [True] * 19, "BOOLEAN", (None, '{"properties":{"n":"2026-01-31"}}')),
        (True, [1.5] * 19, "DOUBLE", (None, '{"properties":{"n":true}}')),
        (2**60, [1.5] * 19, "DOUBLE", (None, '{"properties":{"n":1152921504606846976}}')),
    ],
)
def test_a_provisional_column_is_settled_again_over_all_values(
    files: Files, first: object, then: list[object], settled: str, value: tuple[Any, Any]
) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", properties={"n": first, "other": "o"})]))
    load_hour(files.warehouse, lake.put(1, orders(*then)))
    check_sums(files)
    assert (type_of(files), cells(files)["a"]) == (settled, value)
    assert cells(files, "other")["a"][0] == "o"


def test_a_rescued_value_comes_back_when_the_type_that_it_has_is_settled(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [*orders(1, 2, 3, prefix="i", key="theNumber"), event("x", name="Other")]))
    load_hour(files.warehouse, lake.put(1, [event("s", properties={"the_number": "1,5", "deep": {"the": 1}})]))
    assert type_of(files, "the_number") == "VARCHAR"
    load_hour(files.warehouse, lake.put(2, orders(*range(14), prefix="j", key="The Number")))
    assert type_of(files, "the_number") == "VARCHAR"
    load_hour(files.warehouse, lake.put(3, orders(*range(9), prefix="k", key="theNumber")))
    check_sums(files)
    assert type_of(files, "the_number") == "BIGINT"
    assert cells(files, "the_number")["i1"] == (2, None)
    assert cells(files, "the_number")["s"] == (None, '{"properties":{"the_number":"1,5"}}')


def test_rows_of_the_hour_that_is_loaded_again_are_made_anew_too(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(1, 2)))
    load_hour(files.warehouse, lake.put(0, [*orders(1, 2), *orders(*["w"] * 8, prefix="w")]))
    check_sums(files)
    assert (type_of(files), cells(files)["e1"]) == ("VARCHAR", ("2", None))


def test_values_that_are_gone_give_the_column_its_former_type(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(2**60)))
    load_hour(files.warehouse, lake.put(1, orders(0.5, prefix="f")))
    load_hour(files.warehouse, lake.put(1, [event("p", type="page")]))
    check_sums(files)
    assert (type_of(files), cells(files)) == ("BIGINT", {"e0": (2**60, None)})


def test_users_follow_the_types_of_identifies(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", type="identify", user_id="u", traits={"n": "one"})]))
    more = [event(f"b{n}", type="identify", at=-n, user_id=f"v{n}", traits={"n": n}) for n in range(30)]
    load_hour(files.warehouse, lake.put(1, more))
    assert (type_of(files, table="users"), type_of(files, table="identifies")) == ("BIGINT", "BIGINT")
    values = {row["id"]: row["n"] for row in files.table("users")}
    assert (values["u"], values["v29"]) == (None, 29)


def test_an_event_table_past_the_budget_is_left_out(files: Files) -> None:
    lake, budgets = MemoryLake(), Budgets(tables=1)
    load_hour(files.warehouse, lake.put(0, [event("a", name="One")]), budgets=budgets)
    load_hour(files.warehouse, lake.put(1, [event("b", received=2, name="Two", properties={"n": 1})]), budgets=budgets)
    assert files.table_names() == ["one", "tracks"]
    load_hour(files.warehouse, lake.put(2, [event("b", received=3, name="One")]), budgets=budgets)
    check_sums(files)
    assert files.ids("one") == ["a", "b"]


def test_the_catalog_comes_back_as_it_was_written(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [*orders(1, 2), event("i", type="identify", traits={"t": "x"})]))
    with files.warehouse.loading("events") as session:
        layout = read_layout(session, "events")
        catalog = read_catalog(session, "events", layout)
        write_catalog(session, "events", Catalog(), catalog)
        assert read_catalog(session, "events", layout) == catalog
    column = catalog.tables["_order"]["n"]
    assert (column.type, column.ints, column.first_archive_hour) == ("int", 2, hour_at(0))
    assert column.first_archive_hour.utcoffset() is not None
    assert len(files.table("columns", "tideline")) == 2


def test_a_catalog_may_know_columns_that_no_event_has_brought_yet(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("p", type="page")]))
    pinned = {
        table: {name: Column(table, name, "int", path, False, hour_at(0), hour_at(0), pinned=True)}
        for table, name, path in (("identifies", "age", "traits.age"), ("_order", "n", "properties.n"))
    }
    with files.warehouse.loading("events") as session:
        write_catalog(session, "events", Catalog(), Catalog(pinned))
    load_hour(files.warehouse, lake.put(1, [event("i", type="identify", traits={"plan": "pro"}), event("a")]))
    assert "age" not in files.table("users")[0]
    traits = {"age": "old", "plan": "free"}
    load_hour(files.warehouse, lake.put(2, [event("j", at=1, type="identify", traits=traits), *orders(0.5, 3)]))
    check_sums(files)
    assert (type_of(files, "age", "identifies"), files.table("users")[0]["plan"]) == ("BIGINT", "free")
    assert [cells(files)[id] for id in ("e0", "e1")] == [(None, '{"properties":{"n":0.5}}'), (3, None)]
