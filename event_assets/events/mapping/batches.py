"""Batches: one line that holds several events, and what those have in common (contract §2, ADR 0008)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from event_assets.events.chunk import Block
from event_assets.events.envelope import is_nothing
from event_assets.events.json.members import elements_of, join_members, members_of, unwrap_text
from event_assets.events.json.splitter import read_utf8

Path = tuple[str, ...]


@dataclass(frozen=True)
class Batches:
    """Where a line has its events: `each` is a path to an array of them, or to an object that is the only one.

    A line has its events as deep along the path as it goes: one that has nothing there is an event itself. Objects and
    arrays on the path may be sent as JSON text. `inherit` names members that an event takes from the line where it has
    none of its own: name -> paths from the line's root, the first with a value counts; of two objects the event's
    members win.
    """

    each: Path
    inherit: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def open_block(block: Block, batches: Batches) -> Block:
    """The block with the events of its lines as values; `sent` has the bytes of each as they were sent.

    A line that is not valid JSON, or has an empty array where its events should be, stays one value.
    """
    opened = [_open_line(value, batches) for value in block.values]
    if not any(opened):
        return block
    values: list[bytes] = []
    sent: list[bytes] = []
    lines: list[int] = []
    offsets: list[int] = []
    for n, events in enumerate(opened):
        line = block.values[n]
        for event, raw, offset in _place(line, events) if events else ((line, line, 0),):
            values.append(event)
            sent.append(raw)
            lines.append(block.lines[n])
            offsets.append(block.offsets[n] + offset)
    return Block(block.file, values, lines, offsets, sent)


def _place(line: bytes, events: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes, int]]:
    """Each event with its offset in the line; those inside a JSON text have the line's own."""
    at = 0
    for event, raw in events:
        found = line.find(raw, at)
        yield event, raw, max(found, 0)
        at = found + len(raw) if found >= 0 else at


def _open_line(line: bytes, batches: Batches) -> list[tuple[bytes, bytes]] | None:
    """The events of a line, each with what it takes from the line and as sent; None where the line is one itself."""
    text = read_utf8(line)
    root = members_of(text) if text is not None else None
    if text is None or root is None:
        return None
    levels: dict[Path, dict[str, str]] = {(): root}
    path: Path = ()
    events = [text]
    for name in batches.each:
        value = unwrap_text(levels[path].get(name, "null"))
        elements = elements_of(value) if value.startswith("[") and len(path) + 1 == len(batches.each) else None
        members = members_of(value) if value.startswith("{") else None
        if elements:
            events = elements
        if members is None:
            break
        path = (*path, name)
        levels[path], events = members, [value]
    if events == [text]:
        return None
    taken = {name: _find(levels, places) for name, places in batches.inherit.items()}
    given = {name: value for name, value in taken.items() if value is not None}
    return [(_complete(event, given).encode(), event.encode()) for event in events]


def _find(levels: Mapping[Path, Mapping[str, str]], places: tuple[Path, ...]) -> str | None:
    for place in places:
        at = max((path for path in levels if place[: len(path)] == path and len(path) < len(place)), key=len)
        value = levels[at].get(place[len(at)])
        for name in place[len(at) + 1 :]:
            value = (members_of(value) or {}).get(name) if value is not None and value.startswith("{") else None
        if value is not None and not is_nothing(value):
            return value
    return None


def _complete(event: str, given: Mapping[str, str]) -> str:
    """The event with the members that it lacks."""
    members = members_of(event) if given and event.startswith("{") else None
    if members is None:
        return event
    for name, value in given.items():
        own = members.get(name, "null")
        if is_nothing(own):
            members[name] = value
        elif own.startswith("{") and value.startswith("{"):
            members[name] = join_members((members_of(own) or {}) | _lacking(value, own))
    return join_members(members)


def _lacking(value: str, own: str) -> dict[str, str]:
    has = members_of(own) or {}
    return {name: inner for name, inner in (members_of(value) or {}).items() if name not in has}
