"""Batches: one line that contains several events, and the members that they share (contract §2, ADR 0008)."""

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
    """Where a line has its events: `events` is the path of an array of them, or of the only one.

    It is `each` of the configuration. A line has its events as deep along the path as it goes: a line without any part
    of the path is an event itself. Objects and arrays on the path may be sent as JSON text. `inherit` names members
    that an event takes from the line if it has none of its own: name -> paths from the line's root, of which the first
    with a value counts; of two objects, the members of the event win.
    """

    events: Path
    inherit: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def open_block(block: Block, batches: Batches) -> Block:
    """Return the block with the events of its lines as values; `sent` has the bytes of each event as sent.

    A line that is not valid JSON, or has an empty array of events, stays one value.
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
        for event, raw, offset in _locate(line, events) if events else ((line, line, 0),):
            values.append(event)
            sent.append(raw)
            lines.append(block.lines[n])
            offsets.append(block.offsets[n] + offset)
    return Block(block.file, values, lines, offsets, sent)


def _locate(line: bytes, events: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield each event with its offset in the line; events inside a JSON text have the offset of the line."""
    start = 0
    for event, raw in events:
        found = line.find(raw, start)
        yield event, raw, max(found, 0)
        start = found + len(raw) if found >= 0 else start


def _open_line(line: bytes, batches: Batches) -> list[tuple[bytes, bytes]] | None:
    """Return the events of a line, completed and as sent; None where the line is an event itself."""
    text = read_utf8(line)
    root = members_of(text) if text is not None else None
    if text is None or root is None:
        return None
    levels: dict[Path, dict[str, str]] = {(): root}
    path: Path = ()
    events = [text]
    for name in batches.events:
        value = unwrap_text(levels[path].get(name, "null"))
        elements = elements_of(value) if value.startswith("[") and len(path) + 1 == len(batches.events) else None
        members = members_of(value) if value.startswith("{") else None
        if elements:
            events = elements
        if members is None:
            break
        path = (*path, name)
        levels[path], events = members, [value]
    if events == [text]:
        return None
    taken = {name: _find(levels, paths) for name, paths in batches.inherit.items()}
    given = {name: value for name, value in taken.items() if value is not None}
    return [(_complete(event, given).encode(), event.encode()) for event in events]


def _find(levels: Mapping[Path, Mapping[str, str]], paths: tuple[Path, ...]) -> str | None:
    for wanted in paths:
        level = max((path for path in levels if wanted[: len(path)] == path and len(path) < len(wanted)), key=len)
        value = levels[level].get(wanted[len(level)])
        for name in wanted[len(level) + 1 :]:
            value = (members_of(value) or {}).get(name) if value is not None and value.startswith("{") else None
        if value is not None and not is_nothing(value):
            return value
    return None


def _complete(event: str, given: Mapping[str, str]) -> str:
    """Return the event with the members that it lacks."""
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
