"""Wrapped lines and objects of the envelope: a text of one JSON object is that object, and is counted (contract §2)."""

from __future__ import annotations

import base64
import json

import pytest

from event_assets.events import Mapping, Normalized, normalize
from tests.events.build import HOUR, make_block, make_event, make_line, read_event, read_lines, read_refusal


def text_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def wrap(line: bytes) -> bytes:
    """A line as one JSON text."""
    return text_of(line.decode()).encode()


def in_base64(line: bytes) -> bytes:
    """A line as the JSON text of its bytes."""
    return b'"%s"' % base64.b64encode(line)


def read_both(*lines: bytes, mapping: Mapping | None = None) -> Normalized:
    fast, exact = (read_lines(*lines, mapping=mapping, exact=exact) for exact in (False, True))
    assert fast.events.equals(exact.events)
    assert fast.quarantine.equals(exact.quarantine)
    assert fast.noticed == exact.noticed
    return fast


def test_a_line_that_is_the_text_of_an_object_is_that_object() -> None:
    line = make_line(messageId=None, properties={"é": '\\ "x"'})
    plain = read_event(line)
    for wrapped in (wrap(line), text_of(line.decode() + "\n").encode(), json.dumps(line.decode()).encode()):
        assert read_event(wrapped) == plain
    assert read_event(in_base64(line)) == plain


def test_wrapped_lines_among_plain_ones_are_counted() -> None:
    lines = [make_line(messageId=f"m-{n}") for n in range(1_200)]
    wrapped = [wrap(line) if n % 3 == 0 else line for n, line in enumerate(lines)]
    found = read_both(*wrapped)
    assert found.events.drop("_line").equals(read_both(*lines).events.drop("_line"))
    assert found.noticed == {"a.jsonl": {"unwrapped": 400}}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'"plain words"', "not_an_object"),
        (wrap(b"[" + make_line() + b"]"), "not_an_object"),
        (wrap(wrap(make_line())), "not_an_object"),
        (wrap(make_line()[:-1]), "not_an_object"),
        (wrap(make_line() + make_line()), "not_an_object"),
        (wrap(make_line())[:-1], "invalid_json"),
        (wrap(make_line(type="no such")), "unknown_type"),
        (wrap(b"{}"), "unknown_type"),
        (wrap(b'{"type":"track","a":' * 1 + b"[" * 64 + b"]" * 64 + b"}"), "too_deep"),
        (wrap(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), "too_deep"),
    ],
)
def test_what_is_refused_is_the_line_as_it_was_sent(line: bytes, reason: str) -> None:
    refused = read_refusal(line)
    assert (refused["reason"], refused["raw"], refused["byte_offset"]) == (reason, line, 0)


def test_a_refused_line_keeps_its_position_and_the_white_space_around_it() -> None:
    bad = wrap(make_line(type="no such"))
    block = make_block([make_line(), bad])
    whole = [None, b"\t" + bad + b" "]
    moved = type(block)(block.file, block.values, block.lines, [0, block.offsets[1] + 1], whole=whole)
    (refused,) = normalize([moved], hour=HOUR).quarantine.to_dicts()
    assert (refused["byte_offset"], refused["raw"]) == (block.offsets[1], whole[1])


def test_characters_that_no_warehouse_stores_are_counted_wherever_they_were_written() -> None:
    inside = wrap(make_line().replace(b"Order Completed", b"\\u0000"))
    around = wrap(make_line()).replace(b"Order Completed", b"\\ud800")
    for line in (inside, around):
        row = read_event(line)
        assert (row["event"], row["_sanitized"]) == ("\ufffd", True)
    row = read_event(make_line().replace(b'{"price": 9.5}', b'"{\\"a\\":\\"\\ud800\\"}"'))
    assert (row["properties"], row["_sanitized"]) == ('{"a":"\ufffd"}', True)


def test_objects_of_the_envelope_may_be_sent_as_texts() -> None:
    line = make_line(properties='{"n": 1.50,\n"plan":"pro"}', context=text_of({"ip": "203.0.113.9"}))
    found = read_both(line, make_line(messageId="m-2"))
    row = found.events.row(0, named=True)
    assert (row["properties"], row["context"], row["rescued"]) == (
        '{"n": 1.50, "plan":"pro"}',
        '{"ip": "203.0.113.9"}',
        None,
    )
    assert found.noticed == {"a.jsonl": {"unwrapped": 1}}
    identify = read_event(make_line(type="identify", event=None, traits=in_base64(b'{"plan":"pro"}').decode()[1:-1]))
    assert (identify["traits"], identify["rescued"]) == ('{"plan":"pro"}', None)


@pytest.mark.parametrize("sent", ["free", "[1]", "5", '{"a":1', "{" + '"a":{' * 63 + "}" * 64])
def test_a_text_that_is_no_object_is_rescued_as_it_was_sent(sent: str) -> None:
    found = read_both(make_line(properties=sent))
    row = found.events.row(0, named=True)
    assert (row["properties"], json.loads(row["rescued"])) == (None, {"properties": sent})
    assert found.noticed == {}


def test_objects_that_a_mapping_names_may_be_texts_and_the_mapping_sees_into_them() -> None:
    mapping = Mapping.parse(
        {
            "type": {"const": "track"},
            "event": "name",
            "user_id": {"first": ["data.user", "uid"]},
            "properties": "data",
            "context": {"first": ["meta", "ctx"]},
        }
    )
    data = {"user": 7, "n": 1}
    plain = {"name": "x", "data": data, "meta": {"ip": "1"}}
    sent = {"name": "x", "data": text_of(data), "meta": text_of({"ip": "1"})}
    found = read_both(text_of(plain).encode(), text_of(sent).encode(), mapping=mapping)
    one, other = found.events.select("user_id", "properties", "context").rows()
    assert (one[0], json.loads(one[1]), json.loads(one[2])) == ("7", {"n": 1}, {"ip": "1"})
    assert (other[0], json.loads(other[1]), json.loads(other[2])) == ("7", {"n": 1}, {"ip": "1"})
    assert found.noticed == {"a.jsonl": {"unwrapped": 1}}


def test_events_are_made_events_once_whatever_wraps_them() -> None:
    event = make_event()
    mapping = Mapping.parse({"type": {"const": "track"}, "event": "event", "parse": ["properties"]})
    (row,) = read_both(wrap(text_of({**event, "properties": text_of({"a": 1})}).encode()), mapping=mapping).events.rows(
        named=True
    )
    assert json.loads(row["properties"])["properties"] == {"a": 1}
