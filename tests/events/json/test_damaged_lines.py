"""Damaged real lines: the fast reader and the exact one agree on every line, and every line is somewhere."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events import Normalized
from event_assets.events.json.lenient import HOLE
from tests.conftest import ROOT, shared_files
from tests.events.build import make_line, read_lines

LINES: Final = [
    line
    for path in sorted((ROOT / "tests" / "data" / "sdk").glob("*.jsonl"))
    for line in path.read_bytes().splitlines()
]
PIECES: Final = [
    b"",
    *[bytes([byte]) for byte in b'{}[]:,"\\ 0-.eEtn\x00\x1f\x7f\x80\xff\n\r\t'],
    b"\xc3\xa9",
    b"\xed\xa0\x80",
    b"\\u0000",
    b"\\ud83d",
    b"\\ude00",
    b"\\\\",
    b'"userId": [1], ',
    b'"userId": 5, ',
    b'"messageId": " ", ',
    b'"type": "page", ',
    b'"timestamp": 1769842800.5, ',
    b'"receivedAt": "2099-01-01", ',
    b'"sentAt": -0, ',
    b'"context": [7], ',
    b'"traits": {"a": {"b": 1e400}}, ',
    b'"properties": {"a": "\\ud800"}, ',
    b'"new": 1, ',
    b'{"a": ' * 65,
    b"[" * 70 + b"]" * 70 + b", ",
    b"null",
    b"NaN",
]


def assert_alike(fast: Normalized, exact: Normalized) -> None:
    assert fast.events.equals(exact.events)
    assert fast.quarantine.equals(exact.quarantine)
    assert fast.members == exact.members


damaged_lines = st.builds(
    lambda line, at, cut, piece, other, start, length: (
        line[: at % (len(line) + 1)] + (piece or other[start : start + length]) + line[at % (len(line) + 1) + cut :]
    ),
    st.sampled_from(LINES),
    st.one_of(st.integers(0, 40), st.integers(0, 1_000)),
    st.one_of(st.just(0), st.integers(0, 30)),
    st.sampled_from(PIECES),
    st.sampled_from(LINES),
    st.integers(0, 400),
    st.integers(0, 60),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(damaged_lines.map(lambda line: line.strip(b" \t\r\n")).filter(bool), min_size=1, max_size=40))
def test_both_readers_say_the_same_of_damaged_lines_and_lose_none(lines: list[bytes]) -> None:
    fast = read_lines(*lines)
    assert_alike(fast, read_lines(*lines, exact=True))
    places = [*fast.events["_line"], *fast.quarantine["line"]]
    assert set(places) == set(range(1, len(lines) + 1))
    assert len(places) == len(lines) + sum(fast.cut.values())
    for line, reason in fast.quarantine.select("raw", "reason").iter_rows():
        assert (reason == "invalid_utf8") is not is_utf8(line)
        assert (reason == "invalid_json") is (is_utf8(line) and not is_json(line))


@settings(deadline=None)
@given(st.lists(damaged_lines.filter(bool), min_size=1, max_size=6))
def test_a_line_becomes_the_same_row_whatever_is_beside_it(lines: list[bytes]) -> None:
    values = [line.strip(b" \t\r\n") or b"0" for line in lines]
    together = read_lines(*values)
    alone = [read_lines(value) for value in values]
    rows = together.events.drop("_line").rows()
    assert rows == [row for found in alone for row in found.events.drop("_line").rows()]


def test_both_readers_agree_on_the_recordings() -> None:
    fast = read_lines(*LINES)
    assert_alike(fast, read_lines(*LINES, exact=True))
    assert fast.events.height + fast.quarantine.height == len(LINES)
    assert set(fast.events.filter("_sanitized")["_line"]) == {n for n, line in enumerate(LINES, 1) if has_lost(line)}


def has_lost(line: bytes) -> bool:
    """Whether an event that is a row holds U+0000 or a lone surrogate, by Python's own parser."""
    text = repr(json.loads(line))
    return b'"messageId"' in line and ("\\x00" in text or "\\ud8" in text)


def test_objects_of_the_recordings_stand_in_the_lake_as_sent() -> None:
    lines = [line for line in LINES if b"\\u0000" not in line and b"\\ud8" not in line]
    for row in read_lines(*lines).events.iter_rows(named=True):
        sent = json.loads(lines[row["_line"] - 1])
        for member, column in (("context", "context"), ("properties", "properties"), ("traits", "traits")):
            assert json.loads(row[column] or "{}") == (_without_nan(sent.get(member)) or {})


def _without_nan(value: object) -> object:
    """The value without the numbers that JSON lacks, which are rescued; an array with one is rescued whole."""
    if isinstance(value, dict):
        kept = {name: _without_nan(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None or value[name] is None}
    return None if re.search(r"NaN|Infinity", json.dumps(value)) and not isinstance(value, str) else value


OWN_NASTY: Final = [
    make_line(),
    make_line(event="caf\u00e9").replace("é".encode(), b"\xe9"),
    make_line(properties={"n": 1}).replace(b'"n": 1', b'"n": NaN'),
    make_line(properties={"n": 1}).replace(b'"n": 1', b'"n": 1e400, "n": 9007199254740993'),
    make_line() + make_line(),
]


@pytest.mark.parametrize(
    "path", [None, *shared_files("data/nasty/*.jsonl.gz")], ids=lambda path: getattr(path, "name", "own")
)
def test_both_readers_agree_on_nasty_files(path: Path | None) -> None:
    lines = OWN_NASTY if path is None else read_nasty(path)
    fast = read_lines(*lines)
    assert_alike(fast, read_lines(*lines, exact=True))
    assert fast.events.height + fast.quarantine.height == len(lines) + sum(fast.cut.values())
    for line, reason in fast.quarantine.select("raw", "reason").iter_rows():
        assert reason == ("invalid_json" if is_utf8(line) else "invalid_utf8")


@pytest.mark.parametrize(
    ("name", "member", "column"),
    [("event_names", "event", "event"), ("user_ids", "userId", "user_id"), ("message_ids", "messageId", "id")],
)
def test_naughty_strings_are_only_texts(name: str, member: str, column: str) -> None:
    naughty = [
        json.loads(line)[member] for path in shared_files(f"data/nasty/blns_{name}.*") for line in read_nasty(path)
    ]
    texts = [*naughty, "'; DROP TABLE events; --", '"', "\\", "${x}", "%s", "NULL", "‮", "😀", "\u2028", "1e5"]
    stored = read_lines(*[make_line(**{member: text}) for text in texts]).events[column].to_list()
    placeholders = {"undefined", "null", "none", "nan", "[object object]"}
    for text, kept in zip(texts, stored, strict=True):
        blank = column == "id" and (not text.strip() or text.strip().lower() in placeholders)
        long = column != "event" and len(text.encode()) > 512
        assert kept == (text or None) or (blank and kept.startswith("auto-")) or (long and kept.startswith("hash-"))


def read_nasty(path: Path) -> list[bytes]:
    """The lines of a file, none where it is broken as a whole."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile):
        return []
    return [line for raw in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if (line := raw.strip(b" \t\r"))]


def is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_json(line: bytes) -> bool:
    """Whether Python's own parser takes it, with NaN and control characters, but without a crash's run of NUL."""

    try:
        json.loads(line.decode(), strict=False)
    except ValueError:
        return False
    return b"\0" * HOLE not in line
