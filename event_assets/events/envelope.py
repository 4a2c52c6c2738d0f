"""The envelope that all events share: its members, and those of one event as sent (contract §3)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import msgspec

from event_assets.events.json.lenient import has_marks, take_marked, unmark

TYPES: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})
IDS: Final = ("messageId", "anonymousId", "userId", "groupId", "previousId")
TEXTS: Final = ("event", *IDS, "name", "channel", "request_ip")
OBJECTS: Final = ("context", "properties", "traits", "userProperties")
CLOCKS: Final = ("originalTimestamp", "sentAt", "receivedAt", "timestamp")

COLUMNS: Final[Mapping[str, str]] = {
    "type": "type",
    "event": "event",
    "messageId": "id",
    "anonymousId": "anonymous_id",
    "userId": "user_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "name": "name",
    "channel": "channel",
    "request_ip": "request_ip",
    "originalTimestamp": "original_timestamp",
    "sentAt": "sent_at",
    "receivedAt": "received_at",
    "timestamp": "timestamp",
    "context": "context",
    "properties": "properties",
    "traits": "traits",
    "userProperties": "user_properties",
}
"""Envelope member -> column of the lake, in the lake's order."""

NUMBER: Final = "\0"
"""Before the JSON text of a clock that was not sent as a text; no text that was read contains U+0000."""

_LONGEST_TYPE: Final = 2 + len("identify") * len("\\u0000")
_MISSING: Final = msgspec.Raw(b"")
_NOTHING: Final = re.compile(r'null|""|\[[ \t\n\r]*(?:""[ \t\n\r]*)?\]|\{[ \t\n\r]*\}')


class Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One event's envelope: texts and clocks as text, objects as the JSON text that was sent."""

    type: str | None = None
    event: str | None = None
    messageId: str | int | None = None
    anonymousId: str | int | None = None
    userId: str | int | None = None
    groupId: str | int | None = None
    previousId: str | int | None = None
    name: str | None = None
    channel: str | None = None
    request_ip: str | None = None
    originalTimestamp: str | int | None = None
    sentAt: str | int | None = None
    receivedAt: str | int | None = None
    timestamp: str | int | None = None
    context: msgspec.Raw = _MISSING
    properties: msgspec.Raw = _MISSING
    traits: msgspec.Raw = _MISSING
    userProperties: msgspec.Raw = _MISSING


@dataclass(frozen=True, slots=True)
class Reading:
    """One event as read: its row, its transport members, and the values that the row cannot hold (JSON texts).

    `sanitized` and `unwrapped`: whether characters were replaced, and whether an object was sent as text.
    """

    row: Row
    others: Mapping[str, str] = field(default_factory=dict)
    rescued: Mapping[str, str] = field(default_factory=dict)
    sanitized: bool = False
    unwrapped: bool = False
    mended: bytes | None = None
    """The line in strict JSON, where it was not."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line cannot be a row: a reason of contract §3, and the detail."""

    reason: str
    detail: str


def read_members(members: Mapping[str, str], *, sanitized: bool = False, marked: bool = False) -> Reading | Refusal:
    """Return the event in the members of a line: name -> JSON text, every name once.

    `marked` is whether a value may have the mark of a number that JSON lacks.
    """
    if marked:
        members, lost = _take_marks(members)
        reading = read_members(members, sanitized=sanitized)
        return reading if isinstance(reading, Refusal) else replace(reading, rescued={**reading.rescued, **lost})
    if (kind := _read_type(members.get("type", "null"))) is None:
        return Refusal("unknown_type", f"type is {members.get('type', 'missing')[:200]}")
    if members.get("messageId", "null")[0] in "[{":
        return Refusal("bad_envelope", f"messageId is an {'array' if members['messageId'][0] == '[' else 'object'}")
    row, rescued = Row(type=kind), {}
    for member in TEXTS:
        if (value := members.get(member)) is None:
            continue
        if value[0] in "[{":
            rescued[member] = value
        else:
            setattr(row, member, _read_text(value))
    for member in CLOCKS:
        if (value := members.get(member)) is None:
            continue
        if not is_nothing(value):
            setattr(row, member, _read_text(value) if value[0] == '"' else NUMBER + value)
    for member in OBJECTS:
        if (value := members.get(member)) is not None:
            setattr(row, member, msgspec.Raw(value.encode()))
    others = {name: value for name, value in members.items() if name not in COLUMNS}
    return Reading(row, others, {m: v for m, v in rescued.items() if not is_nothing(v)}, sanitized)


def _take_marks(members: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the members without numbers that JSON lacks, and those numbers as texts, to rescue.

    A clock, a type, and an object or array that is rescued whole have the text in the position of the number. Transport
    members keep their marks.
    """
    left, lost = dict(members), dict[str, str]()
    for name, value in members.items():
        if not has_marks(value) or name not in COLUMNS:
            continue
        if (name in OBJECTS and value[0] == "{") or (name in TEXTS and value[0] not in "[{"):
            left[name], lost[name] = take_marked(value)
        else:
            left[name] = unmark(value)
    return left, lost


def is_nothing(value: str) -> bool:
    """Return whether a JSON text is null, "", [], [""] or {}: a value without content (contract §5)."""
    return _NOTHING.fullmatch(value) is not None


def write_text(text: str) -> str:
    """Return a text as JSON text, with non-ASCII characters unescaped."""
    return json.dumps(text, ensure_ascii=False)


def _read_text(value: str) -> str | None:
    if value[0] == '"':
        return msgspec.json.decode(value, type=str)
    return None if value == "null" else value


def _read_type(value: str) -> str | None:
    """Return the type in lower case, or None for an unknown type."""
    return _read_type_text(value) if value[0] == '"' and len(value) <= _LONGEST_TYPE else None


@lru_cache(maxsize=256)
def _read_type_text(value: str) -> str | None:
    text: str = json.loads(value)
    return text.lower() if text.isascii() and text.lower() in TYPES else None
