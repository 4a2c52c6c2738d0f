"""One event by the contract alone: a value read into its envelope, or the reason that quarantines it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.independent import clocks
from tests.independent.batches import Opened, complete, taken_from_line
from tests.independent.json_text import (
    DEEPEST,
    Json,
    NoNumber,
    NotJsonError,
    Number,
    apart,
    depth_of,
    dump,
    is_json,
    is_nothing,
    parse,
)
from tests.independent.junk import UNICODE_WHITE
from tests.independent.key_parts import add_taken, put_parts
from tests.independent.mapped import id_members, id_shows, map_event
from tests.independent.memory import remembered
from tests.independent.wrapped import Opener
from tests.independent.xxh3 import xxh3_64_signed, xxh3_128_hex

LONGEST = 32 << 20
TYPES = ("track", "identify", "page", "screen", "group", "alias")
TEXTS = {
    "anonymousId": "anonymous_id",
    "userId": "user_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "event": "event",
    "name": "name",
    "channel": "channel",
    "request_ip": "request_ip",
}
IDS = ("anonymousId", "userId", "groupId", "previousId")
CLOCKS = {
    "sentAt": "sent_at",
    "originalTimestamp": "original_timestamp",
    "receivedAt": "received_at",
    "timestamp": "timestamp",
}
BLOCKS = ("context", "properties", "traits", "userProperties")
Mapped = Mapping[str, object]


@dataclass(frozen=True)
class Event:
    """One event as its rows must have it: columns of the envelope, blocks of values, what the envelope cannot hold.

    `rescued` and `sent` (the text members as they were sent) are by member name.
    """

    type: str
    id: str
    hour: datetime
    fingerprint: int
    texts: dict[str, str]
    clocks: clocks.Clocks
    blocks: dict[str, dict[str, Json]]
    rescued: dict[str, Json]
    sent: dict[str, Json]
    sanitized: bool

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The greater one of two copies stays (contract §7)."""
        believed = self.clocks.believed
        return believed, self.clocks.received_at if believed else 0, self.fingerprint

    @property
    def library(self) -> str:
        """The name and version of `context.library`, as far as they are texts or numbers (contract §7)."""
        library = self.blocks.get("context", {}).get("library")
        words = [_word(library.get(name)) for name in ("name", "version")] if isinstance(library, dict) else []
        return " ".join(word for word in words if word) or "unknown"

    @property
    def late(self) -> bool:
        """Whether it happened in an hour before the one it arrived in."""
        return self.clocks.timestamp < clocks.micros(self.hour)


def _word(value: Json) -> str:
    if not isinstance(value, str):
        return ""
    text = str(json.loads(value)) if isinstance(value, Number) else value
    return "".join(one if one.isprintable() else "\ufffd" for one in text[:120])


BAD_ROWS = "iglu:com.snowplowanalytics.snowplow.badrows/"
"""Begins the schema of what Snowplow's pipeline refused."""


@remembered
def read_event(sent: bytes | Opened, hour: datetime, mapping: Mapped | None = None) -> Event | str:
    """The event that a value is, or the first reason that quarantines it (contract §3)."""
    opened = sent if isinstance(sent, Opened) else Opened(sent, {})
    data = opened.data
    if len(data) > LONGEST:
        return "line_too_long"
    try:
        text = data.decode() if opened.read is None else opened.read.decode()
    except UnicodeDecodeError:
        return "invalid_utf8"
    if text.count("{") + text.count("[") > DEEPEST and depth_of(text) > DEEPEST:
        return "too_deep" if is_json(text) else "invalid_json"
    try:
        tree, sanitized = parse(text)
    except NotJsonError:
        return "invalid_json"
    if not isinstance(tree, dict):
        return "not_an_object"
    first = next(iter(tree.items()), ("", None))
    if first[0] == "schema" and isinstance(first[1], str) and first[1].startswith(BAD_ROWS):
        return "snowplow_bad_row"
    taken = taken_from_line(tree, opened)
    tree = complete(tree, opened.given)
    opener = Opener()
    taken = add_taken(taken, put_parts(tree, opened.parts, mapping, opener))
    made_of = data + (dump(taken).encode() if taken else b"")
    if mapping is not None:
        tree = opener.open_members(tree, mapping)
    parts = id_members(tree, mapping)
    ident = None if parts is None else Composed(parts, shows=id_shows(mapping))
    if mapping is not None:
        tree = map_event(tree, mapping)
    opener.open_objects(tree)
    lost = sanitized or _lost_around(opened) or opener.lost
    return _read_envelope(tree, data, made_of, hour, ident, sanitized=lost)


