"""Pairs: an array of `{"key": ..., "value": ...}` as the object that it stands for (contract §2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from event_assets.events.envelope import is_nothing
from event_assets.events.json.members import elements_of, join_members

Path = tuple[str, ...]
Split = Callable[[str], dict[str, str]]

_KEYS: Final = ("key", "name", "Key", "Name")
_VALUES: Final = ("value", "Value")
_TYPED: Final = re.compile(r"(string|int|double|float|bool|bytes|array|kvlist|set|map)_?[vV]alue")
"""The member of a value that names its type: OpenTelemetry's `stringValue`, BigQuery's `string_value`."""

_PLAIN: Final = re.compile(
    r'\{[ \t\r\n]*+"(?:string|bool|double|float)_?[vV]alue"[ \t\r\n]*+:[ \t\r\n]*+'
    r'("(?:[^"\\]|\\.)*+"|[^ \t\r\n"{}\[\],]++)[ \t\r\n]*+\}',
    re.DOTALL,
)
"""A value with its type, the most frequent ones, as a whole; others are split."""

_ARRAY: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_INTEGER: Final = re.compile(r'"(-?(?:0|[1-9][0-9]{0,18}))"')


def read_pairs(text: str, paths: Iterable[Path], split: Split) -> str:
    """Return an event, a valid JSON object, with the members at these paths as objects and plain values."""
    for path in paths:
        text = _read_at(text, path, split)
    return text


def _read_at(text: str, path: Path, split: Split) -> str:
    if not path:
        return _read_array(text, split) or _read_value(text, split)
    members = split(text) if text.startswith("{") else {}
    if path[0] not in members:
        return text
    value = _read_at(members[path[0]], path[1:], split)
    return text if value is members[path[0]] else join_members(members | {path[0]: value})


def _read_array(text: str, split: Split) -> str | None:
    """Return the object of an array of pairs; None for anything else. Of repeated keys the last wins, as in §3."""
    pairs = _split_pairs(text, split) if text.startswith("[") else None
    if pairs is None:
        return None
    members: dict[str, str] = {}
    for pair in pairs:
        key = next((pair[name] for name in _KEYS if name in pair), "")
        if not key.startswith('"'):
            return None
        name = json.loads(key)
        members.pop(name, None)
        members[name] = _read_value(next((pair[name] for name in _VALUES if name in pair), "null"), split)
    return join_members(members)


def _split_pairs(text: str, split: Split) -> list[dict[str, str]] | None:
    """Return the members of each element of a valid array, none for what is no object; None for no array."""
    try:
        return [{name: str(bytes(value), "utf-8") for name, value in pair.items()} for pair in _ARRAY(text)]
    except (msgspec.MsgspecError, RecursionError, ValueError):
        elements = elements_of(text)
    return None if elements is None else [split(element) if element.startswith("{") else {} for element in elements]


def _read_value(text: str, split: Split) -> str:
    """Return what a value with its type stands for; another value unchanged."""
    if (plain := _PLAIN.fullmatch(text)) is not None:
        return plain[1]
    members = split(text) if text.startswith("{") else {}
    if not members or not all(map(_TYPED.fullmatch, members)):
        return text
    kind, value = next(((name, inner) for name, inner in members.items() if inner != "null"), ("", "null"))
    if kind.startswith("int"):
        return _INTEGER.sub(r"\1", value)
    if kind.startswith(("array", "kvlist")) and value.startswith("{"):
        return _read_list(split(value).get("values", "null"), split)
    return value


def _read_list(text: str, split: Split) -> str:
    pairs = _read_array(text, split)
    if pairs is not None and not is_nothing(text):
        return pairs
    return "[" + ",".join(_read_value(element, split) for element in elements_of(text) or ()) + "]"
