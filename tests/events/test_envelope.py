"""The envelope: what becomes a text, what stays JSON as sent, and what is rescued (contract §3)."""

from __future__ import annotations

from typing import Any

import pytest

from event_assets.events import FLAGS, LAKE_SCHEMA, Chunk, normalize
from tests.events.build import HOUR, make_block, make_line, read_event, read_lines, splice_line

TEXTS = [
    ("event", "event"),
    ("messageId", "id"),
    ("anonymousId", "anonymous_id"),
    ("userId", "user_id"),
    ("groupId", "group_id"),
    ("previousId", "previous_id"),
    ("name", "name"),
    ("channel", "channel"),
    ("request_ip", "request_ip"),
]
OBJECTS = [
    ("context", "context"),
    ("properties", "properties"),
    ("traits", "traits"),
    ("userProperties", "user_properties"),
]


def test_a_frame_has_the_columns_of_the_lake_and_the_flags() -> None:
    assert read_lines(make_line()).events.schema.names() == [*LAKE_SCHEMA.names(), *FLAGS]
    assert {**read_lines(make_line()).events.schema}.items() >= {**LAKE_SCHEMA}.items()


@pytest.mark.parametrize(("member", "column"), TEXTS)
@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ('"a b"', "a b"),
        ('" x"', " x"),
        (r'"\u00e9\n\ud83d\ude00"', "é\n😀"),
        ("12", "12"),
        ("-0", "-0"),
        ("0", "0"),
        ("1.0", "1.0"),
        ("1E+2", "1E+2"),
        ("1e400", "1e400"),
        ("9" * 400, "9" * 400),
        ("true", "true"),
        ("false", "false"),
    ],
)
def test_a_number_or_boolean_becomes_its_text_as_sent(member: str, column: str, sent: str, text: str) -> None:
    row = read_event(splice_line(member, sent))
    assert row[column] == text
    assert row["rescued"] is None


@pytest.mark.parametrize(("member", "column"), TEXTS)
@pytest.mark.parametrize("sent", ["null", '""'])
def test_nothing_is_null(member: str, column: str, sent: str) -> None:
    row = read_event(splice_line(member, sent))
    assert row[column] is None or (member == "messageId" and row[column].startswith("auto-"))
    assert row["rescued"] is None


@pytest.mark.parametrize(("member", "column"), [pair for pair in TEXTS if pair[0] != "messageId"])
@pytest.mark.parametrize("sent", ["[1, 2.50]", '{"a": "é"}', "[[]]", "[null]", '["", ""]'])
def test_an_object_or_array_where_a_text_belongs_is_rescued_as_sent(member: str, column: str, sent: str) -> None:
    row = read_event(splice_line(member, sent))
    assert row[column] is None
    assert row["rescued"] == f'{{"{member}":{sent}}}'


@pytest.mark.parametrize("member", [member for member, _ in TEXTS + OBJECTS if member != "messageId"])
@pytest.mark.parametrize("sent", ["[]", "{}", '[""]', '[ "" ]', "[ ]", "{ }", '""', "null"])
def test_what_is_empty_is_not_rescued(member: str, sent: str) -> None:
    assert read_event(splice_line(member, sent))["rescued"] is None


@pytest.mark.parametrize(("member", "column"), OBJECTS)
@pytest.mark.parametrize(
    "sent", ['{"b": 1.00, "a": [1e400, "\\u00e9"], "b": 2}', '{ "a" : { } }', '{"a":123456789012345678901234567890}']
)
def test_an_object_stays_as_sent_to_the_last_digit_and_space(member: str, column: str, sent: str) -> None:
    row = read_event(splice_line(member, sent))
    assert row[column] == sent
    assert row["rescued"] is None


@pytest.mark.parametrize(("member", "column"), OBJECTS)
@pytest.mark.parametrize("sent", ['"x"', '" "', "0", "false", "[1]", '[" "]', '[{"a": 1}]', "1.50"])
def test_what_should_be_an_object_and_is_not_is_rescued(member: str, column: str, sent: str) -> None:
    row = read_event(splice_line(member, sent))
    assert row[column] is None
    assert row["rescued"] == f'{{"{member}":{sent}}}'


def test_of_repeated_members_the_last_wins_whatever_the_others_were() -> None:
    line = (
        b'{"type": 1, "userId": {"a": 1}, "userId": "x", "context": {"a": 1}, "writeKey": 1, "context": [7],'
        b' "timestamp": [], "type": "page", "writeKey": 2, "timestamp": "2026-01-31"}'
    )
    row = read_event(line, keep_members=("writeKey",))
    assert (row["type"], row["user_id"], row["context"], row["kept"]) == ("page", "x", None, '{"writeKey":2}')
    assert row["rescued"] == '{"context":[7]}'
    assert read_lines(line).members == {"a.jsonl": {"writeKey": 1}}


