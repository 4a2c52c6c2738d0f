"""Builders: a good event, the lines of a file as a chunk, and what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from event_assets.events import Block, Chunk, FileEnd, Mapping, Normalized, normalize

HOUR: Final = datetime(2026, 1, 31, 7, tzinfo=UTC)


TYPES: Final = {"name": "page", "groupId": "group", "previousId": "alias"}
"""Members that only events of another type than track have a place for."""


def make_event(**members: object) -> dict[str, object]:
    """An event that arrived in HOUR, with these members instead of its own; a track if they have a place in one."""
    event_type = next((TYPES[member] for member in members if member in TYPES), "track")
    return {
        "type": event_type,
        "messageId": "m-1",
        **({"event": "Order Completed"} if event_type == "track" else {}),
        "userId": "u-1",
        "context": {"ip": "203.0.113.7"},
        "properties": {"price": 9.5},
        "originalTimestamp": "2026-01-31T07:10:00.000Z",
        "sentAt": "2026-01-31T07:10:01.000Z",
        "receivedAt": "2026-01-31T07:10:02.000Z",
        "timestamp": "2026-01-31T07:10:01.000Z",
        **members,
    }


def make_line(**members: object) -> bytes:
    """The event of `make_event` as a line."""
    return json.dumps(make_event(**members), ensure_ascii=False).encode()


def splice_line(member: str, text: str) -> bytes:
    """A good event with the JSON text of one member as it is."""
    rest = {name: value for name, value in make_event(**{member: None}).items() if name != member}
    return json.dumps(rest, ensure_ascii=False).encode()[:-1] + f', "{member}": {text}}}'.encode()


def make_block(values: list[bytes], *, file: str = "a.jsonl") -> Block:
    """A file's lines, one after the other with a line feed between."""
    offsets = [sum(len(value) + 1 for value in values[:n]) for n in range(len(values))]
    return Block(file, values, range(1, len(values) + 1), offsets)


def read_lines(
    *values: bytes, mapping: Mapping | None = None, keep_members: tuple[str, ...] = (), exact: bool = False
) -> Normalized:
    """What becomes of the lines of one sound file that arrived in HOUR."""
    chunk: Chunk = [make_block(list(values)), FileEnd("a.jsonl", 1, len(values), None)]
    return normalize(chunk, hour=HOUR, mapping=mapping, keep_members=keep_members, exact=exact)


def read_event(value: bytes, *, mapping: Mapping | None = None, keep_members: tuple[str, ...] = ()) -> dict[str, Any]:
    """The one row of a line; both readers must give the same."""
    fast, exact = (
        read_lines(value, mapping=mapping, keep_members=keep_members, exact=exact).events for exact in (False, True)
    )
    assert fast.equals(exact)
    assert fast.height == 1
    return fast.row(0, named=True)


def read_refusal(value: bytes, *, mapping: Mapping | None = None) -> dict[str, Any]:
    """The one quarantine entry of a line; both readers must give the same."""
    fast, exact = (read_lines(value, mapping=mapping, exact=exact).quarantine for exact in (False, True))
    assert fast.equals(exact)
    assert fast.height == 1
    return fast.row(0, named=True)
