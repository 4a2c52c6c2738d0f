"""Framing of CSV: every row below the header with its cells, its bytes, and its place in the file."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.decoding.csv_rows import frame_csv
from event_assets.archive.decoding.pieces import BadFile
from event_assets.events.chunk import Block, Oversized
from tests.archive.files import cut_into

Row = tuple[int, object]
"""The line of a row, and its object, or the detail of a refused one."""


def frame(content: bytes, piece: int = 1 << 18) -> list[Block | Oversized]:
    return list(frame_csv("f", cut_into(content, piece)))


def rows_of(parts: list[Block | Oversized]) -> list[Row]:
    rows: list[Row] = []
    for part in parts:
        if isinstance(part, Oversized):
            rows.append((part.line, part.detail))
        else:
            rows += zip(part.lines, map(json.loads, part.values), strict=True)
    return rows


def sent_of(parts: list[Block | Oversized]) -> list[tuple[int, bytes]]:
    sent: list[tuple[int, bytes]] = []
    for part in parts:
        if isinstance(part, Oversized):
            sent.append((part.offset, part.head))
        else:
            sent += zip(part.offsets, part.sent or [], strict=True)
    return sent


EXAMPLES: dict[str, tuple[bytes, list[Row]]] = {
    "texts, and null for an empty cell": (b'a,b,c\n1,,x\n"",2,"y"\n', [
        (2, {"a": "1", "b": None, "c": "x"}),
        (3, {"a": None, "b": "2", "c": "y"}),
    ]),
    "CRLF, a byte order mark, blank lines, no last newline": (b"\xef\xbb\xbfa,b\r\n\r\n1,2\r\n  \r\n3,4", [
        (3, {"a": "1", "b": "2"}),
        (5, {"a": "3", "b": "4"}),
    ]),
    "commas, quotes and line ends in quotes": (b'a,b\n"x, ""y""","1\n\n2\r\n3"\n4,5\n', [
        (2, {"a": 'x, "y"', "b": "1\n\n2\r\n3"}),
        (6, {"a": "4", "b": "5"}),
    ]),
    "names that repeat or are missing": (b"a,a,,a\n1,2,3,4\n", [
        (2, {"a": "1", "a_2": "2", "column_3": "3", "a_3": "4"}),
    ]),
    "a header of Adjust's": (b'"My app",{adid},[user_id]\nMy app,d,\n', [
        (2, {"My app": "My app", "{adid}": "d", "[user_id]": None}),
    ]),
    "a header again": (b"a,b\n1,2\na,b\n3,4\n", [(2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": "4"})]),
    "a quote inside a cell is a character": (b'a,b\n5" x,2\n3,4\n', [
        (2, {"a": '5" x', "b": "2"}),
        (3, {"a": "3", "b": "4"}),
    ]),
    "empty cells past the header": (b"a,b\n1,2,,\n", [(2, {"a": "1", "b": "2"})]),
    "too few and too many cells": (b"a,b\n1\n1,2,3\n4,5\n", [
        (2, "1 cells, the header has 2"),
        (3, "3 cells, the header has 2"),
        (4, {"a": "4", "b": "5"}),
    ]),
    "a quote that does not end costs its line": (b'a,b\n"1,2\n3,4\n"5",6\n', [
        (2, "quotes that do not fit"),
        (3, {"a": "3", "b": "4"}),
        (4, {"a": "5", "b": "6"}),
    ]),
    "the same at the end of the file": (b'a,b\n1,"2\n3,4\n5,6', [
        (2, "quotes that do not fit"),
        (3, {"a": "3", "b": "4"}),
        (4, {"a": "5", "b": "6"}),
    ]),
    "text after a quoted cell": (b'a,b\n"1"x,2\n3,4\n', [
        (2, "quotes that do not fit"),
        (3, {"a": "3", "b": "4"}),
    ]),
    "a header alone": (b"a,b\n", []),
    "nothing": (b"\n\n", []),
}  # fmt: skip


@pytest.mark.parametrize("piece", [1, 3, 1 << 18])
@pytest.mark.parametrize("name", EXAMPLES)
def test_rows_are_found_however_the_file_is_cut_for_reading(name: str, piece: int) -> None:
    content, rows = EXAMPLES[name]
    assert rows_of(frame(content, piece)) == rows
    assert all(content[offset : offset + len(sent)] == sent for offset, sent in sent_of(frame(content, piece)))


CELL = st.text(st.sampled_from('ab,"\n\r é1'), max_size=5)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6),
    piece=st.integers(1, 50),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_another_writer_writes_is_read_as_it_was(rows: list[list[str]], piece: int, end: str) -> None:
    rows = [row for row in rows if row != ["x", "y"]]
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    parts = frame(out.getvalue().encode(), piece)
    found = [value for _, value in rows_of(parts)]
    assert found == [{"x": row[0] or None, "y": row[1] or None} for row in rows]


@settings(max_examples=200, deadline=None)
@given(noise=st.text(st.sampled_from('a,"\n'), max_size=12), piece=st.integers(1, 50))
def test_damage_costs_rows_and_never_the_bytes_or_what_comes_after_two_sound_rows(noise: str, piece: int) -> None:
    before, after = 'x,y\n1,"2"\n', '\n"3",4\n"5",6\n'
    content = f"{before}{noise}{after}".encode()
    parts = frame(content, piece)
    assert rows_of(parts)[0] == (2, {"x": "1", "y": "2"})
    assert rows_of(parts)[-1][1] == {"x": "5", "y": "6"}
    sent = sent_of(parts)
    assert all(content[offset : offset + len(row)] == row for offset, row in sent)
    assert sum(len(row.replace(b"\n", b"")) for _, row in sent) == len(content[len(b"x,y\n") :].replace(b"\n", b""))


def test_a_row_that_is_no_utf8_is_left_to_the_reader() -> None:
    (block,) = frame(b"a,b\n\xff,1\n")
    assert isinstance(block, Block)
    assert block.values == [b"\xff,1"]


@pytest.mark.parametrize("header", [b'"a,b\n1,2\n', b'"a"b,c\n1,2\n', b"\xff,b\n1,2\n"])
def test_a_header_that_cannot_be_read_makes_a_bad_file(header: bytes) -> None:
    with pytest.raises(BadFile, match="header"):
        frame(header)
