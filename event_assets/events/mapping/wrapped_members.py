"""Wrapped members: parts of an event that were sent as JSON text or as bytes, and are read as such (contract §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from event_assets.events.json.members import elements_of, fit_text, join_members, json_inside
from event_assets.events.mapping.batches import ELEMENTS, Path

Split = Callable[[str], dict[str, str]]


@dataclass
class WrappedMembers:
    """The tree of the paths of an event: whether the value itself is read as JSON, and what is below it."""

    is_wrapped: bool = False
    below: dict[str, WrappedMembers] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[Path]) -> WrappedMembers:
        """Return the tree of paths of names, in which `[]` is each element of an array."""
        root = cls()
        for path in paths:
            branch = root
            for step in path:
                branch = branch.below.setdefault(step, cls())
            branch.is_wrapped = True
        return root

    def unwrap(self, text: str, split: Split) -> tuple[str, bool]:
        """Return an event, a valid JSON object, with the members as JSON, and whether characters were replaced.

        A text that is no JSON, or has too many levels for its position, stays the text it is.
        """
        return _unwrap(text, self, 0, split)


def _unwrap(value: str, tree: WrappedMembers, level: int, split: Split) -> tuple[str, bool]:
    lost = False
    if tree.is_wrapped and (inner := json_inside(value)) is not None:
        value, lost = fit_text(inner, level) or (value, False)
    if value.startswith("{") and tree.below:
        members = split(value)
        found = {
            name: _unwrap(members[name], branch, level + 1, split)
            for name, branch in tree.below.items()
            if name in members
        }
        if any(text != members[name] for name, (text, _) in found.items()):
            value = join_members(members | {name: text for name, (text, _) in found.items()})
            lost = lost or any(more for _, more in found.values())
    elif value.startswith("[") and ELEMENTS in tree.below:
        elements = [_unwrap(text, tree.below[ELEMENTS], level + 1, split) for text in elements_of(value) or ()]
        value = "[" + ",".join(text for text, _ in elements) + "]"
        lost = lost or any(more for _, more in elements)
    return value, lost