def _lost_around(opened: Opened) -> bool:
    """Whether the text that a line is had characters that became U+FFFD."""
    return bool(opened.line) and parse(opened.line.decode())[1]


@dataclass(frozen=True)
class Composed:
    """The members of an id, and whether the sent messageId is one of them."""

    parts: list[Json]
    shows: bool


def _read_envelope(
    tree: dict[str, Json], data: bytes, made_of: bytes, hour: datetime, composed: Composed | None, *, sanitized: bool
) -> Event | str:
    if not isinstance(kind := tree.get("type"), str) or kind.lower() not in TYPES:
        return "unknown_type"
    if isinstance(tree.get("messageId"), (list, dict)):
        return "bad_envelope"
    rescued: dict[str, Json] = {}
    for member in ("messageId", *TEXTS):
        if isinstance(tree.get(member), NoNumber):
            rescued[member] = str(tree.pop(member))
    texts = _read_texts(tree, rescued)
    times = clocks.resolve(tree, clocks.micros(hour))
    for member, column in CLOCKS.items():
        sent = tree.get(member)
        instant = clocks.read_clock(sent)
        if not is_nothing(sent) and (instant is None or instant != getattr(times, column)):
            rescued[member] = sent
    blocks: dict[str, dict[str, Json]] = {}
    for block in BLOCKS:
        values = tree.get(block)
        if isinstance(values, dict):
            left, lost = apart(values)
            assert isinstance(left, dict)
            blocks[block] = left
            if lost is not None:
                rescued[block] = lost
        elif not is_nothing(values):
            rescued[block] = values
    sent_id = tree.get("messageId")
    ident = (
        _read_id(sent_id, made_of, rescued) if composed is None else _compose_id(composed, sent_id, made_of, rescued)
    )
    sent_texts = {member: tree[member] for member in TEXTS if member in tree}
    return Event(kind.lower(), ident, hour, xxh3_64_signed(data), texts, times, blocks, rescued, sent_texts, sanitized)


def _read_texts(tree: dict[str, Json], rescued: dict[str, Json]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for member, column in TEXTS.items():
        value = tree.get(member)
        if is_nothing(value):
            continue
        if isinstance(value, (list, dict)):
            rescued[member] = value
        else:
            text = as_text(value)
            texts[column] = _shorten(member, text, value, rescued) if member in IDS else text
    return texts


def as_text(value: Json) -> str:
    """A string as it is, anything else as its JSON text."""
    return value if isinstance(value, str) and not isinstance(value, Number) else dump(value)


def _shorten(member: str, text: str, sent: Json, rescued: dict[str, Json]) -> str:
    if len(text.encode()) <= 512:
        return text
    rescued[member] = sent
    return "hash-" + xxh3_128_hex(text.encode())


NO_IDS = {"undefined", "null", "none", "nan", "[object object]", "-".join("0" * n for n in (8, 4, 4, 4, 12))}
"""Texts that broken clients send as an id, in lower case."""


def _read_id(value: Json, made_of: bytes, rescued: dict[str, Json]) -> str:
    text = "" if value is None else as_text(value)
    if text.strip(UNICODE_WHITE) and text.strip(UNICODE_WHITE).lower() not in NO_IDS:
        return _shorten("messageId", text, value, rescued)
    if text:
        rescued["messageId"] = text
    return "auto-" + xxh3_128_hex(made_of)


def _compose_id(composed: Composed, sent: Json, made_of: bytes, rescued: dict[str, Json]) -> str:
    """An array of the members as texts; without the first, the hash of the bytes; hashed where it is long."""
    texts: list[Json] = [
        part if part is None or isinstance(part, (dict, list)) else as_text(part) for part in composed.parts
    ]
    head = texts[0] if isinstance(texts[0], str) else dump(texts[0]) if texts[0] is not None else ""
    whole = dump(texts)
    known = bool(head.strip(UNICODE_WHITE)) and head.strip(UNICODE_WHITE).lower() not in NO_IDS
    long = len(whole.encode()) > 512
    if (not known or long or not composed.shows) and sent not in (None, ""):
        rescued["messageId"] = sent
    if not known:
        return "auto-" + xxh3_128_hex(made_of)
    return "hash-" + xxh3_128_hex(whole.encode()) if long else whole
