"""Broken lines: which of their objects are events, what is left in quarantine, and that no event is invented."""

from __future__ import annotations

import pytest

from event_assets.events import Block, normalize
from tests.events.build import HOUR, make_line, read_lines

ONE, TWO = make_line(messageId="m-1"), make_line(messageId="m-2")
HOLE = b"\0" * 600
HALF = ONE[: ONE.index(b'"event"') + 12]


@pytest.mark.parametrize(
    ("line", "ids", "junk"),
    [
        (ONE + TWO, ["m-1", "m-2"], []),
        (ONE + b",\\r\\n" + TWO + b",", ["m-1", "m-2"], []),
        (b"\x1e" + ONE, ["m-1"], []),
        (b"2026-01-31 07:00 INFO event: " + ONE + b" sent", ["m-1"], [b"2026-01-31 07:00 INFO event:", b"sent"]),
        (HALF + TWO, ["m-2"], [HALF]),
        (b"caf\xc3" + TWO, ["m-2"], [b"caf\xc3"]),
        (ONE + HOLE + TWO, ["m-1", "m-2"], [HOLE]),
        (HALF + HOLE + TWO + HOLE, ["m-2"], [HALF + HOLE, HOLE]),
        (b'{"a":1}' + ONE, ["m-1"], [b'{"a":1}']),
    ],
)
def test_the_sound_events_of_a_line_load_and_the_rest_is_quarantined(
    line: bytes, ids: list[str], junk: list[bytes]
) -> None:
    found = read_lines(line)
    assert found.events["id"].to_list() == ids
    assert found.quarantine["raw"].to_list() == junk
    assert 1 + sum(found.cut.values()) == len(ids) + len(junk)
    for offset, raw in found.quarantine.select("byte_offset", "raw").iter_rows():
        assert line[offset : offset + len(raw)] == raw


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"track","properties":' + ONE,
        b'{"batch":[' + ONE + b"," + TWO,
        b'{"batch":[' + ONE + b"," + TWO + b'],"a":1,,}',
        b'{"batch":[' + ONE + b" " + TWO + b"]}",
        b'x":{"a":1},"b":' + ONE + b"}",
        ONE + b"," + TWO + b'],"sentAt":1}',
        ONE.replace(b'"m-1"', b'"m' + HOLE + b'1"'),
    ],
)
def test_what_may_be_inside_a_broken_value_is_no_event(line: bytes) -> None:
    found = read_lines(line)
    assert found.events.is_empty()
    assert found.quarantine["raw"].to_list() == [line]


@pytest.mark.parametrize("part", [b"{", b'{"', b'{"a{', b'{"a":NaN,', b'{"a":1}x', b'"\\"', b"\0"])
def test_hostile_lines_are_read_in_linear_time(part: bytes) -> None:
    line = part * ((1 << 19) // len(part)) + b"\x01"
    found = normalize([Block("a", [line], [1], [0])], hour=HOUR)
    assert found.quarantine["raw"].to_list() == [line]


def test_a_number_that_json_lacks_costs_a_value() -> None:
    line = (
        b'{"type":"track","messageId":"m","userId":NaN,"event":"a\tb\0","properties":{"a":-Infinity,"b":[1,NaN],"c":1}}'
    )
    (row,) = read_lines(line).events.iter_rows(named=True)
    assert (row["user_id"], row["event"], row["properties"], row["_sanitized"]) == (None, "a\tb�", '{"c":1}', True)
    assert row["rescued"] == '{"userId":"NaN","properties":{"a":"-Infinity","b":[1,"NaN"]}}'


def test_a_line_that_is_a_text_with_raw_control_characters_is_its_object() -> None:
    sent = make_line(messageId="m-1", event="A~B~")
    line = b'"' + sent.replace(b'"', b'\\"').replace(b"~", b"\r", 1).replace(b"~", b"\0") + b'"'
    (row,) = read_lines(line).events.iter_rows(named=True)
    assert (row["id"], row["event"], row["_sanitized"]) == ("m-1", "A\rB\ufffd", True)
