"""Parts of JSON texts: members of an object, elements of an array, the value inside a string; fast, else exact.

Covered by tests/events/mapping/test_batches.py.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from event_assets.events.json.lenient import mend_json
from event_assets.events.json.splitter import object_text, split_members
from loaders.formats.strict_json import (
    LENIENT,
    MAX_NESTING,
    STRICT,
    check_json,
    clean_text,
    last_members,
    nesting,
    split_array,
    split_object,
)

_SPACE: Final = " \t\n\r"
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, ValueError)
_SPLIT_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_VALIDATE: Final = msgspec.json.Decoder(msgspec.Raw).decode
_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],]', re.DOTALL)
_NAME: Final = re.compile(r'("(?:[^"\\]|\\.)*+")[ \t\n\r]*+:[ \t\n\r]*+', re.DOTALL)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{2,}={0,2}")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_ENCODED: Final = ("e", "W", "C", "D", "I")
"""First letters of the base64 of an object or an array, which may begin with white space."""


def members_of(text: str) -> dict[str, str] | None:
    """Return the members of an object, or None for a text that is no valid JSON object."""
    if not text.startswith("{"):
        return None
    try:
        return split_members(text)
    except _FAILURES:
        pass
    try:
        parser = _parser_of(text)
        return last_members(_split_deep_object(text) if nesting(text) > MAX_NESTING else split_object(text, parser))
    except (ValueError, RecursionError):
        return None


def elements_of(text: str) -> list[str] | None:
    """Return the elements of an array, or None for a text that is no valid JSON array."""
    if not text.startswith("["):
        return None
    try:
        return [str(bytes(element), "utf-8") for element in _SPLIT_ARRAY(text)]
    except _FAILURES:
        pass
    try:
        parser = _parser_of(text)
        return list(_pieces(text)) if nesting(text) > MAX_NESTING else split_array(text, parser)
    except (ValueError, RecursionError):
        return None


def json_inside(value: str) -> str | None:
    """Return the JSON text that a JSON string contains, or None for anything else.

    It is the text of the string or, of an object or an array, the text in base64, as bytes of records are written.
    U+0000 and lone surrogates of the string are U+FFFD.
    """
    if not value.startswith('"'):
        return None
    try:
        text = str(json.loads(clean_text(value)[0])).strip(_SPACE)
    except _FAILURES:
        return None
    if not _is_json(text):
        decoded = _decode(text) if text.startswith(_ENCODED) else None
        return decoded if decoded is not None and decoded[:1] in ("{", "[") and _is_json(decoded) else None
    return text


def unwrap_text(value: str) -> str:
    """Return the object or array inside a JSON string; any other value unchanged."""
    text = json_inside(value)
    return value if text is None or text[:1] not in ("{", "[") else text


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """JSON text that may have been inside a JSON string.

    `lost`: whether characters of it were replaced. `unwrapped`: whether it was an object where no setting asks for one.
    """

    text: str
    lost: bool = False
    unwrapped: bool = False


def object_inside(value: str, level: int) -> Unwrapped | None:
    """Return the object inside a JSON string that has so many levels above it; None for anything else."""
    text = unwrap_text(value)
    found = fit_text(text, level) if text is not value and text.startswith("{") else None
    return None if found is None else Unwrapped(found.text, found.lost, unwrapped=True)


def fit_text(text: str, level: int) -> Unwrapped | None:
    """Return JSON text without line breaks for a value that has so many levels above it.

    None if these are too many levels together (contract §3).
    """
    openings = text.count("[") + text.count("{")
    if openings + level > MAX_NESTING and nesting(text) + level > MAX_NESTING:
        return None
    return Unwrapped(*clean_text(text.replace("\n", " ").replace("\r", " ")))


def _parser_of(text: str) -> json.JSONDecoder:
    """Return the parser that can split a text, the strict one where it is JSON. Raise ValueError where it is none."""
    try:
        check_json(text)
    except ValueError:
        if mend_json(clean_text(text)[0]) is None:
            raise
        return LENIENT
    return STRICT


def join_members(members: Mapping[str, str]) -> str:
    """Return JSON text of an object of these members; names that are no valid Unicode are escaped again."""
    try:
        return object_text(members)
    except UnicodeEncodeError:
        return "{" + ",".join([f"{json.dumps(name)}:{value}" for name, value in members.items()]) + "}"


def _is_json(text: str) -> bool:
    try:
        _VALIDATE(text)
    except _FAILURES:
        pass
    else:
        return True
    try:
        check_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def _decode(text: str) -> str | None:
    if _BASE64.fullmatch(text) is None:
        return None
    digits = text.rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode().strip(_SPACE)
    except (binascii.Error, UnicodeDecodeError):
        return None


def _split_deep_object(text: str) -> list[tuple[str, str]]:
    """Return the members of a valid object of any nesting, without recursion."""
    found = []
    for piece in _pieces(text):
        name = _NAME.match(piece)
        if name is not None:
            found.append((str(json.loads(name[1], strict=False)), piece[name.end() :]))
    return found


def _pieces(text: str) -> Iterator[str]:
    """Yield what is between the commas of a valid object or array of any nesting."""
    depth = start = 0
    for mark in _MARK.finditer(text):
        if mark[0] in "{[":
            depth += 1
            start = start or mark.end()
        elif mark[0] in "}]":
            depth -= 1
        if (mark[0] == "," and depth == 1) or depth == 0:
            if piece := text[start : mark.start()].strip(_SPACE):
                yield piece
            start = mark.end()
