"""What decides a load is one text; what a schema names is what a frozen table may gain."""

from __future__ import annotations

from typing import Any

from loaders.transform.contracts.contract import Contracts, EventContract, Mode
from loaders.transform.contracts.named_columns import named_columns


def contract(
    schema: dict[str, Any], mode: Mode = "freeze", event: str | None = "Paid", kind: str = "track"
) -> EventContract:
    return EventContract(kind, event, mode, schema, "Paid.json")


def of_properties(schema: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"properties": schema}}


def test_contracts_that_check_nothing_decide_nothing() -> None:
    assert Contracts("report").text == ""
    assert Contracts("evolve", (contract({}, "evolve"),)).text == ""
    assert Contracts("freeze").text != ""


def test_what_decides_a_load_changes_the_text_and_nothing_else_does() -> None:
    one, other = contract(of_properties({"required": ["n"]}), "report"), contract({}, "report", "Sent")
    text = Contracts("evolve", (one, other)).text
    assert Contracts("evolve", (other, one)).text == text
    assert Contracts("report", (one, other)).text == text
    assert Contracts("evolve", (contract(of_properties({}), "report"), other)).text != text
    assert Contracts("evolve", (contract(of_properties({"required": ["n"]}), "quarantine"), other)).text != text


def test_a_schema_names_columns_by_their_paths() -> None:
    schema = of_properties(
        {"properties": {"userID": {}, "cart": {"properties": {"size": {"type": "integer"}}}, "x": False}}
    )
    named = named_columns("track", schema, frozenset())
    assert named.names == {"_user_id", "cart_size"}
    assert named.prefixes == ("_user_id_", "context_")


def test_an_object_of_which_no_member_is_named_may_have_any() -> None:
    named = named_columns("track", of_properties({"properties": {"cart": {"type": "object"}}}), frozenset())
    assert "cart_" in named.prefixes
    assert "" in named_columns("track", of_properties({}), frozenset()).prefixes
    closed = {"properties": {"properties": {"properties": {}}, "context": {"properties": {"os": {"type": "string"}}}}}
    named = named_columns("track", closed, frozenset())
    assert (set(named.names), list(named.prefixes)) == ({"context_os"}, [])


def test_a_frozen_source_leaves_events_with_a_contract_of_another_mode_alone() -> None:
    freeze = Contracts("freeze", (contract({}, "report", "Sent"),)).freeze(frozenset())
    assert freeze is not None
    assert (freeze.admits_table("sent"), freeze.admits_table("paid")) == (True, False)
    assert freeze.admits_column("sent", frozenset()) is None
    test = freeze.admits_column("tracks", frozenset())
    assert test is not None
    assert not test("context_os")


def test_two_contracts_of_one_table_may_both_name_columns() -> None:
    events = (
        contract(of_properties({"properties": {"a": {"type": "integer"}}}), event="Paid Now"),
        contract(of_properties({"properties": {"b": {"type": "integer"}}}), "report", "paid_now"),
    )
    freeze = Contracts("evolve", events).freeze(frozenset())
    assert freeze is not None
    test = freeze.admits_column("paid_now", frozenset())
    assert test is not None
    assert [test(name) for name in ("a", "b", "c")] == [True, True, False]
