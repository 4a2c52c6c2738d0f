"""Mapping: members of another envelope under our names, everything left in properties (contract §2)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events import Mapping, MappingError, normalize, preset
from tests.conftest import shared_files
from tests.events.build import HOUR, make_block, read_event, read_lines, read_refusal

TRACK = {"const": "track"}
PUSH = (
    b'{"id":"17","type":"PushEvent","actor":{"id":71,"login":"ann","gravatar_id":""},"repo":{"id":3},'
    b'"payload":{"size":1.00,"commits":[{"sha":"a"}]},"public":true,"created_at":"2026-01-31T07:00:00Z"}'
)
EDIT = b'{"time":"2026-01-31T07:00:00.152Z","channel":"#pt","cityName":null,"user":"Ann \xc3\xa9","delta":-1}'


def test_the_shipped_mapping_reads_gh_archive() -> None:
    row = read_event(PUSH, mapping=preset("gharchive"))
    assert (row["type"], row["event"], row["user_id"]) == ("track", "PushEvent", "71")
    assert row["id"] == '["17","PushEvent","2026-01-31T07:00:00Z"]'
    assert (row["received_at"], row["timestamp"], row["received_believed"]) == (HOUR, HOUR, True)
    assert row["properties"] == (
        '{"id":"17","actor":{"login":"ann","gravatar_id":""},"repo":{"id":3},"size":1.00,"commits":[{"sha":"a"}],"public":true}'
    )
    assert row["rescued"] is None


def test_the_shipped_mapping_reads_wikipedia_edits() -> None:
    row = read_event(EDIT, mapping=preset("wikiticker"))
    assert (row["type"], row["event"], row["user_id"], row["channel"]) == ("track", "edit", "Ann é", None)
    assert row["id"].startswith("auto-")
    assert row["received_at"] == row["timestamp"] == HOUR.replace(microsecond=152_000)
    assert row["properties"] == '{"channel":"#pt","cityName":null,"delta":-1}'


@pytest.mark.parametrize(
    ("config", "sent", "column"),
    [
        ({"type": "kind"}, "Identify", "traits"),
        ({"type": "kind"}, "group", "traits"),
        ({"type": "kind"}, "page", "properties"),
        ({"type": "kind", "properties": "p"}, "identify", "properties"),
        ({"type": "kind", "traits": "t"}, "identify", "properties"),
        ({"type": {"const": "identify"}}, "identify", "properties"),
        ({"type": {"path": "kind", "values": {"people": "identify"}}}, "people", "traits"),
        ({"type": {"path": "kind", "values": {"people": "identify"}, "default": "group"}}, "x", "traits"),
        ({"type": {"path": "kind", "values": {"people": "identify"}}, "traits": "t"}, "people", "properties"),
    ],
)
def test_what_is_left_of_an_identify_is_its_traits(config: dict[str, object], sent: str, column: str) -> None:
    line = {"kind": sent, "plan": "pro"}
    row = read_event(json.dumps(line).encode(), mapping=Mapping.parse(config))
    left = {"plan": "pro"} if config["type"] == "kind" else line
    assert {name: row[name] for name in ("traits", "properties") if row[name]} == {
        column: json.dumps(left, separators=(",", ":"))
    }


@pytest.mark.parametrize(
    ("config", "line", "expected"),
    [
        ({"user_id": "u"}, '{"u": "x", "b": 1, "a": 2}', {"user_id": "x", "properties": '{"b":1,"a":2}'}),
        ({"user_id": "u"}, '{"u": 1.0}', {"user_id": "1.0", "properties": None}),
        ({"user_id": "u"}, '{"a": 1}', {"user_id": None, "properties": '{"a":1}'}),
        ({"user_id": "u.id"}, '{"u": "text"}', {"user_id": None, "properties": '{"u":"text"}'}),
        ({"user_id": "u.id"}, '{"u": [{"id": 1}]}', {"user_id": None, "properties": '{"u":[{"id": 1}]}'}),
        ({"user_id": "u.id"}, '{"u": {"id": {"a": 1}}}', {"properties": '{"u":{}}', "rescued": '{"userId":{"a": 1}}'}),
        ({"user_id": ["a.b", "c"]}, '{"a.b": {"c": "x"}}', {"user_id": "x", "properties": '{"a.b":{}}'}),
        ({"user_id": "u"}, '{"u": 1, "a": 1, "u": 2, "a": 2}', {"user_id": "2", "properties": '{"a":2}'}),
        ({"user_id": "u.i"}, '{"u": {"i": 1}, "b": 0, "u": {"j": 2}}', {"properties": '{"b":0,"u":{"j":2}}'}),
        (
            {"user_id": "u.i"},
            '{"u": {"i": 1, "k": 3, "i": 4, "k": 5}}',
            {"user_id": "4", "properties": '{"u":{"k":5}}'},
        ),
        (
            {"user_id": "u", "anonymous_id": "u"},
            '{"u": "x"}',
            {"user_id": "x", "anonymous_id": "x", "properties": None},
        ),
        ({"context": "m"}, '{"m": {"a": 1}, "b": 2}', {"context": '{"a": 1}', "properties": '{"b":2}'}),
        ({"context": "m"}, '{"m": [1], "b": 2}', {"context": None, "rescued": '{"context":[1]}'}),
        ({"context": "m", "user_id": "m.u"}, '{"m": {"u": 7, "a": 1}}', {"user_id": "7", "context": '{"a":1}'}),
        (
            {"properties": "p"},
            '{"a": 1, "p": {"x": 1, "y": 2}, "b": 2}',
            {"properties": '{"a":1,"x": 1, "y": 2,"b":2}'},
        ),
        ({"properties": "p"}, '{"a": 1, "p": { }, "b": 2}', {"properties": '{"a":1,"b":2}'}),
        ({"properties": "p"}, '{"p": {"a": 1}, "a": 2}', {"properties": '{"a": 1,"a":2}'}),
        ({"properties": "p"}, '{"a": 1, "p": [1]}', {"properties": '{"a":1,"p":[1]}', "rescued": None}),
        ({"properties": "d.p"}, '{"d": {"p": {"x": 1}, "r": 2}, "b": 3}', {"properties": '{"d":{"r":2},"x": 1,"b":3}'}),
        ({"properties": "p", "user_id": "p.u"}, '{"p": {"u": 5, "x": 1}}', {"user_id": "5", "properties": '{"x":1}'}),
        ({"channel": {"const": 'é "1"'}}, '{"channel": 1}', {"channel": 'é "1"', "properties": '{"channel":1}'}),
        ({"channel": {"const": 5}}, "{}", {"channel": "5", "properties": None}),
        ({"event": "e"}, r'{"e": "\u0000x", "a\u0000": "\ud800"}', {"event": "\ufffdx", "_sanitized": True}),
        ({"message_id": "i"}, '{"i": " "}', {"rescued": '{"messageId":" "}'}),
    ],
)
def test_a_mapped_leaf_is_taken_away_and_the_rest_is_properties(
    config: dict[str, Any], line: str, expected: dict[str, object]
) -> None:
    row = read_event(line.encode(), mapping=Mapping.parse({"type": TRACK, **config}))
    assert {name: row[name] for name in expected} == expected


def test_members_of_our_envelope_mean_nothing_in_another() -> None:
    line = b'{"type": "page", "messageId": ["a"], "userId": "u", "writeKey": 1}'
    row = read_event(line, mapping=Mapping.parse({"type": TRACK}), keep_members=("writeKey",))
    assert (row["type"], row["user_id"], row["kept"]) == ("track", None, None)
    assert row["properties"] == '{"type":"page","messageId":["a"],"userId":"u","writeKey":1}'
    assert read_lines(line, mapping=Mapping.parse({"type": TRACK})).members == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "not_an_object"),
        (b'{"kind": "track"', "invalid_json"),
        (b'{"kind": "track", "a": "\xff"}', "invalid_utf8"),
        (b'{"kind": "track", "a": ' + b"[" * 64 + b"]" * 64 + b"}", "too_deep"),
        (b'{"kind": "edit"}', "unknown_type"),
        (b'{"type": "track"}', "unknown_type"),
        (b'{"kind": "track", "i": {}}', "bad_envelope"),
    ],
)
def test_lines_of_another_envelope_are_refused_for_the_same_reasons(line: bytes, reason: str) -> None:
    assert read_refusal(line, mapping=Mapping.parse({"type": "kind", "message_id": "i"}))["reason"] == reason


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "type is missing"),
        ({"type": TRACK, "messageId": "id"}, "'messageId' is no member of the envelope; write one of type, event"),
        ({"type": {"const": "edit"}}, "the type 'edit' is none of alias, group"),
        ({"type": {"constant": "track"}}, "is no constant"),
        ({"type": TRACK, "user_id": {}}, "is no constant"),
        ({"type": TRACK, "user_id": {"const": 1.5}}, "is no constant"),
        ({"type": TRACK, "context": {"const": "x"}}, "is no constant"),
        ({"type": TRACK, "user_id": ""}, "is no path"),
        ({"type": TRACK, "user_id": "a..b"}, "is no path"),
        ({"type": TRACK, "user_id": []}, "is no path"),
        ({"type": TRACK, "user_id": 5}, "is no path"),
        ({"type": TRACK, "user_id": ["a", 5]}, "is no path"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_an_error_with_what_to_write(config: dict[str, object], message: str) -> None:
    with pytest.raises(MappingError) as raised:
        Mapping.parse(config)
    assert message in str(raised.value)


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(MappingError, match=r"no preset 'gh'; write .*cloudtrail, .*gharchive, .*wikiticker or"):
        preset("gh")


damaged_lines = given(
    st.sampled_from([PUSH, EDIT, json.dumps(json.loads(PUSH)).encode(), json.dumps(json.loads(EDIT)).encode()]),
    st.integers(0, 260),
    st.integers(0, 6),
    st.sampled_from([PUSH, EDIT, b' {"a":"b"}, ', b'"id":5,"id":6,', b'"payload":{"id":[]},', b'\\"']),
    st.integers(0, 100),
    st.integers(0, 30),
)


@settings(max_examples=25, deadline=None)
@damaged_lines
def test_a_damaged_line_is_mapped_alike_by_both_readers(
    line: bytes, at: int, cut: int, other: bytes, start: int, length: int
) -> None:
    prove_mapped_alike(line, at, cut, other, start, length)


@pytest.mark.slow
@settings(deadline=None)
@damaged_lines
def test_many_damaged_lines_are_mapped_alike_by_both_readers(
    line: bytes, at: int, cut: int, other: bytes, start: int, length: int
) -> None:
    prove_mapped_alike(line, at, cut, other, start, length)


def prove_mapped_alike(line: bytes, at: int, cut: int, other: bytes, start: int, length: int) -> None:
    """Read a line with a cut and a part of another one in it, by both readers."""
    damaged = line[:at] + other[start : start + length] + line[at + cut :]
    for mapping in (preset("gharchive"), preset("wikiticker")):
        fast, exact = (read_lines(damaged, mapping=mapping, exact=exact) for exact in (False, True))
        assert fast.events.equals(exact.events)
        assert fast.quarantine.equals(exact.quarantine)


OWN_LINES: Final = [
    b'{"id":"1","type":"WatchEvent","actor":{"id":7,"login":"a"},"payload":{"action":"started"},"public":true,'
    b'"created_at":"2026-01-31T07:00:00Z"}',
    b'{"id":"2","type":"PushEvent","actor":{"id":8},"payload":{"size":2,"commits":[{"sha":"x"}]},"repo":{"id":3},'
    b'"created_at":"2026-01-31T07:00:01Z"}',
]


@pytest.mark.parametrize(
    "path", [None, *shared_files("data/gharchive/*.gz"), *shared_files("data/wikiticker/**/*.gz")[:6]]
)
def test_every_value_of_a_line_is_in_a_column_or_in_properties(path: Path | None) -> None:
    name = "gharchive" if path is None or "gharchive" in path.parts else "wikiticker"
    lines = OWN_LINES if path is None else gzip.decompress(path.read_bytes()).splitlines()
    frames = [
        normalize([make_block(lines)], hour=HOUR, mapping=preset(name), exact=exact).events for exact in (False, True)
    ]
    assert frames[0].equals(frames[1])
    for line, row in zip(lines, frames[0].iter_rows(named=True), strict=True):
        event, left = json.loads(line), json.loads(row["properties"])
        if name == "gharchive":
            assert [event["id"], event["type"], event["created_at"]] == json.loads(row["id"])
            assert event.pop("type") == row["event"]
            assert event.pop("created_at") == row["received_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
            assert str(event["actor"].pop("id")) == row["user_id"]
            payload = event.pop("payload")
            assert event | payload == left
        else:
            assert event.pop("user") == row["user_id"]
            assert event.pop("time") == row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            assert event == left
