"""Members from the path of a file: parts of its key that its events take where they have nothing (contract §2)."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace

from event_assets.events.chunk import Block
from event_assets.events.envelope import OBJECTS, is_nothing, write_text
from event_assets.events.json.members import join_members, members_of, object_inside, unwrap_text
from event_assets.events.json.splitter import read_utf8
from event_assets.events.mapping.batches import has_doubt
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping

Path = tuple[str, ...]

Members = Mapping[Path, str]
"""Path of a member in an event -> its value, a text."""

FindMembers = Callable[[str], Members]
"""The members that parts of a key are."""


@dataclass(frozen=True)
class PathMembers:
    """What puts members of keys into events: `find` reads them from a key, `objects` are the paths of an event whose
    texts are read as the objects that they contain."""

    find: FindMembers
    objects: Container[Path] = frozenset((name,) for name in OBJECTS)

    @classmethod
    def of(cls, find: FindMembers, mapping: EnvelopeMapping | None) -> PathMembers:
        """Return this for events that a mapping reads."""
        if mapping is None:
            return cls(find)
        named = [path for member in OBJECTS for path in mapping.paths.get(member, ())]
        own = [(name,) for name in OBJECTS] if mapping.is_native else []
        return cls(find, frozenset((*(mapping.parsed or ()), *named, *own)))

    def put(self, block: Block) -> Block:
        """Return the block whose events have the members of its key where they had nothing; `sent` has their bytes.

        What an event takes is part of what its id is made from if it has none. A value that is no JSON object is not
        changed.
        """
        given = {path: write_text(value) for path, value in self.find(block.file).items()}
        completed = [_complete(value, given, self.objects) for value in block.values] if given else []
        if not any(completed):
            return block
        before: Sequence[str] = block.inherited or [""] * len(completed)
        return replace(
            block,
            values=[done[0] if done else value for done, value in zip(completed, block.values, strict=True)],
            sent=list(block.values) if block.sent is None else block.sent,
            inherited=[
                _identify(text, done[1]) if done else text for done, text in zip(completed, before, strict=True)
            ],
        )


def _complete(value: bytes, given: Members, objects: Container[Path]) -> tuple[bytes, Members] | None:
    """Return an event with the members that it lacks, and those, as JSON texts; None where it lacks none."""
    text = read_utf8(value)
    members = members_of(text) if text is not None else None
    if text is None or members is None:
        return None
    taken: dict[Path, str] = {}
    changed: dict[str, str] = {}
    for path, part in given.items():
        found = _put(changed.get(path[0], members.get(path[0], "null")), 1, path, part, objects)
        if found is not None:
            changed[path[0]], taken[path] = found, part
    if not taken:
        return None
    if has_doubt(text):  # the event may repeat a member: what is wrong with the first one still counts
        return (text[:-1] + "," + join_members(changed)[1:]).encode(), taken
    return join_members({**members, **changed}).encode(), taken


def _put(value: str, depth: int, path: Path, part: str, objects: Container[Path]) -> str | None:
    """Return the value at so many steps of a path with the part below it; None where something is there."""
    if is_nothing(value):
        return _nest(path[depth:], part)
    if depth == len(path):
        return None
    if value.startswith('"') and path[:depth] in objects and object_inside(value, depth) is not None:
        inner = _put(unwrap_text(value), depth, path, part, objects)
        return None if inner is None else write_text(inner)
    members = members_of(value)
    if members is None:
        return None
    name = path[depth]
    found = _put(members.get(name, "null"), depth + 1, path, part, objects)
    return None if found is None else join_members({**members, name: found})


def _nest(path: Path, part: str) -> str:
    for name in reversed(path):
        part = join_members({name: part})
    return part


def _identify(inherited: str, taken: Members) -> str:
    """Return what an id is made from besides the bytes, members in the order of their names, as JSON text."""
    members = members_of(inherited) or {}
    for path, part in taken.items():
        members[path[0]] = _put(members.get(path[0], "null"), 1, path, part, ()) or members[path[0]]
    return join_members({name: members[name] for name in sorted(members)})
