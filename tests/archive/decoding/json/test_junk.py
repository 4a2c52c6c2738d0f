"""More junk between concatenated values than is held: it costs itself, the values around it are found."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import pytest

from event_assets.archive.decoding.json import junk, stream, window
from event_assets.archive.decoding.json.stream import frame_array, frame_concatenated
from event_assets.archive.decoding.lines import LINE_LIMIT
from event_assets.events import normalize
from event_assets.events.chunk import Block, FileEnd, Oversized
from tests.archive.files import HOUR, cut_into, make_events

EVENTS = make_events(12)
PIECE = 1 << 20
MUCH = LINE_LIMIT + (5 << 20)
HALF = EVENTS[10][: EVENTS[10].index(b'"properties"') + 30]
ELEMENTS = b",".join(EVENTS[:3]) + b","

JUNK = {
    "words": b"lorem } ipsum { ",
    "NUL bytes": b"\0",
    "openings": b'{"a":1 ',
    "objects that are cut": b'{"a":"b" {"c":[1,2 ',
    "names without an end": b'{"aaaaaaaaaaaaaaaaaaaa',
    "closed texts": b'"a" ',
    "escapes": b'\\"',
}
BEFORE = {
    "after a value": b"",
    "after half a value": HALF,
    "after a text that has no end": b'{"type":"track","event":"Cut',
    "after an array that has no end": b'{"a":[1,2',
}


def frame(content: bytes, piece: int = PIECE) -> tuple[list[bytes], list[Oversized]]:
    """The values and the texts over the limit of a concatenation."""
    parts = list(frame_concatenated("f", cut_into(content, piece)))
    values = [value for part in parts if isinstance(part, Block) for value in part.values]
    return values, [part for part in parts if isinstance(part, Oversized)]


@pytest.mark.parametrize(
    ("kind", "before"), [("NUL bytes", "after a text that has no end"), ("words", "after half a value")]
)
def test_more_junk_than_a_value_may_have_costs_only_itself(kind: str, before: str) -> None:
    lost = BEFORE[before] + JUNK[kind] * (MUCH // len(JUNK[kind]))
    content = EVENTS[0] + lost + b"".join(EVENTS[1:4])
    values, (over,) = frame(content)
    assert values == EVENTS[:4]
    assert (over.offset, over.size, over.head) == (len(EVENTS[0]), len(lost.rstrip()), lost[:LINE_LIMIT])


@pytest.mark.slow
def test_a_value_cut_off_after_many_elements_costs_itself_and_one_neighbour() -> None:
    """Its elements are no values, whether they are before the cut or, by what is left of them, after it."""
    lost = b'{"batch":[' + ELEMENTS * (MUCH // len(ELEMENTS)) + EVENTS[4]
    values, (over,) = frame(lost + EVENTS[5] + EVENTS[6] + b"\n" + EVENTS[7])
    assert values == EVENTS[5:8]
    assert over.size == len(lost)


@pytest.mark.slow
def test_what_is_held_does_not_grow_with_the_junk() -> None:
    def pieces() -> Iterator[bytes]:
        yield EVENTS[0]
        for _ in range(100):
            yield JUNK["NUL bytes"] * PIECE
        yield EVENTS[1]
        yield b'{"batch":["' + b"x" * PIECE
        for _ in range(100):
            yield b"x" * PIECE
        yield b'"]}' + EVENTS[2]

    tracemalloc.start()
    parts = list(frame_concatenated("f", pieces()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [value for part in parts if isinstance(part, Block) for value in part.values] == EVENTS[:3]
    assert [part.size for part in parts if isinstance(part, Oversized)] == [100 * PIECE, 101 * PIECE + 14]
    assert peak < 7 * LINE_LIMIT


def test_the_sound_events_load_and_the_junk_is_quarantined_with_its_reason() -> None:
    content = b"\0" * MUCH + b"".join(EVENTS[:3])
    parts = list(frame_concatenated("f", cut_into(content, PIECE)))
    found = normalize([*parts, FileEnd("f", len(content), 4, None)], hour=HOUR)
    assert found.events["id"].to_list() == ["m-1-0", "m-1-1", "m-1-2"]
    assert found.quarantine.select("reason", "byte_offset", "bytes").rows() == [("line_too_long", 0, MUCH)]
    assert found.quarantine["raw"][0] == b"\0" * LINE_LIMIT


@pytest.mark.slow
def test_an_element_of_an_array_may_be_larger_than_what_is_held() -> None:
    large = b'{"a":["' + b"x" * (5 * LINE_LIMIT) + b'"]}'
    parts = list(frame_array("f", cut_into(b"[" + EVENTS[0] + b"," + large + b"," + EVENTS[1] + b"]", PIECE)))
    assert [part.size for part in parts if isinstance(part, Oversized)] == [len(large)]
    assert [value for part in parts if isinstance(part, Block) for value in part.values] == EVENTS[:2]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit of which many texts are larger, and searches that hold little."""
    limit = 600
    for module in (junk, stream, window):
        monkeypatch.setattr(module, "LINE_LIMIT", limit)
    monkeypatch.setattr(junk, "_CONTEXT", 24)
    monkeypatch.setattr(junk, "_SLICE", 64)
    monkeypatch.setattr(junk, "_TAIL", 64)
    return limit


@pytest.mark.parametrize("seed", range(24))
def test_wherever_junk_is_cut_values_are_found_and_nothing_is_lost(seed: int, small: int) -> None:
    chosen = random.Random(seed)
    pieces: list[bytes] = []
    for event in EVENTS:
        kind = chosen.choice(list(JUNK))
        repeated = JUNK[kind] * (chosen.choice((0, 3, small, 5 * small)) // len(JUNK[kind]))
        pieces += [chosen.choice(list(BEFORE.values())) if chosen.random() < 0.3 else b"", repeated, event]
    content = b"".join(pieces)
    parts = list(frame_concatenated("f", cut_into(content, chosen.choice((7, 50, 4096)))))
    rows = [
        row
        for part in parts
        for row in (
            zip(part.offsets, part.values, map(len, part.values), strict=True)
            if isinstance(part, Block)
            else [(part.offset, part.head, part.size)]
        )
    ]
    at = 0
    for offset, text, size in sorted(rows):
        assert not content[at:offset].strip()
        assert content[offset:].startswith(text)
        at = offset + size
    assert not content[at:].strip()
    found = normalize([*parts, FileEnd("f", len(content), len(rows), None)], hour=HOUR)
    assert found.events["id"].to_list() == [f"m-1-{n}" for n in range(12)]
