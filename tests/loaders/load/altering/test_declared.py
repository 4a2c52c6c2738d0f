"""Declared columns on both databases: there from the first load on, settled, and nothing but columns (contract §5)."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Final

import pytest

from loaders.catalog.declared import parse_declared, read_declaration
from loaders.catalog.file import parse_catalog
from loaders.catalog.import_types import import_types, read_types
from loaders.interface.errors import Terminal
from loaders.load.altering.declared import create_declared
from loaders.load.load import load_hour, load_hours
from loaders.transform.catalog import Declaration
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot

TEXT: Final = """
[pages]
search = "string"
depth = "int"
[_order]
price = { type = "float", path = "properties.price" }
"100" = "int"
[identifies]
plan = "string"
[aliases]
""".replace('"100" = "int"', '_100 = "int"\n_select = "string"')


def declared(text: str = TEXT) -> Declaration:
    return Declaration(("mine",), parse_declared(text, file="mine"))


def kinds(files: Files, table: str) -> dict[str, str]:
    rows = files.query(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'events' AND table_name = ?"
        " ORDER BY ordinal_position",
        table,
    )
    return {row["column_name"]: row["data_type"] for row in rows}


def page(id: str, **properties: object) -> dict[str, Any]:
    return event(id, type="page", properties=properties)


def test_tables_and_columns_are_there_after_a_load_of_something_else(files: Files) -> None:
    lake = MemoryLake(declared=declared())
    result = load_hour(files.warehouse, lake.put(0, [event("a", name="Other")]))
    assert files.table_names() == ["_order", "aliases", "identifies", "other", "pages", "tracks", "users"]
    assert "created pages" in result.schema_changes
    columns = kinds(files, "pages")
    assert {name: columns[name] for name in ("name", "search", "depth", "timestamp", "_rescued")} == {
        "name": "VARCHAR", "search": "VARCHAR", "depth": "BIGINT", "timestamp": "TIMESTAMP WITH TIME ZONE",
        "_rescued": columns["_rescued"],
    }  # fmt: skip
    assert list(columns)[-1] == "_rescued"
    assert kinds(files, "_order")["price"] == "DOUBLE"
    assert {"_100", "_select", "event_text"} <= kinds(files, "_order").keys()
    assert kinds(files, "users")["plan"] == "VARCHAR"
    assert "previous_id" in kinds(files, "aliases")
    assert files.table("pages") == []
    check_sums(files)
    again = load_hour(files.warehouse, lake.put(1, [event("b", name="Other")]))
    assert again.schema_changes == ()


def test_values_get_into_declared_columns_and_others_are_rescued(files: Files) -> None:
    lake = MemoryLake(declared=declared())
    load_hour(files.warehouse, lake.put(0, [page("a", search="?q", depth=3), page("b", search=17, depth="deep")]))
    load_hour(files.warehouse, lake.put(1, [page("c", search=True, depth=None, other=1)]))
    rows = {row["id"]: (row["search"], row["depth"], row["_rescued"]) for row in files.table("pages")}
    assert rows == {
        "a": ("?q", 3, None),
        "b": ("17", None, '{"properties":{"depth":"deep"}}'),
        "c": ("true", None, None),
    }
    known = read_types(files.warehouse, source="default", schema="events").table("pages")
    assert [(known[name].type, known[name].provisional) for name in ("search", "depth")] == [
        ("string", False), ("int", False),
    ]  # fmt: skip
    assert known["search"].path == "properties.search"
    load_hour(files.warehouse, lake.put(2, [page("d", depth=0.5)]))
    assert kinds(files, "pages")["depth"] == "DOUBLE"
    check_sums(files)


def test_a_pinned_column_is_not_widened(files: Files) -> None:
    lake = MemoryLake(declared=declared('[pages]\ndepth = { type = "int", pinned = true }'))
    load_hour(files.warehouse, lake.put(0, [page("d", depth=0.5), page("e", depth=2)]))
    assert kinds(files, "pages")["depth"] == "BIGINT"
    assert [row["depth"] for row in files.table("pages")] == [None, 2]


HOURS: Final = [
    [page("a", search=1, depth=1), event("o1", name="_order", properties={"price": "free"})],
    [page("a", search="x", depth="far"), event("i", type="identify", traits={"plan": 3})],
    [page("b", search=False, depth=2), event("o2", name="_order", properties={"price": 2, "note": "n"})],
]


SOME: Final = [(0, 1, 2), (2, 0, 1)]


@pytest.mark.parametrize(
    "orders", [SOME, pytest.param(list(itertools.permutations(range(3))), marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_the_answer_is_the_same_in_any_order_and_in_one_load(orders: list[tuple[int, ...]], tmp_path: Path) -> None:
    seen = []
    for number, order in enumerate([*orders, None]):
        files, lake = Files(tmp_path / f"{number}.duckdb"), MemoryLake(declared=declared())
        hours = [lake.put(hour, events) for hour, events in enumerate(HOURS)]
        if order is None:
            load_hours(files.warehouse, hours)
        for hour in order or ():
            load_hour(files.warehouse, lake.hour(hour))
        found = {name: kinds(files, name) for name in files.table_names()}
        seen.append((snapshot(files), {name: set(columns.items()) for name, columns in found.items()}))
    assert all(one == seen[0] for one in seen)
    assert {row["plan"] for row in seen[0][0]["tables"]["users"]} == {"3"}  # type: ignore[index]


def test_columns_are_added_to_tables_that_exist_and_stay_when_they_are_declared_no_more(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [page("a", other=1), event("i", type="identify", traits={"x": 1})]))
    lake.declared = declared()
    load_hour(files.warehouse, lake.put(1, [page("b")]))
    assert {"search", "depth"} <= kinds(files, "pages").keys()
    assert "plan" in kinds(files, "users")
    lake.declared = Declaration()
    load_hour(files.warehouse, lake.put(2, [page("c", search="?")]))
    load_hour(files.warehouse, lake.put(0, [page("a", other=2)]), reload=True)
    assert [row["search"] for row in files.table("pages")] == [None, None, "?"]
    check_sums(files)


def test_a_column_with_values_of_another_type_keeps_it_and_each_load_names_the_command(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [page("a", search=1)]))
    lake.declared = declared()
    result = load_hour(files.warehouse, lake.put(1, [page("b", search=2)]))
    assert [row["search"] for row in files.table("pages")] == [1, 2]
    assert [text for text in result.warnings if "tideline retype pages search string" in text] != []


def test_what_was_dropped_stays_out(files: Files) -> None:
    entries = parse_catalog('[pages]\nsearch = "dropped"\n["_order"]\n"*" = "dropped"', file="f")
    import_types(files.warehouse, entries, source="default", schema="events", pin=True)
    lake = MemoryLake(declared=declared())
    load_hour(files.warehouse, lake.put(0, [page("a", search="x", depth=1)]))
    assert "search" not in kinds(files, "pages")
    assert files.table_names() == ["aliases", "identifies", "pages", "users"]
    assert load_hour(files.warehouse, lake.put(1, [page("b", depth=1)])).schema_changes == ()


def test_imported_columns_are_there_at_once_in_tables_that_exist_and_in_those_to_come(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [page("a")]))
    entries = parse_catalog('[pages]\nsearch = "string"\n[screens]\nzoom = "float"', file="f")
    import_types(files.warehouse, entries, source="default", schema="events", pin=True)
    changes = create_declared(files.warehouse, Declaration(), source="default", schema="events", imported=True)
    assert changes == ("added pages.search string",)
    assert kinds(files, "pages")["search"] == "VARCHAR"
    assert "screens" not in files.table_names()
    load_hour(files.warehouse, lake.put(1, [event("s", type="screen")]))
    assert kinds(files, "screens")["zoom"] == "DOUBLE"
    assert create_declared(files.warehouse, Declaration(), source="default", schema="events", imported=True) == ()


def test_declared_columns_come_first_where_a_budget_is_full(files: Files) -> None:
    from loaders.transform.catalog import Budgets

    lake = MemoryLake(declared=declared("[pages]\n" + "\n".join(f'c{n} = "int"' for n in range(5))))
    fixed = 12 + 5
    few = Budgets(columns=fixed + 5 + 1)
    load_hour(files.warehouse, lake.put(0, [page("a", x=1, y=2, c4=4)]), budgets=few)
    (row,) = files.table("pages")
    assert (row["c4"], row["x"], row["_rescued"]) == (4, 1, '{"properties":{"y":2}}')


def test_a_table_with_a_taken_name_costs_the_event_table_alone_and_ends_for_a_home_table(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    files.execute("CREATE VIEW events.wishes AS SELECT 1 AS one")
    lake.declared = declared('[wishes]\nx = "int"\n[pages]\nsearch = "string"')
    load_hour(files.warehouse, lake.put(1, [event("b")]))
    assert "search" in kinds(files, "pages")
    files.execute("CREATE VIEW events.screens AS SELECT 1 AS one")
    lake.declared = declared('[screens]\nx = "int"')
    with pytest.raises(Terminal, match="screens cannot be created"):
        load_hour(files.warehouse, lake.put(2, [event("c")]))


def test_columns_added_by_hand_are_left_alone(files: Files) -> None:
    """Loads name their columns: a rewritten row gets the default again, and no other row changes."""
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", n=0), event("b")]))
    files.execute("ALTER TABLE events.tracks ADD COLUMN \"My Note\" TEXT DEFAULT 'none'")
    files.execute("ALTER TABLE events._order ADD COLUMN seen_by TEXT")
    files.execute("UPDATE events.tracks SET \"My Note\" = 'good' WHERE id = 'a'")
    load_hour(files.warehouse, lake.put(1, [event("c", properties={"price": 1})]))
    load_hour(files.warehouse, lake.put(0, [event("a", n=0), event("b", channel="web")]))
    notes = {row["id"]: next(row[name] for name in row if name.lower() == "my note") for row in files.table("tracks")}
    assert notes == {"a": "good", "b": "none", "c": "none"}
    assert "price" in kinds(files, "_order")
    check_sums(files)
    known = read_types(files.warehouse, source="default", schema="events").table("tracks")
    assert [name for name in known if "note" in name.lower()] == []


@pytest.mark.parametrize("kind", ["TEXT DEFAULT 'nobody'", "TEXT", "INTEGER DEFAULT 7"])
def test_a_value_for_a_column_added_by_hand_is_rescued(files: Files, kind: str) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a"), event("b"), event("i", type="identify", traits={"x": 1})]))
    files.execute(f"ALTER TABLE events._order ADD COLUMN seen_by {kind}")
    files.execute(f"ALTER TABLE events.users ADD COLUMN seen_by {kind}")
    files.execute("UPDATE events._order SET seen_by = '9' WHERE id = 'a'")
    files.execute("UPDATE events.users SET seen_by = '9'")
    person = event("j", type="identify", at=1, user_id="u2", traits={"seen_by": 4})
    load_hours(
        files.warehouse, [lake.put(1, [event("c", properties={"seen_by": 5}), person]), lake.put(2, [event("d")])]
    )
    rows = {row["id"]: (row["seen_by"], row["_rescued"]) for row in files.table("_order")}
    assert str(rows["a"][0]) == "9"
    assert rows["c"] == (rows["d"][0], '{"properties":{"seen_by":5}}')
    assert {row["id"]: str(row["seen_by"]) for row in files.table("users")}["u1"] == "9"
    check_sums(files)


def test_an_empty_column_added_by_hand_is_the_events_once_one_has_its_name(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    files.execute("ALTER TABLE events._order ADD COLUMN seen_by TEXT")
    load_hour(files.warehouse, lake.put(1, [event("c", properties={"seen_by": 5})]))
    assert {row["id"]: row["seen_by"] for row in files.table("_order")} == {"a": None, "c": 5}


def test_the_shipped_files_are_read() -> None:
    both = read_declaration(["segment", "rudderstack"])
    assert set(both.tables) == {"pages", "tracks", "identifies"}
    assert both.tables["pages"]["context_campaign_term"].type == "string"
