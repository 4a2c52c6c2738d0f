"""Arrays of pairs as objects, and values with their types as plain ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_assets.events.json.split import split_members
from event_assets.events.line_reader import split_exactly
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.pairs import read_pairs

EXAMPLES = {
    "texts": ('[{"key":"a","value":"x"},{"key":"b","value":1.50}]', '{"a":"x","b":1.50}'),
    "types of OpenTelemetry": (
        '[{"key":"a","value":{"stringValue":"x"}},{"key":"b","value":{"intValue":"9007199254740993"}},'
        '{"key":"c","value":{"boolValue":false}},{"key":"d","value":{"doubleValue":2.50}},{"key":"e","value":{}},'
        '{"key":"f","value":{"intValue":7}},{"key":"g","value":{"doubleValue":"NaN"}},{"key":"h"}]',
        '{"a":"x","b":9007199254740993,"c":false,"d":2.50,"e":{},"f":7,"g":"NaN","h":null}',
    ),
    "lists and objects of them": (
        '[{"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"}]}}},'
        '{"key":"b","value":{"kvlistValue":{"values":[{"key":"c","value":{"boolValue":true}}]}}},'
        '{"key":"d","value":{"arrayValue":{}}}]',
        '{"a":["x",1],"b":{"c":true},"d":[]}',
    ),
    "columns of BigQuery, all but one null": (
        '[{"key":"a","value":{"string_value":null,"int_value":"5","float_value":null,"double_value":null}},'
        '{"key":"b","value":{"string_value":null,"int_value":null}}]',
        '{"a":5,"b":null}',
    ),
    "tags of AWS, and names": ('[{"Key":"a","Value":"x"},{"name":"b","value":"y"}]', '{"a":"x","b":"y"}'),
    "a value with its type alone": ('{"stringValue":"x"}', '"x"'),
    "repeated keys": ('[{"key":"a","value":1},{"key":"b","value":2},{"key":"a","value":3}]', '{"b":2,"a":3}'),
    "an object as it is": ('{"a": {"key": 1}}', '{"a": {"key": 1}}'),
    "an array of something else": ('[{"key":1},{"key":"a"}]', '[{"key":1},{"key":"a"}]'),
    "no array": ('"key"', '"key"'),
    "nothing in it": ("[]", "{}"),
    "an integer of twenty digits stays a text": (
        '[{"key":"a","value":{"intValue":"12345678901234567890"}}]',
        '{"a":"12345678901234567890"}',
    ),
}


@pytest.mark.parametrize("split", [split_members, split_exactly])
@pytest.mark.parametrize("name", EXAMPLES)
def test_pairs_become_the_object_they_stand_for(name: str, split: object) -> None:
    sent, read = EXAMPLES[name]
    assert read_pairs(f'{{"o":{{"p":{sent}}}}}', [("o", "p")], split) == f'{{"o":{{"p":{read}}}}}'  # type: ignore[arg-type]  # one of two functions of that type


@pytest.mark.parametrize("event", ['{"o":1}', '{"o":{}}', '{"p":[]}', '{"o":[{"p":[]}]}'])
def test_an_event_without_the_path_is_unchanged(event: str) -> None:
    assert read_pairs(event, [("o", "p")], split_members) is event


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner), max_leaves=5
)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=5))
def test_any_object_written_as_pairs_is_read_back(values: dict[str, object]) -> None:
    pairs = [{"key": name, "value": value} for name, value in values.items()]
    assert json.loads(read_pairs(json.dumps({"a": pairs}), [("a",)], split_members)) == {"a": values}


def test_a_mapping_reads_members_out_of_pairs() -> None:
    mapping = Mapping.parse(
        {
            "pairs": ["attributes"],
            "type": {"const": "track"},
            "event": {"first": ["name", "kind"], "default": "log"},
            "user_id": ["attributes", "user.id"],
            "properties": "attributes",
        }
    )
    sent = '{"attributes":[{"key":"user.id","value":"u-1"},{"key":"plan","value":"pro"}],"kind":""}'
    assert mapping.apply(sent, split_members) == {
        "type": '"track"',
        "userId": '"u-1"',
        "event": '"log"',
        "properties": '{"plan":"pro","kind":""}',
    }
    assert mapping.apply('{"kind":"x"}', split_members)["event"] == '"x"'
