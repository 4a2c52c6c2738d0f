"""Parts of JSON texts: members of an object, elements of an array, the value inside a string; fast, else exact.

Covered by tests/events/mapping/test_batches.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from event_assets.events.json.splitter import object_text, split_members
from loaders.formats.strict_json import check_json, last_members, split_array, split_object

_SPACE: Final = " \t\n\r"
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, ValueError)
_SPLIT_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def members_of(text: str) -> dict[str, str] | None:
    """Return the members of an object, or None for a text that is no valid JSON object."""
    if not text.startswith("{"):
        return None
    try:
        return split_members(text)
    except _FAILURES:
        pass
    try:
        check_json(text)
        return last_members(split_object(text))
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
        check_json(text)
        return split_array(text)
    except (ValueError, RecursionError):
        return None


def unwrap_text(value: str) -> str:
    """Return the object or array inside a JSON string; any other value unchanged."""
    if not value.startswith('"'):
        return value
    try:
        text = str(json.loads(value)).strip(_SPACE)
        if text[:1] in ("{", "["):
            check_json(text)
            text.encode()
            return text
    except _FAILURES:
        pass
    return value


def join_members(members: Mapping[str, str]) -> str:
    """Return JSON text of an object of these members; names that are no valid Unicode are escaped again."""
    try:
        return object_text(members)
    except UnicodeEncodeError:
        return "{" + ",".join([f"{json.dumps(name)}:{value}" for name, value in members.items()]) + "}"
