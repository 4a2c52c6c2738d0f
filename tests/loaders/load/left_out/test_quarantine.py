"""Quarantined lines as the warehouse shows them: readable, bounded, those of the newest load (contract §8)."""

from __future__ import annotations

import base64

import polars as pl
import pytest

from event_assets.events.schema import QUARANTINE_SCHEMA
from loaders.load.left_out.quarantine import show_raw
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

LIMIT = 64 * 1024


def lines(reason: str, count: int, raw: bytes = b"{") -> pl.DataFrame:
    rows = [("a.json.gz", n, n * 10, reason, "why", len(raw), raw) for n in range(count)]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")


@pytest.mark.parametrize("character", ["é", "€", "\U0001f600"])
@pytest.mark.parametrize("shift", range(4))
def test_a_long_line_is_cut_at_a_characters_end(character: str, shift: int) -> None:
    text = "x" * shift + character * LIMIT
    shown = show_raw(text.encode())
    assert text.startswith(shown)
    assert LIMIT - 3 <= len(shown.encode()) <= LIMIT


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'{"a": "\x00"}', b"\xe2\x82", b"\x80" * LIMIT * 2, b"ok \xf0\x9f"])
def test_what_is_no_text_is_shown_in_base64(raw: bytes) -> None:
    assert show_raw(raw) == "base64:" + base64.b64encode(raw[:LIMIT]).decode()


@pytest.mark.parametrize("raw", [b"", b"{", "grün".encode(), b"x" * LIMIT])
def test_a_short_line_is_shown_whole(raw: bytes) -> None:
    assert show_raw(raw) == raw.decode()


def test_at_most_a_hundred_lines_a_reason_and_only_those_of_the_newest_load(files: Files) -> None:
    lake = MemoryLake()
    lake.lines = pl.concat([lines("invalid_json", 130), lines("bad_file", 1), lines("too_deep", 2)])
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    load_hour(files.warehouse, lake.put(1, [event("b")]))
    count = "SELECT reason, count(*) AS n FROM tideline.quarantine GROUP BY reason ORDER BY reason"
    assert [tuple(row.values()) for row in files.query(count)] == [
        ("bad_file", 2),
        ("invalid_json", 200),
        ("too_deep", 4),
    ]
    lake.lines = lines("invalid_utf8", 1, b"\xff")
    load_hour(files.warehouse, lake.put(0, [event("c")]))
    assert [tuple(row.values()) for row in files.query(count)] == [
        ("bad_file", 1), ("invalid_json", 100), ("invalid_utf8", 1), ("too_deep", 2),
    ]  # fmt: skip
    (shown,) = files.query("SELECT * FROM tideline.quarantine WHERE reason = 'invalid_utf8'")
    assert (shown["raw"], shown["file"], shown["line"], shown["bytes"]) == ("base64:/w==", "a.json.gz", 0, 1)
