"""What a row looks like: contract §5 and §6, each rule by an example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaders.transform.catalog import Budgets
from tests.loaders.transform.build import HOUR, column, lake, row, stage, tracks, types


def test_a_property_becomes_a_typed_column_of_the_events_own_table_only(tmp_path: Path) -> None:
    tables, staged = stage(tracks('{"price": 9.99, "qty": 3, "ok": true, "sku": "x", "on": "2026-01-31"}'), tmp_path)
    assert types(staged, "order_completed") == {
        "price": "float",
        "qty": "int",
        "ok": "boolean",
        "sku": "string",
        "_on": "datetime",
    }
    assert column(tables["order_completed"], "price") == [9.99]
    assert "price" not in tables["tracks"].column_names
    assert column(tables["tracks"], "event") == ["order_completed"]
    assert column(tables["tracks"], "event_text") == ["Order Completed"]


def test_nested_objects_are_joined_and_arrays_stay_as_sent(tmp_path: Path) -> None:
    text = '{"cart": {"itemCount": 1.50, "lines": [ {"n": 1.0, "t": "a b\\u00e9"} , 2e3 ]}, "none": [], "blank": [""]}'
    tables, _ = stage(tracks(text), tmp_path)
    assert column(tables["order_completed"], "cart_item_count") == [1.5]
    assert column(tables["order_completed"], "cart_lines") == ['[{"n":1.0,"t":"a bé"},2e3]']
    assert not {"none", "blank"} & set(tables["order_completed"].column_names)


@pytest.mark.parametrize(
    ("sent", "kind", "value"),
    [
        ("1.0", "int", 1),
        ("1e3", "int", 1000),
        ("-0", "int", 0),
        ("9223372036854775807", "int", 2**63 - 1),
        ("9223372036854775808", "string", "9223372036854775808"),
        ("9007199254740993.0", "float", 9007199254740992.0),
        ("1e400", "string", "1e400"),
        ("1e-400", "string", "1e-400"),
        ("5e-324", "float", 5e-324),
        ("1.00000000000000000000001", "float", 1.0),
        ("0.1000000000000000055511151231257827", "float", 0.1),
        ('"2023"', "string", "2023"),
        ('"2023-02-30"', "string", "2023-02-30"),
        ('" "', "string", " "),
        ("false", "boolean", False),
    ],
)
def test_a_value_is_typed_by_what_it_is(tmp_path: Path, sent: str, kind: str, value: object) -> None:
    tables, staged = stage(tracks(f'{{"v": {sent}}}'), tmp_path)
    assert types(staged, "order_completed") == {"v": kind}
    assert column(tables["order_completed"], "v") == [value]


def test_one_bad_value_in_twenty_is_rescued_as_sent(tmp_path: Path) -> None:
    frame = tracks(
        *(f'{{"price": {at}.50}}' for at in range(19)), '{"price": {"amount": 3}, "b": 1}', '{"price": "free"}'
    )
    tables, staged = stage(frame, tmp_path)
    table = tables["order_completed"]
    assert types(staged, "order_completed")["price"] == "float"
    assert column(table, "price")[-1] is None
    assert column(table, "_rescued")[-1] == '{"properties":{"price":"free"}}'
    assert column(table, "price_amount")[-2] == 3
    assert staged.hours[HOUR].rescued == 1
    assert column(tables["tracks"], "_rescued") == [None] * 21


def test_below_ninety_five_percent_a_column_is_text_with_the_digits_as_sent(tmp_path: Path) -> None:
    tables, staged = stage(tracks(*(['{"v": 1.50}'] * 18), '{"v": "a"}', '{"v": [1, 2]}'), tmp_path)
    assert types(staged, "order_completed") == {"v": "string"}
    assert column(tables["order_completed"], "v") == ["1.50"] * 18 + ["a", "[1,2]"]


def test_a_property_named_like_a_standard_column_takes_an_underscore_first(tmp_path: Path) -> None:
    tables, _ = stage(tracks('{"timestamp": "x", "id": 1, "_id": 2, "event_date": 3, "_rescued": 4}'), tmp_path)
    table = tables["order_completed"]
    assert column(table, "_timestamp") == ["x"]
    assert column(table, "_id") == [2], "of two values of one event the last one wins"
    assert column(table, "_event_date") == [3]
    assert column(table, "__rescued") == [4]
    assert column(table, "_rescued") == ['{"properties":{"id":1}}']


def test_context_wins_over_properties_and_they_over_user_properties(tmp_path: Path) -> None:
    frame = lake(
        row(
            context='{"plan": "c", "ip": "9.9.9.9", "request ip": "no"}',
            properties='{"context_plan": "p", "tier": "p"}',
            user_properties='{"tier": "u", "Tier": "U", "age": 5}',
            request_ip="1.1.1.1",
        )
    )
    tables, _ = stage(frame, tmp_path)
    table = tables["order_completed"]
    assert column(table, "context_plan") == ["c"]
    assert column(table, "tier") == ["p"]
    assert column(table, "age") == [5]
    assert column(table, "context_ip") == ["9.9.9.9"]
    assert column(table, "context_passed_ip") == ["9.9.9.9"]
    assert column(table, "context_request_ip") == ["1.1.1.1"]
    assert json.loads(str(column(table, "_rescued")[0])) == {
        "context": {"request ip": "no"},
        "properties": {"context_plan": "p"},
        "userProperties": {"tier": "u", "Tier": "U"},
    }
    assert json.loads(str(column(tables["tracks"], "_rescued")[0])) == {"context": {"request ip": "no"}}


def test_repeated_members_the_last_wins_and_is_not_rescued(tmp_path: Path) -> None:
    tables, _ = stage(tracks('{"a": 1, "b": {"x": 1, "x": 2}, "a": 3}'), tmp_path)
    assert column(tables["order_completed"], "a") == [3]
    assert column(tables["order_completed"], "b_x") == [2]
    assert column(tables["order_completed"], "_rescued") == [None]


def test_an_unnameable_event_keeps_its_properties_in_tracks(tmp_path: Path) -> None:
    tables, _ = stage(tracks('{"a": 1}', event="日本語", user_properties='{"b": [1]}'), tmp_path)
    assert set(tables) == {"tracks"}
    assert column(tables["tracks"], "event") == [None]
    assert column(tables["tracks"], "event_text") == ["日本語"]
    assert column(tables["tracks"], "_rescued") == ['{"properties":{"a":1},"userProperties":{"b":[1]}}']


@pytest.mark.parametrize("event", ["users", "Tracks", "accounts", "Screens"])
def test_an_event_named_like_a_table_of_ours_gets_an_underscore(tmp_path: Path, event: str) -> None:
    tables, _ = stage(tracks('{"a": 1}', event=event), tmp_path)
    assert f"_{event.lower()}" in tables
    assert column(tables[f"_{event.lower()}"], "event") == [event.lower()]


def test_a_page_takes_its_name_from_its_properties_only_when_it_has_none(tmp_path: Path) -> None:
    frame = lake(
        row(0, type="page", name="Home", properties='{"name": "Other", "title": "t"}'),
        row(1, type="page", properties='{"name": "Docs"}'),
        row(2, type="page", properties='{"name": 7}'),
        row(3, type="page", properties='{"name": ["a"], "Name": "x"}'),
        row(4, type="page", properties='{"name": {"first": "f"}}'),
    )
    tables, _ = stage(frame, tmp_path)
    pages = tables["pages"]
    assert column(pages, "name") == ["Home", "Docs", "7", None, None]
    assert column(pages, "_name") == ["Other", None, None, "x", None]
    assert column(pages, "name_first") == [None, None, None, None, "f"]
    assert column(pages, "_rescued")[3] == '{"properties":{"name":["a"]}}'


@pytest.mark.parametrize("other", ['["9.9.9.9"]', "[[]]", '[{"a":1}, 2]'])
def test_an_address_that_is_an_array_is_rescued_and_one_that_is_an_object_is_flattened(
    other: str, tmp_path: Path
) -> None:
    frame = lake(
        row(0, context='{"ip": "1.1.1.1"}', request_ip="2.2.2.2"),
        row(1, context=f'{{"ip": {other}, "a": 1}}', request_ip="2.2.2.2"),
        row(2, context=f'{{"ip": {other}}}'),
        row(3, context='{"ip": {"v4": "3.3.3.3", "all": ["4.4.4.4"]}}', request_ip="2.2.2.2"),
        row(4, context='{"ip": 7}'),
    )
    tables, _ = stage(frame, tmp_path)
    for table in (tables["tracks"], tables["order_completed"]):
        assert column(table, "context_passed_ip") == ["1.1.1.1", None, None, None, "7"]
        assert column(table, "context_ip") == ["1.1.1.1", "2.2.2.2", None, "2.2.2.2", "7"]
        assert column(table, "context_ip_v4") == [None, None, None, "3.3.3.3", None]
        rescued = {"context": {"ip": json.loads(other)}}
        found = [text and json.loads(str(text)) for text in column(table, "_rescued")]
        assert found == [None, rescued, rescued, None, None]


def test_values_without_a_place_are_rescued_in_the_home_table(tmp_path: Path) -> None:
    frame = lake(
        row(0, properties='{"a": 1}', traits='{"t": 1}', group_id="g"),
        row(1, type="identify", traits='{"t": 2}', properties='{"p": 1}', event="E"),
        row(2, type="group", traits='{"t": 2}', user_properties='{"p": 1}', group_id="g"),
    )
    tables, _ = stage(frame, tmp_path)
    assert column(tables["tracks"], "_rescued") == ['{"groupId":"g","traits":{"t":1}}']
    assert column(tables["order_completed"], "_rescued") == [None]
    assert column(tables["identifies"], "_rescued") == ['{"event":"E","properties":{"p":1}}']
    assert column(tables["groups"], "_rescued") == ['{"userProperties":{"p":1}}']
    assert column(tables["groups"], "group_id") == ["g"]


def test_past_the_budget_of_columns_values_are_rescued(tmp_path: Path) -> None:
    texts = [json.dumps({f"k{at}": at, "same": 1}) for at in range(40)]
    tables, staged = stage(tracks(*texts), tmp_path, budgets=Budgets(columns=30))
    table = tables["order_completed"]
    assert len(staged.catalog.table("order_completed")) == 30 - 18
    assert len(table.column_names) == 30
    rescued = [text for text in column(table, "_rescued") if text]
    assert len(rescued) == 40 - 11 == staged.hours[HOUR].rescued


def test_past_the_budget_of_tables_an_event_lives_in_tracks(tmp_path: Path) -> None:
    frame = lake(*(row(at, event=f"Event {at}", properties='{"a": 1}') for at in range(5)))
    tables, _ = stage(frame, tmp_path, budgets=Budgets(tables=2))
    assert set(tables) == {"tracks", "event_0", "event_1"}
    assert column(tables["tracks"], "_rescued") == [None, None] + ['{"properties":{"a":1}}'] * 3


def test_a_row_holds_no_more_than_its_budget_of_values(tmp_path: Path) -> None:
    text = json.dumps({f"k{at}": at for at in range(400)})
    tables, _ = stage(tracks(text, '{"k399": 1}'), tmp_path)
    wide = tables["order_completed"].sort_by("id").slice(0, 1).to_pylist()[0]
    held = sum(value is not None for name, value in wide.items() if name != "#received_sent") + 1
    assert held == 300, "uuid_ts, which the load adds, is one of them"
    assert wide["k0"] == 0
    assert json.loads(wide["_rescued"])["properties"]["k399"] == 399


def test_what_the_envelope_could_not_hold_is_in_every_row_with_such_a_column(tmp_path: Path) -> None:
    frame = lake(row(0, rescued='{"userId": [1], "properties": 5, "traits": 6}', user_id=None))
    tables, _ = stage(frame, tmp_path)
    assert column(tables["tracks"], "_rescued") == ['{"userId":[1],"traits":6}']
    assert column(tables["order_completed"], "_rescued") == ['{"userId":[1],"properties":5}']
