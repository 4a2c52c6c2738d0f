"""Wrapped members: parts of an event that were sent as JSON text or as bytes, and are read as such (contract §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from event_assets.events.json.members import (
    Unwrapped,
    elements_of,
    join_members,
    object_inside,
    value_inside,
)
from event_assets.events.mapping.batches import ELEMENTS, Path

Split = Callable[[str], dict[str, str]]


@dataclass
class _Step:
    """What is read below a member: the value itself, if it is any JSON or if it is an object, and members of it."""

    is_wrapped: bool = False
    is_object: bool = False
    below: dict[str, _Step] = field(default_factory=dict)


class WrappedMembers:
    """Members of an event by their paths: those `parsed` are read as JSON, `objects` if their text is one object."""

    def __init__(self, parsed: Sequence[Path], objects: Sequence[Path]) -> None:
        self._parsed = bool(parsed)
        self._tree = _Step()
        for path in parsed:
            self._find(path).is_wrapped = True
        for path in objects:
            self._find(path).is_object = True
        names = dict.fromkeys(path[-1] for path in objects)
        self._texts = [re.compile(re.escape(f'"{name}"') + r'[ \t\n\r]*+:[ \t\n\r]*+"') for name in names]

    def unwrap(self, text: str, split: Split) -> Unwrapped:
        """Return an event, a valid JSON object, with these members as JSON.

        A text that is no JSON, or has too many levels for its position, stays the text it is.
        """
        if self._parsed or (self._texts and self._may_have_text(text)):
            return _unwrap(text, self._tree, 0, split)
        return Unwrapped(text)

    def _may_have_text(self, text: str) -> bool:
        """Return whether a member of these names may be a text: names with escapes are not looked at."""
        return "\\u" in text or any(found.search(text) for found in self._texts)

    def _find(self, path: Path) -> _Step:
        branch = self._tree
        for step in path:
            branch = branch.below.setdefault(step, _Step())
        return branch


def _unwrap(value: str, tree: _Step, level: int, split: Split) -> Unwrapped:
    own = _unwrap_value(value, tree, level) if value.startswith('"') else None
    value = value if own is None else own.text
    parts: list[Unwrapped] = []
    if value.startswith("{") and tree.below:
        members = split(value)
        found = {
            name: _unwrap(members[name], branch, level + 1, split)
            for name, branch in tree.below.items()
            if name in members
        }
        parts = list(found.values())
        if any(part.text != members[name] for name, part in found.items()):
            value = join_members(members | {name: part.text for name, part in found.items()})
    elif value.startswith("[") and ELEMENTS in tree.below:
        parts = [_unwrap(text, tree.below[ELEMENTS], level + 1, split) for text in elements_of(value) or ()]
        value = "[" + ",".join(part.text for part in parts) + "]"
    parts += [own] if own is not None else []
    return Unwrapped(value, *(any(getattr(part, name) for part in parts) for name in ("lost", "unwrapped", "marked")))


def _unwrap_value(value: str, tree: _Step, level: int) -> Unwrapped | None:
    if tree.is_wrapped:
        return value_inside(value, level)
    return object_inside(value, level) if tree.is_object else None
