"""Bounds of JSON values in a byte stream: strings and brackets are matched; whether a value is valid is not judged.

Covered by tests/archive/decoding/json/test_stream.py.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

_TRIES: Final = 4
_STRING: Final = rb'"(?:[^"\\\n]++|\\.)*+"'
_PLAIN: Final = rb"[-+.\w,: \t\r\n]*+"
_UP_TO_BRACKET: Final = re.compile(rb"%b(?:%b(?=[ \t\r\n]*+[,:}\]])%b)*+" % (_PLAIN, _STRING, _PLAIN))
_INSIDE: Final = re.compile(rb'(?:[^"\\\n]++|\\.)*+')
_GAP: Final = re.compile(rb"[ \t\r\n]*+")
_OPEN_STRING: Final = re.compile(rb'"(?:[^"\\\n]++|\\.)*+(?:"[ \t\r\n]*+|\\)?\Z')
_SCALAR: Final = re.compile(rb'%b|[^ \t\r\n,{}\[\]"]++' % _STRING)
_CLOSED_BY: Final = {ord("{"): ord("}"), ord("["): ord("]")}
_BEFORE_INNER: Final = {ord("{"): b":", ord("["): b"[,"}
_WHITE: Final = frozenset(b" \t\r\n")
_validate = msgspec.json.Decoder(msgspec.Raw).decode


class End(Enum):
    """What is known about the end of a value."""

    FOUND = "found"
    MORE = "more bytes are needed"
    NONE = "no value with the form of JSON begins here"


def find_end(data: bytes, start: int, separator: re.Pattern[bytes]) -> tuple[End, int]:
    """Return the end of the object or array that begins at `start`; for NONE, where its form breaks.

    `separator` finds, one byte ahead, likely ends of a value. If the text up to one of the next few is valid JSON, that
    is the end, found in C (no valid object is the beginning of another). Otherwise the brackets are scanned. A value
    that balances but is not valid has an end too: it stays one value.
    """
    position = start
    for _ in range(_TRIES):
        likely = separator.search(data, position)
        if likely is None:
            break
        position = likely.start() + 1
        if _is_json(data[start:position]):
            return End.FOUND, position
    return _scan(data, start)


def find_scalar_end(data: bytes, start: int, *, ended: bool) -> tuple[End, int]:
    """Return the end of the string, number or word that begins at `start`.

    `ended` is whether nothing follows `data`.
    """
    found = _SCALAR.match(data, start)
    if found is None:
        return (End.MORE if not ended and _OPEN_STRING.match(data, start) else End.NONE), start
    if found.end() == len(data) and not ended:
        return End.MORE, start
    return End.FOUND, found.end()


def is_object(text: bytes) -> bool:
    """Return whether a text is a valid JSON object."""
    return text.startswith(b"{") and _is_json(text)


def _is_json(text: bytes) -> bool:
    try:
        _validate(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _scan(data: bytes, start: int) -> tuple[End, int]:
    """Scan bracket by bracket. Text that can never be JSON ends it, so a broken value does not swallow the next."""
    if data[start] not in _CLOSED_BY:
        return End.NONE, start
    opened = [data[start]]
    position = start + 1
    while opened:
        gap = _UP_TO_BRACKET.match(data, position)
        position = gap.end() if gap else position
        if position == len(data):
            return End.MORE, position
        byte = data[position]
        if byte == _CLOSED_BY[opened[-1]]:
            opened.pop()
        elif byte in _CLOSED_BY and data[_before(data, position)] in _BEFORE_INNER[opened[-1]]:
            opened.append(byte)
        else:
            return (End.MORE if _OPEN_STRING.match(data, position) else End.NONE), position
        position += 1
    return End.FOUND, position


def _before(data: bytes, position: int) -> int:
    position -= 1
    while data[position] in _WHITE:
        position -= 1
    return position


class BracketScan:
    """The brackets of one object or array whose bytes are not all held: what `find_end` scans, piece by piece."""

    def __init__(self) -> None:
        self._opened: list[int] = []
        self._before = 0
        self._in_string = self._after_string = False

    def feed(self, data: bytes, position: int) -> tuple[End, int]:
        """Return the end of the value, where its form breaks, or the position from where to go on with more bytes."""
        while position < len(data):
            if self._in_string or self._after_string:
                verdict, position = self._pass_string(data, position)
            else:
                verdict, position = self._pass_bracket(data, position)
            if verdict is not None:
                return verdict, position
        return End.MORE, position

    def _pass_string(self, data: bytes, position: int) -> tuple[End | None, int]:
        if self._in_string:
            inside = _INSIDE.match(data, position)
            position = inside.end() if inside else position
            if position == len(data) or (position == len(data) - 1 and data[position] == ord("\\")):
                return End.MORE, position
            if data[position] != ord('"'):
                return End.NONE, position
            position += 1
        gap = _GAP.match(data, position)
        after = gap.end() if gap else position
        self._in_string, self._after_string = False, after == len(data)
        if self._after_string:
            return End.MORE, after
        self._before = ord('"')
        return (None, after) if data[after] in b",:}]" else (End.NONE, position)

    def _pass_bracket(self, data: bytes, position: int) -> tuple[End | None, int]:
        gap = _UP_TO_BRACKET.match(data, position)
        after = gap.end() if gap else position
        if held := data[position:after].rstrip():
            self._before = held[-1]
        if after == len(data):
            return End.MORE, after
        byte = data[after]
        if byte == ord('"'):
            self._in_string = True
        elif self._opened and byte == _CLOSED_BY[self._opened[-1]]:
            self._opened.pop()
            if not self._opened:
                return End.FOUND, after + 1
        elif byte in _CLOSED_BY and (not self._opened or self._before in _BEFORE_INNER[self._opened[-1]]):
            self._opened.append(byte)
        else:
            return End.NONE, after
        self._before = byte
        return None, after + 1
