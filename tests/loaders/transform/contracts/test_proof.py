"""Columns prove only what holds: with any rows read together, the answer is that of checking one by one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from loaders.transform.contracts import check
from loaders.transform.contracts.check import find_violating, plan_of
from loaders.transform.contracts.contract import EventContract
from loaders.transform.contracts.exact import Problem
from tests.loaders.transform.contracts.build import contract_of, frame_of, violates

SCALARS: list[dict[str, Any]] = [
    {"type": "string"}, {"type": ["string", "null"]}, {"type": "string", "minLength": 2, "maxLength": 3},
    {"type": "string", "pattern": "^[0-9]+$"}, {"enum": ["a", "bb"]}, {"type": "number", "minimum": 0},
    {"type": "integer"}, {"type": "integer", "exclusiveMaximum": 5}, {"type": "boolean"}, {"type": "object"}, {},
    {"type": "object", "properties": {"m": {"type": "integer"}}, "required": ["m"], "additionalProperties": False},
    {"type": "array", "items": {"type": "object", "properties": {"m": {"type": "integer"}}, "required": ["m"]}},
    {"type": "array", "minItems": 1}, {"type": "array", "items": {"type": "string"}, "maxItems": 1},
    {"type": ["integer", "null"], "enum": [1, 2]}, {"const": "a"}, {"type": "string", "enum": ["bb"]},
]  # fmt: skip
VALUES: list[Any] = [
    *("", "a", "bb", "cccc", "12", "٣", "é", "1\r", "2026-01-31T00:00:00Z", 0, 1, -1, 1.0, 1.5, 7, 2**53 + 1, 10**30),
    *(None, True, {}, {"m": 1}, {"m": None}, {"m": 1, "x": 2}, {"m": 1, "x": None}, [], [{}], [{"m": 1}], [None]),
    *(["a"], ["a", "b"], [{"m": "x"}], ["x", 1], [{"m": 1}, {"m": 1.5}]),
]
MISSING = object()
OBJECT = {"type": "object"}


def shape(schema: dict[str, Any], *, required: bool, closed: bool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"v": schema, "w": {"type": "string"}},
        **({"required": ["v"]} if required else {}),
        **({"additionalProperties": False} if closed else {}),
    }


def objects(values: list[object]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{} if value is MISSING else {"v": value} for value in values]
    more: list[dict[str, Any]] = [{}, {"w": "x"}, {"w": "null"}, {"w": "x", "z": 1}, {"z": None}, {"w": 5}]
    return [one | more[number % 6] for number, one in enumerate(made)]


def test_every_kind_of_schema_has_the_answer_of_another_implementation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each schema over all values, in rows that are read together."""
    monkeypatch.setattr(check, "FEW_ROWS", 0)
    rows = objects([*VALUES, MISSING] * 2)
    for schema, required, closed in itertools.product(SCALARS, (False, True), (False, True)):
        properties = shape(schema, required=required, closed=closed)
        contract = contract_of(properties)
        assert plan_of(contract.text) is not None, properties
        found = {violating.row for violating in find_violating(frame_of(rows), [contract])}
        assert found == {number for number, one in enumerate(rows) if violates(properties, one)}, properties


@hypothesis.given(data=st.data())
@hypothesis.settings(max_examples=12, deadline=None)
def test_rows_drawn_together_have_the_answer_of_another_implementation(data: st.DataObject) -> None:
    schema = data.draw(st.sampled_from(SCALARS))
    properties = shape(schema, required=data.draw(st.booleans()), closed=data.draw(st.booleans()))
    rows = objects(data.draw(st.lists(st.sampled_from([*VALUES, MISSING]), min_size=33, max_size=80)))
    found = {violating.row for violating in find_violating(frame_of(rows), [contract_of(properties)])}
    assert found == {number for number, one in enumerate(rows) if violates(properties, one)}


def test_sound_rows_are_proven_and_not_checked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []

    def note(contract: EventContract, row: Mapping[str, Any]) -> list[Problem]:
        checked.append(row["_line"])
        return []

    monkeypatch.setattr(check, "find_problems", note)
    properties = {
        "required": ["price", "any"],
        "type": "object",
        "properties": {
            "price": {"type": "number", "minimum": 0},
            "sku": {"type": "string", "pattern": r"^[A-Z]\d+$"},
            "any": {},
            "items": {
                "type": "array",
                "items": {"type": "object", "required": ["q"], "properties": {"q": {"type": "integer"}}},
            },
        },
    }
    rows = [{"price": number / 3, "sku": f"A{number}", "any": {"x": 1}, "items": [{"q": 1}]} for number in range(2_000)]
    rows[70] = {**rows[70], "price": -1}
    rows[1_500] = {**rows[1_500], "sku": 5}
    assert not list(find_violating(frame_of(rows), [contract_of(properties)]))
    assert checked == [70, 1_500]


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}, {"type": "number"}]}, {"type": ["string", "number"]}, {"$ref": "#/$defs/x"},
        {"type": "array", "uniqueItems": True}, {"type": "string", "pattern": "^(?=a)"}, {"multipleOf": 2},
        {"type": "number", "maximum": 2**60}, {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "string", "minimum": 1}, {"not": {}},
    ],
)  # fmt: skip
def test_what_columns_cannot_decide_is_checked_one_by_one(schema: dict[str, Any]) -> None:
    assert plan_of(contract_of({"properties": {"v": schema}}).text) is None


def test_a_digit_of_a_pattern_is_an_ascii_digit() -> None:
    rows = [{"v": text} for text in ["12", "\N{ARABIC-INDIC DIGIT THREE}"] * 40]
    found = find_violating(
        frame_of(rows), [contract_of({"properties": {"v": {"type": "string", "pattern": r"^\d+$"}}})]
    )
    assert [violating.row for violating in found] == list(range(1, 80, 2))


def test_texts_as_sent_are_read_as_a_load_reads_them() -> None:
    """The last of repeated members counts; a text that Arrow refuses is no reason to fail."""
    sound = ['{"n": 1}'] * 40
    odd = [
        '{"n": "x", "n": 2}',
        '{"n": 3, "n": "x"}',
        '{"n": 1e400}',
        '{"s": "\\ud800", "n": 1}',
        '{"n": 1, "b": 1, "b": "x"}',
    ]
    contract = contract_of({"properties": {"n": {"type": "integer", "maximum": 9}}, "additionalProperties": True})
    found = [violating.row for violating in find_violating(frame_of([*sound, *odd]), [contract])]
    assert found == [41, 42]


def test_dense_dirt_leaves_a_window_to_be_checked_one_by_one() -> None:
    rows = [{"n": "x" if number % 3 else number} for number in range(3_000)]
    contract = contract_of({"properties": {"n": {"type": "integer"}}})
    found = [violating.row for violating in find_violating(frame_of(rows), [contract])]
    assert found == [number for number in range(3_000) if number % 3]
    assert plan_of(contract.text) is not None