def test_rescued_members_stand_in_the_order_of_the_envelope() -> None:
    row = read_event(make_line(timestamp="soon", context=1, userId=[1], sentAt=True))
    assert row["rescued"] == '{"userId":[1],"sentAt":true,"timestamp":"soon","context":1}'


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (r"a\u0000b", "a\ufffdb"),
        (r"\ud800", "\ufffd"),
        (r"\udc00x", "\ufffdx"),
        (r"\uD83D\ud83d\uDE00", "\ufffd😀"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\\ud83d\ude00", "\\ud83d\ufffd"),
        (r"\ud83d\\ude00", "\ufffd\\ude00"),
        (r"\ud83d\u0041", "\ufffdA"),
    ],
)
def test_nul_and_lone_surrogates_become_the_replacement_character_and_are_counted(sent: str, clean: str) -> None:
    row = read_event(splice_line("event", f'"{sent}"'))
    assert row["event"] == clean
    assert row["_sanitized"]
    deep = read_event(splice_line("properties", f'{{"{sent}": ["{sent}"]}}'))
    assert (deep["_sanitized"], "\\u0000" in deep["properties"], "\\ud800" in deep["properties"]) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("sent", [r"\\u0000", r"\\ud800", r"\ud83d\ude00", r"\\\\u0000", "\ufffd", r"\ufffd"])
def test_what_only_looks_like_them_is_left_alone(sent: str) -> None:
    row = read_event(splice_line("properties", f'{{"a": "{sent}"}}'))
    assert row["properties"] == f'{{"a": "{sent}"}}'
    assert not row["_sanitized"]


def test_json_texts_hold_no_line_break() -> None:
    line = b'{"type": "track",\r\n"userId": [1,\n2],"context": {"a":\r"b\\n",\n"c": 1}, "k": [\n], "properties": {\n}}'
    row = read_event(line, keep_members=("k",))
    assert row["context"] == '{"a": "b\\n", "c": 1}'
    assert row["rescued"] == '{"userId":[1, 2]}'
    assert row["kept"] == '{"k":[ ]}'
    assert row["properties"] is None


def test_members_of_the_transport_are_counted_per_file_and_not_stored() -> None:
    chunk: Chunk = [
        make_block([make_line(writeKey="k", version=1), make_line(writeKey=None)], file="a"),
        make_block([make_line(writeKey="k", userId=[1]), b"{"], file="b"),
    ]
    normalized = normalize(chunk, hour=HOUR)
    assert normalized.members == {"a": {"writeKey": 2, "version": 1}, "b": {"writeKey": 1}}
    assert normalized.events["kept"].null_count() == 3


def test_kept_members_stand_as_sent_in_the_order_asked_for() -> None:
    line = make_line()[:-1] + b', "version": 1.0, "userId": 5, "a\\"b": {"x" : 1}, "none": null}'
    row = read_event(line, keep_members=('a"b', "none", "absent", "version"))
    assert row["kept"] == '{"a\\"b":{"x" : 1},"version":1.0}'
    assert read_lines(line, keep_members=('a"b', "version")).members == {"a.jsonl": {"none": 1}}


def test_any_number_of_names_beyond_the_envelope_is_counted_exactly() -> None:
    lines = [make_line(messageId=f"m-{n}", **{f"x{n}": n, "common": 1, 'q"\\é\n': 2}) for n in range(150)]
    normalized = read_lines(*lines)
    assert normalized.events["id"].to_list() == [f"m-{n}" for n in range(150)]
    assert normalized.members["a.jsonl"] == {**{f"x{n}": 1 for n in range(150)}, "common": 150, 'q"\\é\n': 150}


@pytest.mark.parametrize("name", ["m0", "", "`", "__class__", "type ", "Type", "message_id"])
def test_a_name_close_to_ours_is_still_the_transports(name: str) -> None:
    extra: dict[str, Any] = {name: [1]}
    assert read_lines(make_line(**extra), make_line(**extra)).members == {"a.jsonl": {name: 2}}


@pytest.mark.parametrize(
    ("line", "rescued"),
    [
        (b'{"type": "track", "event": "E", "groupId": 5, "name": "n"}', '{"groupId":5,"name":"n"}'),
        (b'{"type": "page", "event": true, "name": "n"}', '{"event":true}'),
        (b'{"type": "identify", "event": "5", "previousId": 1.50}', '{"event":"5","previousId":1.50}'),
        (b'{"type": "alias", "name": "\\u00e9", "previousId": "p"}', '{"name":"\u00e9"}'),
    ],
)
def test_a_text_that_the_type_has_no_place_for_is_rescued_as_sent(line: bytes, rescued: str) -> None:
    row = read_event(line)
    own = {"track": "event", "page": "name", "group": "group_id", "alias": "previous_id"}.get(row["type"])
    assert [row[column] for column in ("event", "name", "group_id", "previous_id") if column != own].count(None) >= 3
    assert row["rescued"] == rescued
