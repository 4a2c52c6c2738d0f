"""JSON texts read exactly and written compactly: numbers keep their digits, of repeated members the last one wins."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Final, NoReturn, TypeAlias


class Number(str):
    """A JSON number as its digits stand in the text."""

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
    """The value of a strict JSON text; of repeated members the last stands, where it stood (contract §3).

    Raises ValueError for what is not JSON. The lake holds no such text.
    """
    value: Json = _DECODER.decode(text)
    return value


def write(value: Json) -> str:
    """The compact JSON text of a value: numbers as sent, non-ASCII not escaped (contract §5)."""
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
    """Whether a value is one of those that give NULL and take no part in anything (contract §5, Flattening)."""
    return value is None or value == "" or value == [] or value == {} or value == [""]
