"""Resynchronizing: the sound objects of a text that is no JSON value as a whole (contract §2, Junk).

Covered by tests/events/test_resync.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from event_assets.events.json.lenient import HOLE
from loaders.formats.strict_json import LENIENT, MAX_NESTING, nesting

Span = tuple[int, int]

SEPARATORS: Final = re.compile(rb"(?:[ \t\r\n,\x1e]|\\[nrt]|\xef\xbb\xbf)*+")
"""What is between values and is not junk: a literal backslash and n is what a producer wrote for a line end."""

_WHITE: Final = b" \t\r\n"
_HOLE: Final = "\0" * HOLE
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
        if _begins_run(data, floor, run[0][0]) and _ends_freely(data, run[-1][1], ceiling)
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


def _begins_run(data: bytes, floor: int, start: int) -> bool:
    if floor == 0 and SEPARATORS.fullmatch(data, 0, start):
        return True
    return begins_freely(data[floor:start])


def begins_freely(before: bytes) -> bool:
    """Return whether what follows this text is inside no other value, as far as the text shows."""
    gap = before.rstrip(_WHITE)
    return not gap.endswith((b",", b"[")) and not (gap.endswith(b":") and gap[:-1].rstrip(_WHITE).endswith(b'"'))


def _ends_freely(data: bytes, end: int, ceiling: int) -> bool:
    if ceiling == len(data) and SEPARATORS.fullmatch(data, end):
        return True
    return data[end:ceiling].lstrip(_WHITE)[:1] not in (b",", b"}", b"]")


def _find_objects(data: bytes) -> Iterator[Span]:
    """Yield the complete objects, from left to right; nothing after an object that opens level 65."""
    text = data.decode("latin-1")  # one character a byte
    position = 0
    while (found := find_object(text, position)) and not found.deep:
        if found.complete:
            yield found.begin, found.end
        position = found.end


class FoundObject(NamedTuple):
    """A text that begins like an object, and its end, or the position where the search for others goes on."""

    begin: int
    end: int
    complete: bool
    undecided: bool = False
    """Whether more text would decide if it is complete."""
    deep: bool = False
    """Whether level 65 opens in it."""


def find_object(text: str, position: int) -> FoundObject | None:
    """Return the next text that begins like an object with a member; no object extends over a NUL block.

    Where a text stops being the beginning of an object, the search goes on with the next `{` from there: what was
    opened before is inside. A string that ends there may have begun in another object, so its last `{` is tried, too.
    """
    while opening := _OPENING.search(text, position):
        hole = text.find(_HOLE, opening.start(), opening.end())
        if hole < 0:
            found = _read_object(text, opening.start())
            if found.complete or found.deep:
                return found
            return found._replace(end=max(found.begin + 1, _last_opening(text, found.begin, found.end)))
        position = hole
    return None


def _read_object(text: str, begin: int) -> FoundObject:
    """Return the object that begins there, or where it breaks."""
    size = _WINDOW
    while True:
        window = text[begin : begin + size]
        if broken := (hole := window.find(_HOLE)) >= 0:
            window = window[:hole]
        undecided, complete = False, True
        try:
            end = LENIENT.raw_decode(window)[1]
        except json.JSONDecodeError as error:
            undecided = not broken and (error.msg.startswith("Unterminated") or error.pos > len(window) - _CUT)
            if undecided and begin + size < len(text):
                size *= 4
                continue
            complete, end = False, error.pos
        except RecursionError:
            return FoundObject(begin, begin, complete=False, deep=True)
        opened = window[:end]
        deep = opened.count("{") + opened.count("[") > MAX_NESTING and nesting(opened) > MAX_NESTING
        return FoundObject(begin, begin + end, complete=complete, undecided=undecided, deep=deep)


def _last_opening(text: str, begin: int, stop: int) -> int:
    """Return the position of a `{` that ends a string directly before `stop`, else `stop`."""
    head = text[begin:stop].rstrip(" \t\r\n")
    inner = head[:-1].rstrip(" \t\r\n") if head.endswith('"') else ""
    return begin + len(inner) - 1 if inner.endswith("{") else stop
