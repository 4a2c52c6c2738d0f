"""What a broken line still has: its sound objects and the junk between them, by the contract alone (contract §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from types import MappingProxyType

from tests.independent.batches import Opened, open_value
from tests.independent.event import Mapped, read_event
from tests.independent.json_text import DEEPEST, HOLE
from tests.independent.key_parts import Parts

NO_PARTS: Parts = MappingProxyType({})
SEPARATOR = rb"(?:[ \t\r\n,\x1e]|\\[nrt]|\xef\xbb\xbf)*"
WHITE = b" \t\r\n"
TOKEN = re.compile(
    rb'(?P<s>"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    rb"|(?P<v>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|NaN|-?Infinity)|(?P<m>[{}\[\],:])"
)
FOLLOWS = {
    # what may come after, in an object or an array: s a text, v another value, n a name, and marks
    ("{", "open"): "n}",
    ("{", "name"): ":",
    ("{", "colon"): "sv{[",
    ("{", "value"): ",}",
    ("{", "comma"): "n",
    ("[", "open"): "sv{[]",
    ("[", "value"): ",]",
    ("[", "comma"): "sv{[",
}


class TooDeepError(ValueError):
    """Level 65 opens."""


def open_line(data: bytes, hour: datetime, mapping: Mapped | None, parts: Parts = NO_PARTS) -> list[Opened]:
    """The events of a value, and of a broken one those of its sound objects beside the junk.

    `parts` are members that the key of the file has for them.
    """

    def open_all(part: bytes) -> list[Opened]:
        return [event._replace(parts=parts) for event in open_value(part, mapping)]

    opened = open_all(data)
    broken = len(opened) == 1 and read_event(opened[0], hour, mapping) in ("invalid_json", "invalid_utf8")
    if not broken or opened[0].data != data:
        return opened

    def open_piece(part: bytes) -> list[Opened]:
        """A piece that is a text is junk: it is no line, and no object."""
        is_text = part.startswith(b'"') and "each" not in (mapping or {})
        return [Opened(part, {}, parts=parts)] if is_text else open_all(part)

    def is_event(part: bytes) -> bool:
        return any(not isinstance(read_event(event, hour, mapping), str) for event in open_all(part))

    return [event for _, part in pieces(data, is_event) for event in open_piece(part)] or opened


def pieces(data: bytes, is_event: Callable[[bytes], bool]) -> list[tuple[int, bytes]]:
    """The objects of the runs that have an event, and the junk between them, with offsets; nothing without any."""
    runs: list[list[tuple[int, int]]] = []
    for start, end in objects(data):
        if runs and re.fullmatch(SEPARATOR, data[runs[-1][-1][1] : start]):
            runs[-1].append((start, end))
        else:
            runs.append([(start, end)])
    kept = [
        span
        for run in runs
        if is_free(data[: run[0][0]], data[run[-1][1] :]) and any(is_event(data[start:end]) for start, end in run)
        for span in run
    ]
    return list(_between(data, kept)) if kept else []


def is_free(before: bytes, after: bytes) -> bool:
    """Whether a run between these is inside no other value, as far as its neighbours tell."""
    begins = re.fullmatch(SEPARATOR, before) or not re.search(rb'(?:[,\[]|"[ \t\r\n]*:)[ \t\r\n]*\Z', before)
    ends = re.fullmatch(SEPARATOR, after) or not re.match(rb"[ \t\r\n]*[,}\]]", after)
    return bool(begins and ends)


def _between(data: bytes, kept: list[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    at = 0
    for start, end in [*kept, (len(data), len(data))]:
        junk = data[at:start]
        if not re.fullmatch(SEPARATOR, junk):
            yield at + len(junk) - len(junk.lstrip(WHITE)), junk.strip(WHITE)
        if start < end:
            yield start, data[start:end]
        at = end


def objects(data: bytes) -> Iterator[tuple[int, int]]:
    """The complete objects with a member, one after another."""
    at = 0
    try:
        while (at := data.find(b"{", at)) >= 0:
            end, stop = _read(data, at)
            if end and re.match(rb"\{[ \t\r\n]*\}", data[at:end]) is None:
                yield at, end
            at = max(end or stop, at + 1)
    except TooDeepError:
        return


def _read(data: bytes, at: int) -> tuple[int, int]:
    """The end of the object, 0 where it has none, and where its text breaks and another may begin."""
    begin, state, text_at = at, "", -1
    levels: list[str] = []
    hole = data.find(b"\0" * HOLE, at)
    limit = len(data) if hole < 0 else hole
    while True:
        while data[at : at + 1] and data[at] in WHITE:
            at += 1
        token = TOKEN.match(data, at, limit)
        kind = "" if token is None else token["m"].decode() if token["m"] else "s" if token["s"] else "v"
        wanted = "{" if not levels else FOLLOWS[levels[-1], state]
        name = kind == "s" and "n" in wanted
        if token is None or not (name or kind in wanted):
            return 0, _opening_before(data, begin, text_at, at)
        if kind in "{[":
            levels.append(kind)
            if len(levels) > DEEPEST:
                raise TooDeepError
        elif kind in "}]":
            levels.pop()
            if not levels:
                return token.end(), 0
        state = "name" if name else {"{": "open", "[": "open", ",": "comma", ":": "colon"}.get(kind, "value")
        text_at = at if kind == "s" else -1
        at = token.end()


def _opening_before(data: bytes, begin: int, text_at: int, stop: int) -> int:
    """Where the search goes on: at a `{` that ends the string directly before, else where the text breaks."""
    if text_at >= 0 and (last := re.search(rb'\{[ \t\r\n]*"[ \t\r\n]*\Z', data[text_at + 1 : stop])):
        return max(begin + 1, text_at + 1 + last.start())
    return stop
