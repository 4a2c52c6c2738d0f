"""Framing without lines: concatenated values and arrays, exact for any content, losing nothing of a broken one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.json.stream import frame_array, frame_concatenated
from event_assets.archive.decoding.lines import LINE_LIMIT
from event_assets.events.chunk import Block, Oversized
from tests.archive.files import cut_into, make_events

EVENTS = make_events(25)
PRETTY = [json.dumps(json.loads(event), indent=2).encode() for event in EVENTS]
BROKEN_FRAMES = {
    "no array": b'{"a": 1}\n{"a": 2}',
    "a word": b"null",
    "other member": b'{"Items": [1]}',
    "no end": b'[{"a": 1}, {"a": 2}',
    "no end after a comma": b'[{"a": 1},',
    "no comma": b'[{"a": 1} {"a": 2}]',
    "two commas": b"[1,,2]",
    "comma before the end": b"[1, 2,]",
    "comma only": b"[,]",
    "wrong bracket": b'[{"a": 1}, {"a": [2}]}]',
    "element cut": b'[{"a": 1}, {"a": ',
    "string cut": b'[{"a": 1}, "abc',
    "something after it": b"[1] 2",
    "Records without its end": b'{"Records": [1]',
    "another member after Records": b'{"Records": [1], "a": 2}',
}


def concatenated(content: bytes, piece: int = 1 << 18) -> list[tuple[int, int, bytes]]:
    return rows(list(frame_concatenated("f", cut_into(content, piece))))


def array(content: bytes, piece: int = 1 << 18) -> list[tuple[int, int, bytes]]:
    return rows(list(frame_array("f", cut_into(content, piece))))


def rows(parts: list[Block | Oversized]) -> list[tuple[int, int, bytes]]:
    return [
        row
        for part in parts
        if isinstance(part, Block)
        for row in zip(part.lines, part.offsets, part.values, strict=True)
    ]


def expected(content: bytes, values: list[bytes]) -> list[tuple[int, int, bytes]]:
    """Each value with its line and offset, searched for one after another."""
    found, at = [], 0
    for value in values:
        at = content.index(value, at)
        found.append((content.count(b"\n", 0, at) + 1, at, value))
        at += len(value)
    return found


@pytest.mark.parametrize("piece", [1, 17, 1 << 18])
@pytest.mark.parametrize("between", [b"", b"\n", b" \r\n\n "])
@pytest.mark.parametrize("events", [EVENTS, PRETTY], ids=["compact", "over several lines"])
def test_concatenated_objects_are_cut_exactly(events: list[bytes], between: bytes, piece: int) -> None:
    content = between.join((b"", *events, b""))
    assert concatenated(content, piece) == expected(content, events)


LOGS = [
    b"[2024-11-19 05:00:01] INFO started",
    b"[Tue Nov 19 05:00:01 2024] [error] [pid 3] x, {y}",
    b"[1234] main: [a] = [1, 2]",
    b"{2024-11-19} INFO x",
    b'{app="web"} level=info',
    b"{'a': 1, 'b': [2]}, {'c': 3}",
    b'["GET /", 200] 12 "Mozilla"',
    b'"GET /" 200 {x',
    b"1732000000.5 INFO [x]",
    b"<a>{b}</a>",
    b"id,ts,payload",
]


@pytest.mark.parametrize("piece", [1, 7, 1 << 18])
@pytest.mark.parametrize("log", LOGS)
def test_a_line_of_a_text_log_is_one_value_however_it_begins(log: bytes, piece: int) -> None:
    lines = [log, log + b" 2", b'{"a":[1,"]"]}', b"[3]", log, b'{"b":1}']
    for newline in (b"\n", b"\r\n"):
        found = concatenated(newline.join(lines), piece)
        assert [row[2] for row in found] == lines
        assert [row[0] for row in found] == [1, 2, 3, 4, 5, 6]


def test_an_object_is_found_after_text_that_is_none() -> None:
    assert [row[2] for row in concatenated(b'[2024] {"a":1} x [1]\n[2]{"b":1}[{}][3]\n{"c":NaN} y\n{"d":1}')] == [
        b"[2024]", b'{"a":1}', b"x [1]", b"[2]", b'{"b":1}', b"[{}][3]", b'{"c":NaN} y', b'{"d":1}',
    ]  # fmt: skip


def test_a_byte_order_mark_is_no_part_of_the_first_value() -> None:
    assert concatenated(b"\xef\xbb\xbf{}{}") == [(1, 3, b"{}"), (1, 5, b"{}")]
    assert array(b"\xef\xbb\xbf[{}, 2]") == [(1, 4, b"{}"), (1, 8, b"2")]


def test_a_value_that_balances_and_is_not_valid_stays_one_value() -> None:
    assert [row[2] for row in concatenated(b'{"a":1,}{"b":2}{"c":NaN}{"d":4}')] == [
        b'{"a":1,}',
        b'{"b":2}',
        b'{"c":NaN}',
        b'{"d":4}',
    ]


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b'{"a":1}\ngarbage\n{"b":2}\n', [b'{"a":1}', b"garbage", b'{"b":2}']),
        (b'{"a":{"x":1}\n{"b":2}\n{"c":3}\n', [b'{"a":{"x":1}', b'{"b":2}', b'{"c":3}']),
        (b'{"a":1,\n{"b":2}\n{"c":3}\n', [b'{"a":1,', b'{"b":2}', b'{"c":3}']),
        (b'{"a":"cut\n{"b":2}\n{"c":3}\n', [b'{"a":"cut', b'{"b":2}', b'{"c":3}']),
        (b'{"a":"cut{"b":2}{"c":3}{"d":4}', [b'{"a":"cut{"b":2}', b'{"c":3}', b'{"d":4}']),
        (b'{"a":1}{"b":2', [b'{"a":1}', b'{"b":2']),
        (b'{"a":1}}\n{"b":2}', [b'{"a":1}', b"}", b'{"b":2}']),
        (b'1 2\n"a"\n[3]\n', [b"1 2", b'"a"', b"[3]"]),
        (b'{\n "a": {\n  "b": 1\n{\n "c": 2\n}\n', [b'{\n "a": {\n  "b": 1', b'{\n "c": 2\n}']),
        (b"[" * 5000, [b"[" * 5000]),
        (b'x {"a":"}{"}{"b":2}', [b'x {"a":"}{"}', b'{"b":2}']),
        (b'x {\n "a": 1\n}\n{"b":2}', [b'x {\n "a": 1\n}', b'{"b":2}']),
        (b'x {"a":1}' + b"\n" * 600 + b'{"b":2}', [b'x {"a":1}', b'{"b":2}']),
        (b'x {"a":\n{"b":2}', [b'x {"a":', b'{"b":2}']),
        (b'x {"a":[1]{"b":2}\n{"c":3}', [b'x {"a":[1]{"b":2}', b'{"c":3}']),
    ],
)
def test_a_broken_value_costs_itself_and_at_most_its_neighbour(content: bytes, values: list[bytes]) -> None:
    for piece in (1 << 18, 1, 3):
        assert concatenated(content, piece) == expected(content, values)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nothing_of_a_damaged_concatenation_is_lost(data: st.DataObject) -> None:
    whole = b"".join(EVENTS[:8])
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 60)))
    noise = b"".join(
        data.draw(st.lists(st.sampled_from([b"{", b"}", b'"', b"\\", b"\n", b" ", b"[", b"]"]), max_size=4))
    )
    content = whole[:start] + noise + whole[end:]
    found = concatenated(content, data.draw(st.sampled_from([1 << 18, 50])))
    at = 0
    for line, offset, value in found:
        assert not content[at:offset].strip(b" \t\r\n")
        assert content[offset : offset + len(value)] == value
        assert content.count(b"\n", 0, offset) + 1 == line
        at = offset + len(value)
    assert not content[at:].strip(b" \t\r\n")
    ends = [len(b"".join(EVENTS[:n])) for n in range(9)]
    untouched = [EVENTS[n] for n in range(8) if ends[n + 1] <= start]
    assert [row[2] for row in found[: len(untouched)]] == untouched


def test_many_broken_lines_are_read_in_linear_time() -> None:
    content = b"[\n" * 300_000 + b'{"a":\n' * 300_000
    assert b"".join(row[2] for row in concatenated(content)).count(b"[") == 300_000


@pytest.mark.parametrize("piece", [1, 17, 1 << 18])
@pytest.mark.parametrize("comma", [b",", b", ", b"\n , \n"])
@pytest.mark.parametrize("frame", [(b"[", b"]"), (b' { "Records" : [ ', b" ] }\n"), (b"\n[\n", b"\n]\n")])
def test_the_elements_of_an_array_are_cut_exactly(frame: tuple[bytes, bytes], comma: bytes, piece: int) -> None:
    values = [*EVENTS[:10], PRETTY[0], b"1", b'"a, b"', b"null", b"[1, {}]", b'{"a":1,}', b"NaN", b"-1.5e3"]
    content = frame[0] + comma.join(values) + frame[1]
    assert array(content, piece) == expected(content, values)


@pytest.mark.parametrize("content", [b"[]", b' { "Records": [ ] } ', b"", b" \n"])
def test_an_empty_array_and_a_blank_file_have_no_values(content: bytes) -> None:
    assert array(content) == []


@pytest.mark.parametrize("piece", [1, 1 << 18])
@pytest.mark.parametrize("name", BROKEN_FRAMES)
def test_a_file_whose_array_is_broken_is_bad(name: str, piece: int) -> None:
    with pytest.raises(BadFile):
        array(BROKEN_FRAMES[name], piece)


def test_a_value_over_the_limit_is_kept_as_its_head() -> None:
    long = b'{"a": "' + b"x" * LINE_LIMIT + b'"}'
    for parts in (
        list(frame_concatenated("f", cut_into(b"{}" + long + b"\n{}", 1 << 18))),
        list(frame_array("f", cut_into(b"[{}," + long + b",\n{}]", 1 << 18))),
    ):
        (over,) = (part for part in parts if isinstance(part, Oversized))
        assert (over.line, over.size, over.head) == (1, len(long), long[:LINE_LIMIT])
        assert [(line, value) for line, _, value in rows(parts)] == [(1, b"{}"), (2, b"{}")]


@pytest.mark.slow
def test_garbage_without_an_end_is_cut_off_and_memory_stays_bounded() -> None:
    content = (b"{" + b"x" * (1 << 20) for _ in range(300))
    parts = list(frame_concatenated("f", content))
    assert sum(part.size for part in parts if isinstance(part, Oversized)) > 0
    held = sum(map(len, (row[2] for row in rows(parts))))
    assert held + sum(part.size for part in parts if isinstance(part, Oversized)) == 300 * ((1 << 20) + 1)
