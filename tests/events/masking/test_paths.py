"""Which values a path reaches, and which rules are refused (contract §13)."""

from __future__ import annotations

import json

import pytest

from event_assets.events.masking.json_text import JsonMask
from event_assets.events.masking.rules import How, Masking, MaskingError, MaskingKey, MaskRule, read_masking_key


def mask(sent: object, *paths: str, how: How = "null") -> object:
    """An event's members with the values at some paths masked."""
    found = JsonMask(Masking(tuple(MaskRule(path, how) for path in paths)))
    text = sent if isinstance(sent, str) else json.dumps(sent)
    masked = found.mask_column(text, found.paths.root)
    return None if masked is None else json.loads(masked)


@pytest.mark.parametrize(
    ("path", "sent", "masked"),
    [
        ("context.ip", {"context": {"ip": 1, "a": {"ip": 2}}}, {"context": {"ip": None, "a": {"ip": 2}}}),
        ("context.IP", {"Context": {"iP": 1}}, {"Context": {"iP": None}}),
        (
            "traits.*phone*",
            {"traits": {"phone": 1, "myPhoneNo": 2, "p": 3}},
            {"traits": {"phone": None, "myPhoneNo": None, "p": 3}},
        ),
        (
            "properties.a.b",
            {"properties": {"a.b": 1, "a": {"b.c": 2, "c": 3}}},
            {"properties": {"a.b": None, "a": {"b.c": None, "c": 3}}},
        ),
        (
            "properties.a.b",
            {"properties": {"a": [{"b": 1}, [{"b": 2, "c": 3}]]}},
            {"properties": {"a": [{"b": None}, [{"b": None, "c": 3}]]}},
        ),
        ("properties.a.b", {"properties": {"a": "text"}}, {"properties": {"a": None}}),
        ("properties.a.b", {"properties": {"a": [1, {"b": 2}, ""]}}, {"properties": {"a": [None, {"b": None}, ""]}}),
        (
            "properties.*.b",
            {"properties": {"a": "text", "c": {"b": 1}}},
            {"properties": {"a": "text", "c": {"b": None}}},
        ),
        (
            "**.mail",
            {"properties": {"mail": 1, "a": [{"b": {"Mail": 2}}]}},
            {"properties": {"mail": None, "a": [{"b": {"Mail": None}}]}},
        ),
        ("properties.**.mail", {"traits": {"mail": 1}, "properties": "x"}, {"traits": {"mail": 1}, "properties": None}),
        (
            "properties.ma\u0130l",
            {"properties": {"MA\u0130L": 1, "mail": 2}},
            {"properties": {"MA\u0130L": None, "mail": 2}},
        ),
        ("properties.k", {"properties": {"\u212a": 1}}, {"properties": {"\u212a": None}}),
    ],
)
def test_a_path_reaches(path: str, sent: object, masked: object) -> None:
    assert mask(sent, path) == masked


@pytest.mark.parametrize(
    "sent",
    [
        r'{"context":{"\u0069p":"x"}}',
        '{ "context" : { "ip" : "x" } }',
        '{"context":{"ip":"x","ip":"x"}}',
        '{"context":{"ip":null,"ip":"x"}}',
        '{"context":{"ip":"x","ip":null}}',
        '{"context":{"IP":"x","ip":"x"}}',
        '{"context":{"a":"ip","ip":"x"}}',
        '{"context":{"a":{"ip":1},"ip":"x"}}',
        r'{"context":{"q\"ip\"":1,"ip":"x"}}',
        '{"context":{"ip":"x"},"context":{"ip":"x"}}',
        '{"context":{"ip":{"v4":"x"},"b":[]}}',
        '{"context":"x"}',
    ],
)
def test_no_form_of_a_key_hides_it(sent: str) -> None:
    for how in ("null", "drop"):
        assert '"x"' not in json.dumps(mask(sent, "context.ip", how=how))


def test_members_that_identify_an_event_are_masked_by_no_rule() -> None:
    sent = {"messageId": "x", "sentAt": "x", "event": "x", "type": "x", "properties": {"event": "x"}, "userId": "x"}
    masked = {**sent, "properties": {"event": None}}
    assert mask(sent, "**.event") == masked
    assert mask(sent, "*") == {**sent, "properties": None, "userId": None}


def test_a_dropped_key_leaves_the_others_as_they_were() -> None:
    found = JsonMask(Masking((MaskRule("context.ip", "drop"),)))
    states = found.paths.step(found.paths.root, "context").states
    for sent, left in {
        '{"ip":1,"a":1.0}': '{"a":1.0}',
        '{"a":"\\/","ip":1}': '{"a":"\\/"}',
        '{"a":1,"ip":[1,2],"b":2}': '{"a":1,"b":2}',
        '{"ip":1}': None,
        '{"a": 1, "ip" : 1}': '{"a":1}',
    }.items():
        assert found.mask_column(sent, states) == left


def test_of_several_rules_the_first_is_used_unless_one_ends_above() -> None:
    rules = (MaskRule("properties.a.b", "hash"), MaskRule("properties.a", "drop"), MaskRule("properties.*", "null"))
    found = JsonMask(Masking(rules, MaskingKey("k" * 16)))
    sent = '{"properties":{"a":{"b":1},"c":2}}'
    assert found.mask_column(sent, found.paths.root) == '{"properties":{"c":null}}'


@pytest.mark.parametrize(
    ("path", "how", "words"),
    [
        ("messageId", "hash", "messageId cannot be masked"),
        ("event", "null", "event cannot be masked"),
        ("receivedAt", "null", "receivedAt cannot be masked"),
        ("ip", "null", "must begin with one of context"),
        ("context..ip", "null", "must be keys with dots"),
        ("context.**", "null", "end with a key"),
        ("userId", "last4", "would make one person of several"),
        ("*Id", "domain", "would make one person of several"),
        ("**.userId", "truncate", "would make one person of several"),
        ("userId.x", "null", "there is nothing below it"),
    ],
)
def test_a_rule_of_no_use_is_refused(path: str, how: How, words: str) -> None:
    with pytest.raises(MaskingError, match=words.replace("*", r"\*")):
        MaskRule(path, how).check()
    MaskRule("writeKey", "hash").check(["writeKey"])


def test_a_key_is_long_enough_and_never_shown() -> None:
    for text in (None, "", "short"):
        with pytest.raises(MaskingError, match="TIDELINE_MASKING_KEY"):
            read_masking_key(text)
    masking = Masking((MaskRule("context.ip", "hash"),), read_masking_key("never shown, never"))
    assert "never" not in f"{masking!r} {masking.tokens}"
    other = Masking(masking.rules, read_masking_key("never shown, other"))
    assert masking.tokens != other.tokens
    assert masking.without(masking.tokens).rules == ()
    assert masking.without(other.tokens).rules == masking.rules
