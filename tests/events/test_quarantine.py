"""Quarantine: which lines cannot be rows, why, and what is kept of them (contract §3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events import QUARANTINE_SCHEMA, Block, Chunk, FileEnd, Oversized, normalize
from loaders.formats.strict_json import check_json
from tests.events.build import HOUR, make_block, make_line, read_event, read_lines, read_refusal, splice_line

GRAMMAR: Final = (Path(__file__).parent / "cases" / "grammar.txt").read_text(encoding="utf-8").splitlines()


def nest(levels: int, *, inner: str = "1") -> str:
    """A value of so many levels, arrays and objects by turns."""
    opened, closed = "", ""
    for level in range(levels):
        opened += "[" if level % 2 else '{"a": '
        closed = ("]" if level % 2 else "}") + closed
    return opened + inner + closed


@pytest.mark.parametrize("text", GRAMMAR)
def test_what_is_not_exactly_one_strict_json_value_is_invalid_json(text: str) -> None:
    refusal = read_refusal(text.encode())
    assert refusal["reason"] == "invalid_json"
    assert refusal["detail"]
    assert refusal["raw"] == text.encode()


@pytest.mark.parametrize("text", GRAMMAR)
def test_bad_grammar_is_found_below_any_depth(text: str) -> None:
    assert read_refusal(b"[" * 3_000 + text.encode() + b"]" * 3_000)["reason"] == "invalid_json"


@pytest.mark.parametrize("place", ["context", "integrations", "traits"])
def test_level_64_is_legal_and_level_65_is_too_deep(place: str) -> None:
    read_event(splice_line(place, nest(63)))
    refusal = read_refusal(splice_line(place, nest(64)))
    assert (refusal["reason"], refusal["detail"]) == ("too_deep", "more than 64 levels")


def test_brackets_in_texts_open_no_level() -> None:
    assert read_event(make_line(event='[{"' * 100 + "\\"))["event"] == '[{"' * 100 + "\\"


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read_event(make_line(properties={"list": [[n, {}] for n in range(100)]}))["properties"].startswith("{")


@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        (b'{"type": "track", "event": "\xe9t\xe9"}', "invalid_utf8", "invalid continuation byte at byte 28"),
        (
            b'{"type": "track", "context": {"a": "\xed\xa0\x80"}}',
            "invalid_utf8",
            "invalid continuation byte at byte 36",
        ),
        (b'{"type": "track", "properties": {"a": "\xc0\x80"}}', "invalid_utf8", "invalid start byte at byte 39"),
        (b'{"\xff": NaN', "invalid_utf8", "invalid start byte at byte 2"),
        (b"[1, 2]", "not_an_object", "the value is [1, 2]"),
        (b'"text"', "not_an_object", 'the value is "text"'),
        (b"null", "not_an_object", "the value is null"),
        (b"12", "not_an_object", "the value is 12"),
        (b"{}", "unknown_type", "type is missing"),
        (b'{"messageId": []}', "unknown_type", "type is missing"),
        (b'{"type": null}', "unknown_type", "type is null"),
        (b'{"type": ""}', "unknown_type", 'type is ""'),
        (b'{"type": "batch"}', "unknown_type", 'type is "batch"'),
        (b'{"type": " track"}', "unknown_type", 'type is " track"'),
        (b'{"type": ["track"]}', "unknown_type", 'type is ["track"]'),
        (b'{"type": 1}', "unknown_type", "type is 1"),
        ('{"type": "trac\u212a"}'.encode(), "unknown_type", 'type is "trac\u212a"'),
        (b'{"type": "track", "type": "x"}', "unknown_type", 'type is "x"'),
        (b'{"type": "track", "messageId": {}}', "bad_envelope", "messageId is an object"),
        (b'{"type": "track", "messageId": "a", "messageId": ["b"]}', "bad_envelope", "messageId is an array"),
    ],
)
def test_a_line_is_refused_for_the_first_reason_that_holds(value: bytes, reason: str, detail: str) -> None:
    refusal = read_refusal(value)
    assert (refusal["reason"], refusal["detail"]) == (reason, detail)


@pytest.mark.parametrize("spelling", ["track", "TRACK", "Track", "tr\\u0061ck"])
def test_the_type_is_known_in_any_case_and_stored_in_lower(spelling: str) -> None:
    assert read_event(b'{"type": "%b"}' % spelling.encode())["type"] == "track"


def test_an_entry_tells_file_line_offset_reason_size_and_the_bytes_as_sent() -> None:
    lines = [make_line(), b'{"type": "\xff\x00"}', make_line()]
    normalized = normalize([make_block(lines, file="b.gz"), FileEnd("b.gz", 9, 3, None)], hour=HOUR)
    assert normalized.quarantine.schema == QUARANTINE_SCHEMA
    assert normalized.quarantine.row(0) == (
        "b.gz", 2, len(lines[0]) + 1, "invalid_utf8", "invalid start byte at byte 10", len(lines[1]), lines[1],
    )  # fmt: skip
    assert normalized.events["_line"].to_list() == [1, 3]


def test_an_oversized_line_is_one_entry_with_its_head() -> None:
    normalized = normalize([Oversized("a", 7, 100, 40 << 20, b'{"type'), FileEnd("a", 1, 1, None)], hour=HOUR)
    assert normalized.quarantine.rows() == [("a", 7, 100, "line_too_long", f"{40 << 20} bytes", 40 << 20, b'{"type')]
    assert normalized.events.is_empty()


def test_a_bad_file_is_one_entry_and_nothing_else_of_it_is_here() -> None:
    bad: Chunk = [make_block([make_line(), b"{"], file="bad"), Oversized("bad", 3, 9, 9, b"")]
    chunk: Chunk = [*bad, make_block([make_line(writeKey="k")], file="good"), FileEnd("bad", 77, 3, "CRC does not fit")]
    normalized = normalize(chunk, hour=HOUR)
    assert normalized.quarantine.rows() == [("bad", None, None, "bad_file", "CRC does not fit", 77, None)]
    assert normalized.events["_file"].to_list() == ["good"]
    assert normalized.members == {"good": {"writeKey": 1}}
    assert [end.file for end in normalized.ends] == ["bad"]


def test_one_bad_line_in_a_run_costs_one_line() -> None:
    lines = [make_line(messageId=f"m-{n}") for n in range(1_200)]
    lines[600] = b"{"
    normalized = read_lines(*lines)
    assert normalized.events["id"].to_list() == [f"m-{n}" for n in range(1_200) if n != 600]
    assert normalized.quarantine["line"].to_list() == [601]


def test_an_empty_chunk_is_an_empty_frame() -> None:
    normalized = normalize([Block("a", [], [], []), FileEnd("a", 0, 0, None)], hour=HOUR)
    assert normalized.events.is_empty()
    assert normalized.quarantine.is_empty()


def is_json(text: str) -> bool:
    """Whether Python's own parser takes it, its constants refused."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


@settings(deadline=None)
@given(
    st.sampled_from(
        [nest(3), nest(2, inner='"\\ud83d\\ude00 \\\\"'), '{"a": [1, -2.5e+3, true, null], "b": {}, "": []}']
    ),
    st.integers(0, 45),
    st.integers(0, 2),
    st.sampled_from(["", *'[]{}:,"\\0-.e1 ttrue', "null", '""', "\t", "\x1f", "\\u00e9", "é"]),
    st.sampled_from([0, 70]),
)
def test_the_walk_below_any_depth_judges_a_damaged_text_like_the_parser(
    text: str, at: int, cut: int, put: str, levels: int
) -> None:
    damaged = "[" * levels + text[:at] + put + text[at + cut :] + "]" * levels
    try:
        check_json(damaged)
    except ValueError:
        assert not is_json(damaged)
    else:
        assert is_json(damaged)
