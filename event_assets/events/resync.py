"""Resynchronizing: the sound objects of a text that is no JSON value as a whole (contract §2, Junk).

Covered by tests/events/test_resync.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from event_assets.events.json.lenient import HOLE
from loaders.formats.strict_json import LENIENT, MAX_NESTING, nesting

Span = tuple[int, int]

SEPARATORS: Final = re.compile(rb"(?:[ \t\r\n,\x1e]|\\[nrt]|\xef\xbb\xbf)*+")
"""What is between values and is not junk: a literal backslash and n is what a producer wrote for a line end."""

_WHITE: Final = b" \t\r\n"
_HOLE: Final = re.compile(rb"\x00{%d,}+" % HOLE)
_OPENING: Final = re.compile(r'\{[ \t\r\n]*+"[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\r\n]*+:', re.DOTALL)
_WINDOW: Final = 2_048
_CUT: Final = 16
"""Bytes before the end of a window in which a token may have been cut."""


def find_runs(data: bytes) -> list[list[Span]]:
    """Return the objects of a text, but empty ones, by runs: objects with only separators between them.

    A run that could be inside a broken value is left out: one that follows `,`, `[` or the name of a member, or is
    followed by `,`, `}` or `]`. Takes time in proportion to the size, whatever the bytes are.
    """
    runs: list[list[Span]] = []
    before = [0]
    for start, end in _find_objects(data):
        if runs and SEPARATORS.fullmatch(data, runs[-1][-1][1], start):
            runs[-1].append((start, end))
        else:
            if runs:
                before.append(runs[-1][-1][1])
            runs.append([(start, end)])
    after = [run[0][0] for run in runs[1:]] + [len(data)]
    return [
        run
        for run, floor, ceiling in zip(runs, before, after, strict=False)
        if _begins_freely(data, floor, run[0][0]) and _ends_freely(data, run[-1][1], ceiling)
    ]


def cut_out(data: bytes, kept: Sequence[Span]) -> list[Span]:
    """Return the objects that are kept and the junk between them, without outer white space, in order."""
    pieces: list[Span] = []
    position = 0
    for start, end in [*kept, (len(data), len(data))]:
        if not SEPARATORS.fullmatch(data, position, start):
            junk = data[position:start]
            begin = start - len(junk.lstrip(_WHITE))
            pieces.append((begin, begin + len(junk.strip(_WHITE))))
        if end > start:
            pieces.append((start, end))
        position = end
    return pieces


def _begins_freely(data: bytes, floor: int, start: int) -> bool:
    if floor == 0 and SEPARATORS.fullmatch(data, 0, start):
        return True
    gap = data[floor:start].rstrip(_WHITE)
    return not gap.endswith((b",", b"[")) and not (gap.endswith(b":") and gap[:-1].rstrip(_WHITE).endswith(b'"'))


def _ends_freely(data: bytes, end: int, ceiling: int) -> bool:
    if ceiling == len(data) and SEPARATORS.fullmatch(data, end):
        return True
    return data[end:ceiling].lstrip(_WHITE)[:1] not in (b",", b"}", b"]")


def _find_objects(data: bytes) -> Iterator[Span]:
    """Yield the complete objects, from left to right; nothing after an object that opens level 65.

    Where a text stops being the beginning of an object, the search goes on with the next `{` from there: what was
    opened before is inside. A string that ends there may have begun in another object, so its last `{` is tried, too.
    """
    start = 0
    for stop in [*(hole.start() for hole in _HOLE.finditer(data)), len(data)]:
        text = data[start:stop].decode("latin-1")  # one character a byte
        position = 0
        while opening := _OPENING.search(text, position):
            begin = opening.start()
            complete, end = _read_object(text, begin)
            if end < 0:
                return
            if complete:
                yield start + begin, start + end
            position = end if complete else max(begin + 1, _last_opening(text, begin, end))
        start = stop


def _read_object(text: str, begin: int) -> tuple[bool, int]:
    """Return whether an object is complete, and its end or the position where it breaks; -1 if it is too deep."""
    size = _WINDOW
    while True:
        window = text[begin : begin + size]
        try:
            complete, end = True, LENIENT.raw_decode(window)[1]
        except json.JSONDecodeError as error:
            undecided = error.msg.startswith("Unterminated") or error.pos > len(window) - _CUT
            if undecided and begin + size < len(text):
                size *= 4
                continue
            complete, end = False, error.pos
        except RecursionError:
            return False, -1
        opened = window[:end]
        deep = opened.count("{") + opened.count("[") > MAX_NESTING and nesting(opened) > MAX_NESTING
        return complete, -1 if deep else begin + end


def _last_opening(text: str, begin: int, stop: int) -> int:
    """Return the position of a `{` that ends a string directly before `stop`, else `stop`."""
    head = text[begin:stop].rstrip(" \t\r\n")
    inner = head[:-1].rstrip(" \t\r\n") if head.endswith('"') else ""
    return begin + len(inner) - 1 if inner.endswith("{") else stop
