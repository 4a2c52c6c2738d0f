"""Values of JSON texts, read exactly and written compactly: numbers keep their digits, the last repeated name wins.

Covered by tests/loaders/transform/json/test_raw.py.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Final, TypeAlias

from loaders.formats.strict_json import last_members, strict_decoder


class Number(str):
    """A JSON number: its digits as sent."""

    __slots__ = ()


Json: TypeAlias = "bool | Number | str | list[Json] | dict[str, Json] | None"


_DECODER: Final = strict_decoder(last_members, Number)


def read(text: str) -> Json:
    """Return the value of a strict JSON text; the last of repeated members wins, in its position (contract §3).

    Raise ValueError for a text that is not JSON. The lake holds no such text.
    """
    value: Json = _DECODER.decode(text)
    return value


def write(value: Json) -> str:
    """Return the compact JSON text of a value: numbers as sent, non-ASCII not escaped (contract §5)."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode_basestring(key)}:{write(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return encode_basestring(value)
    return "null" if value is None else "true" if value else "false"


def is_empty(value: Json) -> bool:
    """Return whether a value is one of those that give NULL and count for nothing (contract §5, Flattening)."""
    return value is None or value == "" or value == [] or value == {} or value == [""]
