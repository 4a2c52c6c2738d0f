"""Batches: one line that contains several events, and the members that they share (contract §2, ADR 0008)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from event_assets.events.chunk import Block
from event_assets.events.envelope import is_nothing
from event_assets.events.json.members import elements_of, join_members, members_of, unwrap_text
from event_assets.events.json.splitter import read_utf8
from loaders.formats.strict_json import MAX_NESTING, clean_text, nesting

Path = tuple[str, ...]

Levels = Mapping[Path, Mapping[str, str]]
"""The objects above an event: path -> members."""

RETRY_CHANGES: Final = ("sentAt", "writeKey", "integrations")
"""Inherited members that differ when a request is sent again, unless a mapping names others."""

ELEMENTS: Final = "[]"
"""The step of a path that is an element of an array."""


@dataclass(frozen=True)
class Batches:
    """Where a line has its events: `events` is the path of an array of them, or of the only one.

    It is `each` of the configuration; the step `[]` is each element of an array on the path. A line has its events as
    deep along the path as it goes: a line without any part of the path is an event itself. Objects, arrays and events
    may be sent as JSON text, or as bytes in base64. `inherit` names members that an event takes from the line if it has
    none of its own: name -> paths from the line's root, of which the first with a value counts, where `[]` is the
    element that has the event; of two objects, the members of the event win. Those in `retry_changes` take no part in
    the id of an event without one.
    """

    events: Path
    inherit: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    retry_changes: tuple[str, ...] = RETRY_CHANGES


@dataclass(frozen=True, slots=True)
class _Opened:
    """An event of a line: completed, its bytes as sent, and what its id is made from besides (JSON text)."""

    event: bytes
    sent: bytes
    inherited: str
    inside: bool = False
    """Whether it was sent inside a JSON text: its bytes are not in the line, though another event may have the same."""


@dataclass(frozen=True, slots=True)
class _Group:
    """The events of one array, or a single one, and which of them were sent inside a JSON text."""

    events: list[str]
    inside: list[bool]


def open_block(block: Block, batches: Batches) -> Block:
    """Return the block with the events of its lines as values; `sent` has the bytes of each event as sent.

    `inherited` has the members that an event takes from its line, but for those that a retry changes. A line that is
    not valid JSON, or has an empty array of events, stays one value.
    """
    opened = [_open_line(value, batches) for value in block.values]
    if not any(opened):
        return block
    values: list[bytes] = []
    sent: list[bytes] = []
    inherited: list[str] = []
    whole: list[bytes | None] = []
    lines: list[int] = []
    offsets: list[int] = []
    for n, events in enumerate(opened):
        line = block.values[n]
        for event, offset in _locate(line, events or [_Opened(line, line, "")]):
            values.append(event.event)
            sent.append(event.sent)
            inherited.append(event.inherited)
            lines.append(block.lines[n])
            offsets.append(block.offsets[n] + offset)
            whole.append(None if events or block.whole is None else block.whole[n])
    return Block(block.file, values, lines, offsets, sent, inherited, whole if block.whole else None)


def _locate(line: bytes, events: list[_Opened]) -> Iterator[tuple[_Opened, int]]:
    """Yield each event with its offset in the line; events inside a JSON text have the offset of the line."""
    start = 0
    for event in events:
        found = -1 if event.inside else line.find(event.sent, start)
        yield event, max(found, 0)
        start = found + len(event.sent) if found >= 0 else start


def _open_line(line: bytes, batches: Batches) -> list[_Opened] | None:
    """Return the events of a line; None where the line is an event itself."""
    text = read_utf8(line)
    if text is None:
        return None
    root = unwrap_text(text)
    opened: list[_Opened] = []
    for group, levels in _descend(root, batches.events, (), {}, root is not text):
        if group.events == [root]:
            return None
        opened += _complete_all(group, levels, batches)
    return opened


def _descend(value: str, steps: Path, path: Path, levels: Levels, inside: bool) -> Iterator[tuple[_Group, Levels]]:
    """Yield the events of a value at a path, those of each array together, with the members of the objects above.

    `inside` tells whether the value was sent inside a JSON text.
    """
    if steps[:1] == (ELEMENTS,) or not steps:
        elements = elements_of(value) if not (path and path[-1] == ELEMENTS and not steps) else None
        if elements and len(steps) <= 1:
            events = list(map(unwrap_text, elements))
            yield _Group(events, [inside or a is not b for a, b in zip(events, elements, strict=True)]), levels
            return
        if elements:
            for element in elements:
                inner = unwrap_text(element)
                yield from _descend(inner, steps[1:], (*path, ELEMENTS), levels, inside or inner is not element)
            return
        if steps and value.startswith("{"):
            yield from _descend(value, steps[1:], (*path, ELEMENTS), levels, inside)
            return
    members = members_of(value)
    if members is not None:
        levels = {**levels, path: members}
        held = members.get(steps[0], "null") if steps else "null"
        inner = unwrap_text(held)
        if inner.startswith("{") or _has_elements(inner, steps):
            yield from _descend(inner, steps[1:], (*path, steps[0]), levels, inside or inner is not held)
            return
    yield _Group([value], [inside]), levels


def _has_elements(value: str, steps: Path) -> bool:
    """Return whether the path leads into a value that is an array with elements, below the first step."""
    inside = value[1:-1] if value.startswith("[") and steps[1:2] in ((), (ELEMENTS,)) else ""
    return bool(inside.strip(" \t\n\r"))


def _complete_all(group: _Group, levels: Levels, batches: Batches) -> Iterator[_Opened]:
    """Yield the events of one array with what they take from the objects above."""
    taken = {name: _find(levels, paths) for name, paths in batches.inherit.items()}
    given = {name: value for name, value in taken.items() if value is not None}
    whole = _identify(given, batches)
    for event, inside in zip(group.events, group.inside, strict=True):
        completed, own = _complete(event, given)
        inherited = whole if own == given else _identify(own, batches)
        yield _Opened(completed.encode(), event.encode(), inherited, inside)


def _identify(taken: Mapping[str, str], batches: Batches) -> str:
    """Return JSON text of the members that take part in an id, in the order of their names; empty without any."""
    kept = {name: taken[name] for name in sorted(taken) if name not in batches.retry_changes}
    return join_members(kept) if kept else ""


def _find(levels: Levels, paths: tuple[Path, ...]) -> str | None:
    for wanted in paths:
        above = [path for path in levels if wanted[: len(path)] == path and len(path) < len(wanted)]
        if not above:
            continue
        level = max(above, key=len)
        value = levels[level].get(wanted[len(level)])
        for name in wanted[len(level) + 1 :]:
            value = (members_of(value) or {}).get(name) if value is not None and value.startswith("{") else None
        if value is not None and not is_nothing(value):
            return value
    return None


def _complete(event: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the event with the members that it lacks, and those members; of two objects, those that it takes."""
    members = members_of(event) if given and event.startswith("{") else None
    if members is None:
        return event, {}
    taken: dict[str, str] = {}
    for name, value in given.items():
        own = members.get(name, "null")
        if is_nothing(own):
            members[name] = taken[name] = value
        elif own.startswith("{") and value.startswith("{"):
            has = members_of(own) or {}
            lacking = {inner: text for inner, text in (members_of(value) or {}).items() if inner not in has}
            members[name] = join_members(has | lacking)
            if lacking:
                taken[name] = join_members(lacking)
    if taken and has_doubt(event):  # the event may repeat a member: what is wrong with the first one still counts
        return event[:-1] + "," + join_members({name: members[name] for name in taken})[1:], taken
    return join_members(members) if taken else event, taken


def has_doubt(event: str) -> bool:
    """Return whether an event has text that no warehouse stores, or too many levels (contract §3)."""
    openings = event.count("[") + event.count("{")
    lost = "\0" in event or ("\\u" in event and clean_text(event)[1])
    return lost or (openings > MAX_NESTING and nesting(event) > MAX_NESTING)
