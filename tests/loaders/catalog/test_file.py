"""The catalog as a file: a stable text for git, read back whole or refused by name, and what an import makes of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.catalog.file import Entry, entries_of, format_catalog, parse_catalog
from loaders.catalog.import_types import import_types, read_types
from loaders.catalog.infer import infer_types
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.load.load import load_hour
from loaders.transform.catalog import Catalog, Column
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums
from tests.promises.compare import differences

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def column(table: str, name: str, kind: str, **more: object) -> Column:
    values = {"path": f"properties.{name}", "provisional": False, **more}
    return Column(table, name, kind, first_archive_hour=EPOCH, last_archive_hour=EPOCH, **values)  # type: ignore[arg-type]


def catalog_of(*columns: Column) -> Catalog:
    tables: dict[str, dict[str, Column]] = {}
    for each in columns:
        tables.setdefault(each.table, {})[each.name] = each
    return Catalog(tables)


def orders(values: list[Any], prefix: str = "e") -> list[Event]:
    return [event(f"{prefix}{n}", at=n, properties={"n": value}) for n, value in enumerate(values)]


def put_in(files: Files, *entries: Entry, pin: bool = True, dry_run: bool = False) -> list[str]:
    changes = import_types(files.warehouse, entries, source="default", schema="events", pin=pin, dry_run=dry_run)
    return [str(change) for change in changes]


def catalog_in(files: Files) -> Catalog:
    return read_types(files.warehouse, source="default", schema="events")


def test_a_line_a_column_sorted() -> None:
    catalog = catalog_of(
        column("signed_up", "plan", "string", pinned=True),
        column("_order", "price", "float", ints=3, floats=40),
        column("_order", "n", "int", ints=2, provisional=True, path='properties.a "quoted"\n\x7fé🦆\\'),
    )
    assert format_catalog(catalog, schema="events") == (
        '# The types of the columns that events bring to schema "events": a table, then a line per column.\n'
        "# `tideline catalog import` pins every column that is named here to its type.\n"
        "\n[_order]\n"
        'n = { type = "int", provisional = true, path = "properties.a \\"quoted\\"\\n\\u007fé🦆\\\\" }\n'
        'price = { type = "float", path = "properties.price" }\n'
        "\n[signed_up]\n"
        'plan = { type = "string", pinned = true, path = "properties.plan" }\n'
    )
    assert "counts = { booleans = 0, ints = 3, floats = 40, strings = 0, datetimes = 0 }" in format_catalog(
        catalog, schema="events", counts=True
    )


@given(st.text(max_size=20).filter(lambda text: not any("\ud800" <= each <= "\udfff" for each in text)))
def test_any_path_comes_back(path: str) -> None:
    catalog = catalog_of(column("_order", "n", "int", path=path), column("_order", "m", "datetime", pinned=True))
    for counts in (False, True):
        text = format_catalog(catalog, schema="events", counts=counts)
        assert parse_catalog(text, file="f") == entries_of(catalog)


def test_a_file_written_again_without_drift_is_the_same(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(list(range(30)))))
    first = format_catalog(catalog_in(files), schema="events")
    load_hour(files.warehouse, lake.put(1, orders(list(range(30)), "f")))
    assert format_catalog(catalog_in(files), schema="events") == first
    load_hour(files.warehouse, lake.put(2, orders([0.5], "g")))
    drifted = format_catalog(catalog_in(files), schema="events")
    changed = [line for line in drifted.splitlines() if line not in first.splitlines()]
    assert changed == ['n = { type = "float", path = "properties.n" }']


WRONG = [
    ("x = [", "not valid TOML"),
    ('price = "float"', "a table of columns"),
    ("[_order]\nprice = 3", 'type = "float"'),
    ('[_order]\nprice = "money"', "'money' is no type"),
    ('[_order]\nprice = "json"', "Tideline's own"),
    ('[_order]\nprice = { type = "int", pined = true }', "pined"),
    ('[_order]\nprice = { type = "int", pinned = "yes" }', "true or false"),
    ('[_order]\nuser_id = "int"', "standard column"),
    ('[_order]\nuuid_ts = "int"', "standard column"),
    ('[groups]\ngroup_id = "int"', "standard column"),
    ('[users]\nplan = "string"', "identifies"),
    ('[accounts]\nplan = "string"', "_accounts"),
    ('["Order Completed"]\nprice = "int"', "'order_completed'"),
    ('[_order]\n"Price" = "int"', "'price'"),
    ('[_order]\n"日本" = "int"', "no column's name"),
    ('[_order]\n"a" = "x"\n"b" = "x"\n"c" = "x"\n"d" = "x"\n"e" = "x"', "and 2 more"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_file_with_anything_wrong_is_refused_whole_and_located(text: str, message: str) -> None:
    with pytest.raises(Terminal, match=message) as caught:
        parse_catalog(text, file="types.toml")
    assert str(caught.value).startswith("types.toml")
    assert "\n" not in str(caught.value)


def test_short_lines_and_standard_names_of_other_tables_are_fine() -> None:
    text = '[_order]\nname = "string"\n_timestamp = "datetime"\n[_users]\nprice = "float"\n'
    assert [(each.table, each.column, each.type) for each in parse_catalog(text, file="f")] == [
        ("_order", "_timestamp", "datetime"),
        ("_order", "name", "string"),
        ("_users", "price", "float"),
    ]


def test_columns_are_pinned_before_any_event_brings_them(files: Files) -> None:
    assert put_in(files, Entry("_order", "n", "int", "properties.n"), Entry("later", "x", "boolean")) == [
        "new _order.n int pinned",
        "new later.x boolean pinned",
    ]
    (seen,) = files.query("SELECT first_archive_hour, last_archive_hour FROM tideline.columns WHERE column_name = 'n'")
    assert seen == {"first_archive_hour": None, "last_archive_hour": None}
    load_hour(files.warehouse, MemoryLake().put(3, orders(["word"] * 30 + [1, 0.5])))
    check_sums(files)
    known = catalog_in(files).tables["_order"]["n"]
    assert (known.type, known.pinned, known.provisional, known.rescued, known.path) == (
        "int",
        True,
        False,
        31,
        "properties.n",
    )
    assert (known.first_archive_hour, known.last_archive_hour) == (hour_at(3), hour_at(3))
    assert {row["n"] for row in files.table("_order")} == {None, 1}
    assert "later" not in files.table_names()


def test_without_pins_types_are_settled_and_only_widened(files: Files) -> None:
    put_in(files, Entry("_order", "n", "int"), pin=False)
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(["word"] * 3)))
    assert catalog_in(files).tables["_order"]["n"].type == "int"
    load_hour(files.warehouse, lake.put(1, orders([0.5], "f")))
    assert catalog_in(files).tables["_order"]["n"].type == "float"


def test_what_a_file_says_of_a_pin_wins(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(list(range(30)))))
    assert put_in(files, Entry("_order", "n", "int")) == ["pinned _order.n int"]
    assert put_in(files, Entry("_order", "n", "int")) == []
    assert put_in(files, Entry("_order", "n", "int", pinned=False)) == ["unpinned _order.n int"]
    assert put_in(files, Entry("_order", "n", "int", pinned=True), pin=False) == ["pinned _order.n int"]
    assert put_in(files, Entry("_order", "n", "int"), pin=False) == ["unpinned _order.n int"]


def test_another_type_than_that_of_values_is_refused_and_nothing_else_is_done(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, orders([1, 2])))
    before = files.table("columns", "tideline")
    entries = [Entry("_new", "a", "int"), Entry("_order", "n", "string")]
    for dry_run in (True, False):
        with pytest.raises(Terminal, match=r"int and has 2 values.*`tideline retype _order n string`"):
            put_in(files, *entries, dry_run=dry_run)
    assert files.table("columns", "tideline") == before


def test_a_column_whose_values_were_all_taken_back_may_change_its_type(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [*orders([1]), event("p", type="page")]))
    load_hour(files.warehouse, lake.put(0, [event("p", type="page")]))
    assert put_in(files, Entry("_order", "n", "string")) == ["changed _order.n int -> string pinned"]
    load_hour(files.warehouse, lake.put(1, orders([1, "x"])))
    check_sums(files)
    assert [row["n"] for row in files.table("_order")] == ["1", "x"]


def test_a_dry_run_tells_what_would_change(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, orders([1])))
    before = files.table("columns", "tideline")
    changes = put_in(files, Entry("_order", "n", "int"), Entry("b", "c", "int"), dry_run=True)
    assert changes == ["pinned _order.n int", "new b.c int pinned"]
    assert files.table("columns", "tideline") == before
    assert put_in(files, Entry("_order", "n", "int"), pin=False) == ["settled _order.n int"]


def disagreeing(lake: MemoryLake) -> list[Hour]:
    """Three hours: alone, each would settle on another type for every column."""
    parts: dict[str, list[list[Any]]] = {
        "a": [list(range(30)), ["x"] * 25, [0.5] * 100],
        "b": [[True] * 30, ["2026-01-31"] * 100, ["t"] * 30],
        "c": [[1] * 30, [2.5] * 30, [2**60] * 30],
        "d": [["x"] * 25, [4] * 25, [True] * 25],
    }
    hours = []
    for number in range(3):
        rows = max(len(values[number]) for values in parts.values())
        events = [
            event(
                f"h{number}-{n}",
                at=n,
                received=n + number,
                properties={key: values[number][n] for key, values in parts.items() if n < len(values[number])},
            )
            for n in range(rows)
        ]
        people = [
            event(f"i{number}-{n}", type="identify", at=n, user_id=f"u{n}", traits={"age": [n, f"{n}", n / 7][number]})
            for n in range(25)
        ]
        hours.append(lake.put(number, [*events, *people]))
    return hours


def load_in(files: Files, hours: Sequence[Hour], order: Sequence[int]) -> Files:
    for place in order:
        load_hour(files.warehouse, hours[place])
    return files


@pytest.mark.parametrize("pin", [True, False])
def test_hours_that_disagree_give_the_same_tables_in_any_order_once_types_are_inferred(
    tmp_path: Path, pin: bool
) -> None:
    hours = disagreeing(MemoryLake())
    inferred = infer_types(((hour.archive_hour, hour.events) for hour in hours), Catalog())
    types = {name: each.type for name, each in inferred.tables["_order"].items()}
    assert types == {"a": "string", "b": "string", "c": "float", "d": "string"}
    one, two = Files(tmp_path / "one.duckdb"), Files(tmp_path / "two.duckdb")
    for files, order in ((one, [0, 1, 2]), (two, [2, 0, 1])):
        put_in(files, *entries_of(inferred), pin=pin)
        load_in(files, hours, order)
        check_sums(files)
    assert differences(one.path, two.path) == []


def test_hours_that_disagree_give_other_tables_where_nothing_is_inferred(tmp_path: Path) -> None:
    hours = disagreeing(MemoryLake())
    one, two = Files(tmp_path / "one.duckdb"), Files(tmp_path / "two.duckdb")
    assert differences(load_in(one, hours, [0, 1]).path, load_in(two, hours, [1, 0]).path) != []


def test_inferred_types_do_not_depend_on_the_order_of_hours() -> None:
    hours = disagreeing(MemoryLake())
    texts = []
    for seed in range(3):
        random.Random(seed).shuffle(hours)
        inferred = infer_types(((hour.archive_hour, hour.events) for hour in hours), Catalog())
        texts.append(format_catalog(inferred, schema="events", counts=True))
    assert texts[0] == texts[1] == texts[2]
    assert 'c = { type = "float", path = "properties.c", counts' in texts[0]


def test_a_pinned_column_keeps_its_type_and_few_values_are_provisional() -> None:
    current = catalog_of(column("_order", "n", "boolean", pinned=True, ints=9), column("_order", "gone", "int", ints=4))
    hour = MemoryLake().put(0, [event("a", properties={"n": 1, "m": 2})])
    inferred = infer_types([(hour.archive_hour, hour.events)], current).tables["_order"]
    assert {name: (each.type, each.pinned, each.provisional) for name, each in inferred.items()} == {
        "n": ("boolean", True, False),
        "m": ("int", False, True),
    }
