"""The exact end of a JSON object or array that others follow: its strings and brackets are followed, no more."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

_TRIES: Final = 4
_STRING: Final = rb'"(?:[^"\\\n]++|\\.)*+"'
_PLAIN: Final = rb"[-+.\w,: \t\r\n]*+"
_UP_TO_BRACKET: Final = re.compile(rb"%b(?:%b(?=[ \t\r\n]*+[,:}\]])%b)*+" % (_PLAIN, _STRING, _PLAIN))
_OPEN_STRING: Final = re.compile(rb'"(?:[^"\\\n]++|\\.)*+(?:"[ \t\r\n]*+|\\)?\Z')
_SCALAR: Final = re.compile(rb'%b|[^ \t\r\n,{}\[\]"]++' % _STRING)
_CLOSED_BY: Final = {ord("{"): ord("}"), ord("["): ord("]")}
_MAY_STAND_BEFORE_INNER: Final = {ord("{"): b":", ord("["): b"[,"}
_WHITE: Final = frozenset(b" \t\r\n")
_validate = msgspec.json.Decoder(msgspec.Raw).decode


class End(Enum):
    """What is known about a value's end."""

    FOUND = "found"
    MORE = "more bytes are needed"
    NONE = "no value of JSON's form stands here"


def find_end(data: bytes, start: int, separator: re.Pattern[bytes]) -> tuple[End, int]:
    """Where the object or array that begins at `start` ends; for NONE, where its form breaks.

    `separator` finds, one byte ahead, places where a value often ends. If the text up to one of the next few is valid
    JSON, that is the end, found in C (no valid object is the beginning of another). Else it is scanned for. A value
    that balances and is not valid has an end too: it stays one value.
    """
    at = start
    for _ in range(_TRIES):
        likely = separator.search(data, at)
        if likely is None:
            break
        at = likely.start() + 1
        if _is_json(data[start:at]):
            return End.FOUND, at
    return _scan(data, start)


def find_scalar_end(data: bytes, start: int, *, ended: bool) -> tuple[End, int]:
    """Where the string, number or word that begins at `start` ends; `ended`: nothing follows `data`."""
    found = _SCALAR.match(data, start)
    if found is None:
        return (End.MORE if not ended and _OPEN_STRING.match(data, start) else End.NONE), start
    if found.end() == len(data) and not ended:
        return End.MORE, start
    return End.FOUND, found.end()


def _is_json(text: bytes) -> bool:
    try:
        _validate(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _scan(data: bytes, start: int) -> tuple[End, int]:
    """One step a bracket. What can never be JSON ends it at once, so that a broken value does not swallow the next."""
    if data[start] not in _CLOSED_BY:
        return End.NONE, start
    opened = [data[start]]
    at = start + 1
    while opened:
        gap = _UP_TO_BRACKET.match(data, at)
        at = gap.end() if gap else at
        if at == len(data):
            return End.MORE, at
        byte = data[at]
        if byte == _CLOSED_BY[opened[-1]]:
            opened.pop()
        elif byte in _CLOSED_BY and data[_before(data, at)] in _MAY_STAND_BEFORE_INNER[opened[-1]]:
            opened.append(byte)
        else:
            return (End.MORE if _OPEN_STRING.match(data, at) else End.NONE), at
        at += 1
    return End.FOUND, at


def _before(data: bytes, at: int) -> int:
    at -= 1
    while data[at] in _WHITE:
        at -= 1
    return at
