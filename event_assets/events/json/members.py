"""Parts of JSON texts: members of an object, elements of an array, the value inside a string; fast, else exact.

Covered by tests/events/mapping/test_batches.py.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from event_assets.events.json.lenient import mend_json
from event_assets.events.json.split import split_members
from event_assets.events.json.splitter import object_text
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
    U+0000 and lone surrogates of the string are U+FFFD. It may be lenient, as a line may.
    """
    found = _find_inside(value)
    return None if found is None else found[0]


def _find_inside(value: str) -> tuple[str, bool] | None:
    """Return the JSON text that a JSON string contains, and whether it is strict."""
    if not value.startswith('"'):
        return None
    try:
        text = str(json.loads(clean_text(value)[0], strict=False)).replace("\0", "\ufffd").strip(_SPACE)
    except _FAILURES:
        return None
    if (strict := _is_strict(text)) is not None:
        return text, strict
    decoded = _decode(text) if text.startswith(_ENCODED) else None
    if decoded is None or decoded[:1] not in ("{", "[") or (strict := _is_strict(decoded)) is None:
        return None
    return decoded, strict


def unwrap_text(value: str) -> str:
    """Return the object or array inside a JSON string; any other value unchanged."""
    text = json_inside(value)
    return value if text is None or text[:1] not in ("{", "[") else text


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """JSON text that may have been inside a JSON string.

    `lost`: whether characters of it were replaced. `unwrapped`: whether it was an object where no setting asks for one.
    `marked`: whether it has the mark of a number that JSON lacks.
    """

    text: str
    lost: bool = False
    unwrapped: bool = False
    marked: bool = False


def value_inside(value: str, level: int) -> Unwrapped | None:
    """Return the value inside a JSON string that has so many levels above it, as strict JSON without line breaks.

    None for anything else, and if these are too many levels together (contract §3).
    """
    found = _find_inside(value)
    if found is None:
        return None
    text, strict = found
    openings = text.count("[") + text.count("{")
    if openings + level > MAX_NESTING and nesting(text) + level > MAX_NESTING:
        return None
    text, lost = clean_text(text)
    mended = None if strict else mend_json(text)
    if mended is not None:
        text, lost = mended.text, lost or mended.sanitized
    text = text.replace("\n", " ").replace("\r", " ")
    return Unwrapped(text, lost, marked=mended is not None and mended.marked)


def object_inside(value: str, level: int) -> Unwrapped | None:
    """Return the object inside a JSON string that has so many levels above it; None for anything else."""
    found = value_inside(value, level)
    return replace(found, unwrapped=True) if found is not None and found.text.startswith("{") else None


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


def _is_strict(text: str) -> bool | None:
    """Return whether a JSON text is strict; None for a text that is no JSON."""
    try:
        _VALIDATE(text)
    except _FAILURES:
        pass
    else:
        return True
    try:
        check_json(text)
    except RecursionError:
        return None
    except ValueError:
        return None if mend_json(clean_text(text)[0]) is None else False
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
