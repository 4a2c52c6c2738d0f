"""Rows with masked values: the fast way and the exact one agree with the second reading of the contract (§13)."""

from __future__ import annotations

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events.masking.frames import hides_persons, mask_events, mask_lines, person_forms
from event_assets.events.masking.rules import Masking, MaskingKey, MaskRule
from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA
from tests.independent.json_text import parse
from tests.independent.masked import Masked

KEY = "a key of this test alone"
RULES = (
    ("context.ip", "truncate"),
    ("context.userAgent", "drop"),
    ("context.*mail*", "domain"),
    ("context.network.address", "hash"),
    ("context.**.card", "last4"),
    ("properties.ip", "null"),
)
MASKING = Masking(tuple(MaskRule(path, how) for path, how in RULES), MaskingKey(KEY))  # type: ignore[arg-type]  # checked by the test
KEYS = (
    "ip",
    "IP",
    "userAgent",
    "useragent",
    "eMail",
    "network",
    "address",
    "network.address",
    "card",
    "a",
    'q"ip',
    "\u0131p",
)
SCALARS = (
    "203.0.113.9",
    "jo@example.org",
    "",
    " ",
    "12345678901",
    "ip",
    "userAgent",
    'x"ip":"',
    7,
    1.5,
    True,
    None,
    "é{",
)


def objects() -> st.SearchStrategy[object]:
    """Values whose keys are those of rules, more or less."""
    return st.recursive(
        st.sampled_from(SCALARS),
        lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from(KEYS), inner), max_size=5),
        max_leaves=8,
    )


def write(value: object, style: int) -> str:
    """JSON text of a value; a list of pairs is an object, with repeated members; written in one of several ways."""
    if isinstance(value, list) and value and all(isinstance(pair, tuple) for pair in value):
        colon, comma = ((":", ","), (" : ", " , "), (": ", ","))[style % 3]
        return "{" + comma.join(_name(key, style) + colon + write(inner, style) for key, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(inner, style) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=style % 2 == 0)


def _name(key: str, style: int) -> str:
    return json.dumps(key) if style < 4 else '"' + "".join(f"\\u{ord(letter):04x}" for letter in key) + '"'


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.tuples(st.sampled_from(KEYS), objects()), max_size=6), st.integers(0, 5)), max_size=8
    )
)
def test_any_text_is_masked_as_the_contract_has_it(drawn: list[tuple[list[tuple[str, object]], int]]) -> None:
    texts = [write(pairs, style) if pairs else "{}" for pairs, style in drawn]
    rescued = [f'{{"context":{text},"properties":{{"ip":1}}}}' for text in texts]
    frame = pl.DataFrame({"context": texts, "rescued": rescued}, schema={"context": pl.String, "rescued": pl.String})
    masked = mask_events(frame, MASKING)
    reader = Masked((RULES,), KEY)
    for text, found in zip(texts, masked["context"], strict=True):
        wanted = reader.walk(parse(text)[0], ("context",), list(RULES))
        assert parse(found)[0] == wanted if found is not None else wanted == {}
    for text, found in zip(rescued, masked["rescued"], strict=True):
        tree = parse(text)[0]
        assert isinstance(tree, dict)
        assert parse(found)[0] == {name: reader.walk(block, (name,), list(RULES)) for name, block in tree.items()}


def test_texts_that_no_rule_reaches_stay_as_they_are() -> None:
    sent = ['{ "a" : 1.0, "b":"\\u00e9" }', '{"tip":"203.0.113.9"}', None, '{"a":"\\"ip\\":1"}']
    frame = pl.DataFrame({"context": sent})
    assert mask_events(frame, MASKING)["context"].to_list() == sent


def test_columns_of_the_envelope_and_kept_members_are_masked() -> None:
    rules = (
        MaskRule("userId", "hash"),
        MaskRule("request_ip", "truncate"),
        MaskRule("writeKey", "drop"),
        MaskRule("traits", "null"),
    )
    masking = Masking(rules, MaskingKey(KEY))
    row = {
        "user_id": "u",
        "request_ip": "203.0.113.9",
        "kept": '{"writeKey":"w","v":1}',
        "traits": '{"a":1}',
        "id": "u",
    }
    frame = pl.DataFrame([row, {}], schema=LAKE_SCHEMA, orient="row")
    masked = mask_events(frame, masking)
    assert masked.schema == frame.schema
    assert masked.row(0, named=True) == dict.fromkeys(LAKE_SCHEMA) | {
        "user_id": MaskingKey(KEY).hash("u"), "request_ip": "203.0.113.0", "kept": '{"v":1}', "id": "u",
    }  # fmt: skip
    assert masked.row(1) == frame.row(1)


def test_lines_keep_reason_position_and_size_alone() -> None:
    lines = [("f", 1, 0, "invalid_json", "near secret", 9, b"secret"), ("g", None, None, "bad_file", "cut", 3, None)]
    frame = pl.DataFrame(lines, schema=QUARANTINE_SCHEMA, orient="row")
    assert mask_lines(frame, MASKING).rows() == [
        ("f", 1, 0, "invalid_json", "", 9, None),
        ("g", None, None, "bad_file", "cut", 3, None),
    ]
    assert mask_lines(frame, Masking()).rows() == lines


def test_an_id_has_the_forms_that_lake_and_tables_may_have() -> None:
    key = MaskingKey(KEY)
    both = Masking(
        (MaskRule("userId", "hash", "lake"), MaskRule("userId", "hash"), MaskRule("anonymousId", "null")), key
    )
    once = key.hash("u")
    assert person_forms("u", both) == {"u", once, key.hash(once)}
    assert person_forms("u", Masking()) == {"u"}
    assert hides_persons(both)
    assert not hides_persons(Masking((MaskRule("userId", "hash"), MaskRule("anonymousId", "null", "lake")), key))
