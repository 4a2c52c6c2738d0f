"""Reads JSON exactly and writes it compactly: numbers keep their digits, the last of repeated members wins."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Final, NoReturn, TypeAlias


class Number(str):
    """A JSON number, spelled as in the text."""

    __slots__ = ()


Json: TypeAlias = "bool | Number | str | list[Json] | dict[str, Json] | None"


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    members = {}
    for key, value in pairs:
        members.pop(key, None)
        members[key] = value
    return members


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=Number, parse_int=Number, parse_constant=_refuse
)


def read(text: str) -> Json:
    """Return the value of a strict JSON text; the last of repeated members wins, in its own position (contract §3).

    Raises ValueError for a text that is not JSON. The lake holds no such text.
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
