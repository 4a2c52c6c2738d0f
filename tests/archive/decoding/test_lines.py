"""Framing by lines: every value with its physical line and its place in the file."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.decoding.lines import LINE_LIMIT, frame_lines
from event_assets.events.chunk import Block, Oversized
from tests.archive.files import cut_into, make_lines, naive_lines, rows_of

LINES = make_lines(30)
EXAMPLES = {
    "LF": LINES,
    "no last newline": LINES[:-1],
    "CRLF": LINES.replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + LINES,
    "byte order mark, white space": b"\xef\xbb\xbf \t" + LINES,
    "byte order mark only": b"\xef\xbb\xbf",
    "byte order mark on a later line": LINES + b"\xef\xbb\xbf" + LINES,
    "blank lines": b"\n \r\n" + LINES.replace(b"\n", b"\n\t \n\n") + b"  ",
    "white space around": LINES.replace(b"\n", b" \t\n  "),
    "only white space": b"\n \t\r\n\n",
    "nothing": b"",
    "CR only": b'{"a": 1}\r{"b": 2}',
    "U+2028 and form feed are no line ends": '{"a": "\u2028\u2029\x85"}\x0c\n{}\n'.encode(),
    "NUL": b"\0\n\0\0\n",
}


def frame(content: bytes, piece: int = 1 << 18) -> list[Block | Oversized]:
    return list(frame_lines("f", cut_into(content, piece)))


@pytest.mark.parametrize("piece", [1, 2, 5, 1000, 1 << 18])
@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_are_found_however_the_file_is_cut_for_reading(name: str, piece: int) -> None:
    assert rows_of(parts_of(frame(EXAMPLES[name], piece))) == naive_lines(EXAMPLES[name])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_lines_are_still_cut_where_the_line_feeds_are(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(LINES)))
    end = data.draw(st.integers(start, len(LINES)))
    noise = st.lists(st.sampled_from([b"\n", b"\r", b" ", b"\t", b"\xef\xbb\xbf", b"{", b'"', b"\x0b"]), max_size=12)
    content = b"".join(data.draw(noise)) + LINES[:start] + b"".join(data.draw(noise)) + LINES[end:]
    found = rows_of(parts_of(frame(content, data.draw(st.integers(1, 5000)))))
    assert found == naive_lines(content)
    assert all(content[offset : offset + len(value)] == value for _, offset, value in found)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_quarantined_of_a_line_is_the_line_with_its_outer_white_space(data: st.DataObject) -> None:
    space = st.text(" \t\r", max_size=3).map(str.encode)
    lines = data.draw(
        st.lists(st.tuples(space, st.sampled_from([b"{", b"x y", b"\xff", b"", b"{}"]), space), max_size=12)
    )
    ends = data.draw(st.lists(st.sampled_from([b"\n", b"\r\n"]), min_size=len(lines), max_size=len(lines)))
    sent = [b"".join(line) for line in lines]
    content = b"\xef\xbb\xbf" + b"".join(map(bytes.__add__, sent, ends))
    parts = parts_of(frame(content, data.draw(st.integers(1, 40))))
    found = [(part.lines[n], *part.origin(n)) for part in parts for n in range(len(part.values))]
    starts = [
        3 + sum(len(line) + len(end) for line, end in zip(sent[:n], ends, strict=False)) for n in range(len(sent))
    ]
    cut = [(line + end).removesuffix(b"\n").removesuffix(b"\r") for line, end in zip(sent, ends, strict=True)]
    whole = [(n + 1, starts[n], line) for n, line in enumerate(cut) if line.strip()]
    assert found == whole


def test_a_line_at_the_limit_is_a_value_and_one_byte_more_is_too_long() -> None:
    fits, long = b"x" * LINE_LIMIT, b"y" * (LINE_LIMIT + 1)
    for newline in (b"\n", b"\r\n"):
        parts = frame(newline.join((b"{}", fits, long, b"{}")))
        assert [(line, len(value)) for line, _, value in rows_of(parts_of(parts))] == [(1, 2), (2, LINE_LIMIT), (4, 2)]
        (over,) = (part for part in parts if isinstance(part, Oversized))
        at = 2 + LINE_LIMIT + 2 * len(newline)
        assert (over.line, over.offset, over.size, len(over.head)) == (3, at, LINE_LIMIT + 1, LINE_LIMIT)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\r\n{}\n"])
def test_a_line_over_the_limit_is_measured_and_not_held(ending: bytes) -> None:
    size = 3 * LINE_LIMIT
    parts = frame(b'{"a":1}\n' + b"z" * size + ending, piece=1 << 20)
    (over,) = (part for part in parts if isinstance(part, Oversized))
    assert (over.line, over.offset, over.size, over.head) == (2, 8, size, b"z" * LINE_LIMIT)
    after = [] if not ending.endswith(b"{}\n") else [(3, 8 + size + 2, b"{}")]
    assert rows_of(parts_of(parts)) == [(1, 0, b'{"a":1}'), *after]


def test_a_blank_line_over_the_limit_is_a_blank_line() -> None:
    (block,) = frame(b" " * (2 * LINE_LIMIT) + b"\n{}")
    assert rows_of(parts_of([block])) == [(2, 2 * LINE_LIMIT + 1, b"{}")]


def parts_of(parts: Iterable[Block | Oversized]) -> list[Block]:
    return [part for part in parts if isinstance(part, Block)]
