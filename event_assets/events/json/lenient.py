"""Lenient JSON: a text that is JSON but for NaN, Infinity, -Infinity and raw control characters (contract §3).

Covered by tests/events/test_resync.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Final

from event_assets.events.json.split import is_fast_json, split_members
from loaders.formats.strict_json import check_json, clean_text, last_members, split_object

HOLE: Final = 16
"""NUL bytes in a row that are no content: a crash leaves them where it loses what was written."""

_HOLE: Final = "\0" * HOLE
_OPENING: Final = '"\\u0000'
"""Begins the mark of a number that JSON lacks: a JSON text with U+0000, which no text that was read contains."""

_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_IN_STRING: Final = re.compile(r"\\.|[\x00-\x1f]", re.DOTALL)
_NUMBER: Final = re.compile(r"NaN|Infinity")
_UP_TO_NUMBER: Final = re.compile(
    r'(?P<before>(?:[^"NI-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|-(?!Infinity)|N(?!aN)|I(?!nfinity)'
    r"|(?:-?Infinity|NaN)(?=[ \t\r\n]*+:))*+)(?:(?P<number>-?Infinity|NaN)|(?P<rest>.*+))",
    re.DOTALL,  # all of the text, so that no part of it is searched twice
)
_PART: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|(?P<number>-?Infinity|NaN)(?![ \t\r\n]*+:)',
    re.DOTALL,  # what a colon follows is a name, and stays no JSON
)


@dataclass(frozen=True, slots=True)
class Mended:
    """Strict JSON text: control characters are escaped, U+0000 is U+FFFD, and NaN and the like are marked texts."""

    text: str
    sanitized: bool
    """Whether it had U+0000."""
    marked: bool


def mend_json(text: str) -> Mended | None:
    """Return the strict text of a lenient one; None for a text that is no JSON value all the same.

    The text has passed `clean_text`. U+0000 in a row, `HOLE` times, is the mark of a crash, not content.
    """
    controls = _CONTROL.search(text) is not None
    if _HOLE in text or not (controls or _NUMBER.search(text)):
        return None
    if not controls:
        mended = _UP_TO_NUMBER.sub(_mark, text)
        return Mended(mended, sanitized=False, marked=mended != text) if _is_json(mended) else None
    sanitized = marked = False

    def rewrite(part: re.Match[str]) -> str:
        nonlocal sanitized, marked
        found = part[0]
        if part["number"] is not None:
            marked = True
            return f'{_OPENING}{found}"'
        if _CONTROL.search(found) is None:
            return found
        sanitized = sanitized or "\0" in found
        return _IN_STRING.sub(_escape, found)

    mended = _PART.sub(rewrite, text)
    return Mended(mended, sanitized, marked) if _is_json(mended) else None


def strict_text(text: str) -> str:
    """Return a JSON text that may be lenient as a strict one, with NaN and the like as texts."""
    text, _ = clean_text(text)
    mended = mend_json(text)
    return text if mended is None else unmark(mended.text)


def has_marks(text: str) -> bool:
    """Return whether a JSON text has the mark of a number that JSON lacks."""
    return _OPENING in text


def unmark(text: str) -> str:
    """Return the JSON text with the text of each number that JSON lacks: `"NaN"`."""
    return text.replace(_OPENING, '"')


def take_marked(value: str) -> tuple[str, str]:
    """Return the JSON text of a value without what is marked, and what was taken: `{"price":"NaN"}`.

    An array is one value, as it is one in its column: one that has a mark is taken whole. What is left of such a value
    is `null`, and what is taken of a value without a mark is an empty text.
    """
    if not has_marks(value):
        return value, ""
    if not value.startswith("{"):
        return "null", unmark(value)
    left: list[str] = []
    taken: list[str] = []
    for name, inner in (split_members(value) if is_fast_json(value) else last_members(split_object(value))).items():
        kept, lost = take_marked(inner)
        if kept != "null" or not lost:
            left.append(f"{encode_basestring(name)}:{kept}")
        if lost:
            taken.append(f"{encode_basestring(name)}:{lost}")
    return "{" + ",".join(left) + "}", "{" + ",".join(taken) + "}"


def _is_json(text: str) -> bool:
    if is_fast_json(text):
        return True
    try:
        check_json(text)
    except ValueError:
        return False
    return True


def _mark(part: re.Match[str]) -> str:
    return part[0] if part["number"] is None else f'{part["before"]}{_OPENING}{part["number"]}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if len(character) > 1:
        return character
    return r"\ufffd" if character == "\0" else f"\\u{ord(character):04x}"
