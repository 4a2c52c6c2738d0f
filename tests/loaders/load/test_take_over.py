"""A warehouse of version 0.1: its names stay, its values of `event` are brought up to date once (contract §5)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from loaders.load.load import load_hour
from loaders.rewrite.drop import drop_target
from loaders.rewrite.rewrite import RewriteInputs
from loaders.transform.catalog import DropTarget
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums

RENAMED = {"_2fae_nabled": "_2fa_enabled", "_1cc_omega": "_1c_comega"}
"""Name of a column or table -> the name that version 0.1 gave."""


def reserved_events() -> list[Event]:
    names = ["Order", "ORDER", "_order", "select", "Users", "plain"]
    return [event(f"e{n}", name=name, at=n, properties={"n": n, "2FAEnabled": n}) for n, name in enumerate(names)]


def make_older(files: Files, *, tables: Iterable[str] = ("_order", "_select")) -> None:
    """Turn a warehouse into the one that version 0.1 would have made of the same events."""
    for table in tables:
        files.execute(f"UPDATE events.{table} SET event = '{table}'")
        files.execute(f"UPDATE events.tracks SET event = '{table}' WHERE event = '{table[1:]}'")
    columns = files.query("SELECT table_name, column_name FROM information_schema.columns")
    for new, former in RENAMED.items():
        for row in columns:
            if row["column_name"] == new:
                files.execute(f'ALTER TABLE events."{row["table_name"]}" RENAME COLUMN {new} TO {former}')
        files.execute(f"UPDATE tideline.columns SET column_name = '{former}' WHERE column_name = '{new}'")
        files.execute(
            "UPDATE tideline.loads SET column_counts = "
            f"CAST(REPLACE(CAST(column_counts AS TEXT), '\"{new}\"', '\"{former}\"') AS JSON)"
        )
    files.execute("DROP TABLE tideline.kept_names")


def events_by_text(files: Files, table: str = "tracks") -> dict[str, str]:
    return {row["event_text"]: row["event"] for row in files.table(table)}


def test_the_column_event_holds_the_name_before_the_underscore_that_avoids_a_clash(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, reserved_events()))
    expected = {"Order": "order", "ORDER": "order", "_order": "_order", "select": "select", "Users": "users"}
    assert events_by_text(files) == expected | {"plain": "plain"}
    assert events_by_text(files, "_order") == {"Order": "order", "ORDER": "order", "_order": "_order"}
    assert files.query("SELECT id FROM events._select WHERE event = 'select'") == [{"id": "e3"}]
    check_sums(files)


def test_a_copy_with_another_name_leaves_the_table_of_a_reserved_name(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, reserved_events()))
    load_hour(files.warehouse, lake.put(1, [event("e0", name="Other", at=9, received=60)]))
    assert files.ids("_order") == ["e1", "e2"]
    assert files.ids("other") == ["e0"]
    check_sums(files)
    drop_target(files.warehouse, RewriteInputs(lake.source, lake.schema, lake.lookup), DropTarget("_order"))
    assert files.query("SELECT id FROM events.tracks WHERE _rescued LIKE '%2FAEnabled%' ORDER BY id") == [
        {"id": "e1"}, {"id": "e2"},
    ]  # fmt: skip
    check_sums(files)


def test_the_first_load_brings_the_values_of_an_older_warehouse_up_to_date(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, reserved_events()))
    make_older(files)
    assert events_by_text(files)["Order"] == "_order"
    done = load_hour(files.warehouse, lake.put(1, [event("new", name="Order", at=100, received=100)]))
    assert events_by_text(files) == {
        "Order": "order", "ORDER": "order", "_order": "_order", "select": "select", "Users": "users", "plain": "plain",
    }  # fmt: skip
    assert len(files.query("SELECT id FROM events._order WHERE event = 'order'")) == 3
    assert (done.tables["tracks"].updated, done.tables["_order"].updated, done.tables["_select"].updated) == (3, 2, 1)
    assert len(done.touched) == 1
    check_sums(files)
    again = load_hour(files.warehouse, lake.put(2, [event("more", name="plain", at=101, received=101)]))
    assert again.tables.keys() == {"tracks", "plain"}


def test_an_older_column_goes_on_to_receive_its_values_and_a_new_one_has_the_new_name(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", properties={"2FAEnabled": 1, "1CComega": "x"})]))
    make_older(files, tables=["_order"])
    fast = event("b", at=1, properties={"2FAEnabled": 2, "1CComega": "y"})
    slow = event("c", at=2, properties={"2FAEnabled": 3, "1CComega": "z", "é": 1})
    load_hour(files.warehouse, lake.put(1, [fast, slow, event("d", name="Later", properties={"2FAEnabled": 4})]))
    values = files.query("SELECT id, _2fa_enabled AS n, _1c_comega AS t FROM events._order ORDER BY id")
    assert values == [{"id": "a", "n": 1, "t": "x"}, {"id": "b", "n": 2, "t": "y"}, {"id": "c", "n": 3, "t": "z"}]
    assert files.query("SELECT _2fae_nabled AS n FROM events.later") == [{"n": 4}]
    load_hour(files.warehouse, lake.hour(0), reload=True)
    assert files.query("SELECT ints, strings FROM tideline.columns WHERE table_name = '_order' ORDER BY ints") == [
        {"ints": 0, "strings": 3}, {"ints": 3, "strings": 0},
    ]  # fmt: skip
    check_sums(files)


def test_a_column_of_an_older_warehouse_that_was_dropped_stays_out(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", properties={"2FAEnabled": 1, "n": 1})]))
    make_older(files, tables=["_order"])
    inputs = RewriteInputs(lake.source, lake.schema, lake.lookup)
    drop_target(files.warehouse, inputs, DropTarget("_order", "_2fa_enabled"))
    assert events_by_text(files, "_order") == events_by_text(files) == {"Order": "order"}
    load_hour(files.warehouse, lake.put(1, [event("b", at=1, properties={"2FAEnabled": 2})]))
    assert files.query("SELECT id, _rescued FROM events._order ORDER BY id") == [
        {"id": "a", "_rescued": '{"properties":{"2FAEnabled":1}}'},
        {"id": "b", "_rescued": '{"properties":{"2FAEnabled":2}}'},
    ]
    check_sums(files)


@pytest.mark.parametrize("first", [0, 1])
def test_a_new_warehouse_keeps_no_name_whichever_key_comes_first(files: Files, first: int) -> None:
    lake = MemoryLake()
    keys = ["1CComega", "1c comega"]
    for number in (first, 1 - first):
        load_hour(files.warehouse, lake.put(number, [event(f"e{number}", properties={keys[number]: number})]))
    values = files.query("SELECT id, _1cc_omega AS a, _1c_comega AS b FROM events._order ORDER BY id")
    assert values == [{"id": "e0", "a": 0, "b": None}, {"id": "e1", "a": None, "b": 1}]
