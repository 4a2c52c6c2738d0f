"""Which rows are checked by which contract: by type, and tracks by their name as sent."""

from __future__ import annotations

from typing import Any

import polars as pl

from loaders.transform.contracts.check import FEW_ROWS, find_violating, keep_allowed, plan_of
from loaders.transform.contracts.contract import Contracts, EventContract
from tests.loaders.transform.contracts.build import NOON, contract_of, frame_of, violates


def identify(schema: dict[str, Any]) -> EventContract:
    return EventContract("identify", None, "quarantine", schema, "identify.json")


def identifies(traits: list[str | None], users: list[str | None]) -> pl.DataFrame:
    frame = frame_of([{}] * len(traits))
    columns = {"type": "identify", "event": None}
    return frame.with_columns(
        **{name: pl.lit(value) for name, value in columns.items()},
        properties=pl.lit(None, pl.String()),
        traits=pl.Series(traits, dtype=pl.String()),
        user_id=pl.Series(users, dtype=pl.String()),
    )


def test_traits_and_ids_are_checked_in_columns_and_one_by_one_alike() -> None:
    schema = {
        "required": ["userId", "timestamp"],
        "properties": {
            "userId": {"type": "string", "pattern": "^u"},
            "traits": {"type": "object", "required": ["plan"], "properties": {"plan": {"type": "string"}}},
        },
    }
    contract = identify(schema)
    assert plan_of(contract.text) is not None
    traits = ['{"plan": "pro"}', None, '{"plan": 1}', '{"plan": "pro"}', '{"plan": "pro"}']
    users = ["u1", "u2", "u3", None, "x"]
    few = [found.row for found in find_violating(identifies(traits, users), [contract])]
    many = [found.row % 5 for found in find_violating(identifies(traits * FEW_ROWS, users * FEW_ROWS), [contract])]
    assert few == [1, 2, 3, 4]
    assert many == few * FEW_ROWS


def test_rows_of_no_contract_and_of_other_names_are_kept_in_order() -> None:
    contracts = Contracts("evolve", (contract_of({"required": ["a"]}, "quarantine"),))
    frame = pl.concat([frame_of([{}, {"a": 1}]), frame_of([{}], event="paid"), frame_of([{}, {"a": 2}])])
    kept = keep_allowed(frame, contracts)
    assert kept.select("event", "properties").rows() == [("Paid", '{"a": 1}'), ("paid", "{}"), ("Paid", '{"a": 2}')]
    assert keep_allowed(frame, Contracts("report")).equals(frame)
    assert violates({"required": ["a"]}, {})
    assert NOON.hour == 12


def test_every_schema_of_all_of_must_hold() -> None:
    common = {"properties": {"context": {"type": "object", "required": ["os"]}}}
    schema = {"properties": {"properties": {"type": "object", "required": ["a"]}}, "allOf": [common]}
    contract = EventContract("track", "Paid", "report", schema, "Paid.json")
    assert plan_of(contract.text) is not None
    frame = frame_of([{"a": 1}, {}] * 40).with_columns(
        context=pl.Series(['{"os": "ios"}', '{"os": "x"}', None, None] * 20)
    )
    found = {
        violating.row % 4: [one.path for one in violating.problems] for violating in find_violating(frame, [contract])
    }
    assert found == {1: ["properties.a"], 2: ["context.os"], 3: ["properties.a", "context.os"]}
