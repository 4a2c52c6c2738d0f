"""Single events checked by the library: what is reported holds no value of the event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loaders.transform.contracts.exact import MOST_PROBLEMS, Problem, find_problems
from tests.loaders.transform.contracts.build import contract_of, frame_of

VALUE = "jane@example.org"
CASES: dict[str, tuple[dict[str, Any], object, list[tuple[str, str]]]] = {
    "missing": ({"required": ["a", "b"]}, {"a": 1}, [("properties.b", "is missing")]),
    "kind": ({"properties": {"a": {"type": "integer"}}}, {"a": VALUE}, [("properties.a", "is a string, not integer")]),
    "kinds": (
        {"properties": {"a": {"type": ["integer", "null"]}}}, {"a": {}},
        [("properties.a", "is an object, not integer or null")],
    ),
    "null": ({"properties": {"a": {"type": "string"}}}, {"a": None}, [("properties.a", "is null, not string")]),
    "not allowed": (
        {"properties": {}, "additionalProperties": False}, {"a": VALUE}, [("properties.a", "is not in the schema")]
    ),
    "none allowed": (
        {"additionalProperties": False}, {"a": VALUE}, [("properties", "has a member that is not in the schema")]
    ),
    "false": ({"properties": {"a": False}}, {"a": VALUE}, [("properties.a", "is not allowed")]),
    "list": ({"properties": {"a": {"enum": ["x"]}}}, {"a": VALUE}, [("properties.a", "is none of the listed values")]),
    "range": ({"properties": {"a": {"maximum": 5}}}, {"a": 6}, [("properties.a", "is more than 5")]),
    "pattern": ({"properties": {"a": {"pattern": "^x"}}}, {"a": VALUE}, [("properties.a", "does not match ^x")]),
    "items": (
        {"properties": {"a": {"items": {"required": ["b"]}}}}, {"a": [{}, {"b": 1}, {}]},
        [("properties.a[].b", "is missing")],
    ),
    "choice": (
        {"properties": {"a": {"oneOf": [{"type": "integer"}, {"type": "null"}]}}}, {"a": VALUE},
        [("properties.a", "does not satisfy oneOf")],
    ),
    "unique": (
        {"properties": {"a": {"uniqueItems": True}}}, {"a": [VALUE, VALUE]},
        [("properties.a", "does not satisfy uniqueItems")],
    ),
}  # fmt: skip


def problems_of(schema: dict[str, Any], value: object) -> list[Problem]:
    return find_problems(contract_of(schema), frame_of([value]).row(0, named=True))


@pytest.mark.parametrize("case", CASES)
def test_a_problem_has_a_path_and_words_and_no_value(case: str) -> None:
    schema, value, expected = CASES[case]
    found = problems_of(schema, value)
    assert [(one.path, one.problem) for one in found] == expected
    assert VALUE not in str(found)


def test_an_event_with_very_many_problems_reports_some() -> None:
    schema = {"properties": {"z": {}}, "additionalProperties": False}
    assert len(problems_of(schema, {f"k{number}": 1 for number in range(1_000)})) == MOST_PROBLEMS


def test_a_schema_may_refer_to_itself_and_an_event_nest_deeply() -> None:
    schema = {"$defs": {"n": {"type": "object", "additionalProperties": {"$ref": "#/$defs/n"}}}, "$ref": "#/$defs/n"}
    value: object = 5
    for _ in range(60):
        value = {"a": value}
    rows = frame_of([value])
    contract = contract_of({"properties": {}, "required": ["a"]})
    assert find_problems(contract, rows.row(0, named=True)) == []
    assert json.loads(contract_of(schema).text)["properties"]["properties"]["$defs"]


def test_numbers_and_texts_that_no_decoder_takes_are_read_exactly() -> None:
    texts = ['{"a": 1e400}', '{"a": 123456789012345678901234567890}', '{"s": "\\ud800"}']
    schema = {"properties": {"a": {"type": "number"}, "s": {"type": "string"}}}
    for row in frame_of(texts).iter_rows(named=True):
        assert find_problems(contract_of(schema), row) == []
        assert find_problems(contract_of({"properties": {"a": {"type": "boolean"}, "s": {"type": "boolean"}}}), row)


def test_an_event_without_properties_has_empty_ones_and_its_own_members() -> None:
    row = frame_of([{}]).row(0, named=True) | {"properties": None}
    assert [one.path for one in find_problems(contract_of({"required": ["a"]}), row)] == ["properties.a"]
