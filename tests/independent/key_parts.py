"""Parts of a file's key that are members of its events, put where an event has nothing (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.independent.json_text import Json, Number, is_nothing
from tests.independent.mapped import value_of_part
from tests.independent.wrapped import Opener, texts_opened

Parts = Mapping[str, str]
"""Dotted path of a member -> the part of the key, as it is there."""


def put_parts(
    event: dict[str, Json], parts: Parts, mapping: Mapping[str, object] | None, opener: Opener
) -> list[tuple[list[str], str]]:
    """Change the event; return the path and the value of what it took."""
    opened = texts_opened(mapping)
    taken: list[tuple[list[str], str]] = []
    for path, part in parts.items():
        value, steps = value_of_part(part), path.split(".")
        if value and _put(event, steps, 0, value, opened, opener):
            taken.append((steps, value))
    return taken


def add_taken(members: dict[str, Json], taken: list[tuple[list[str], str]]) -> dict[str, Json]:
    """What an event takes from its line, with what it takes from the key; outer names in order."""
    for steps, value in taken:
        _put(members, steps, 0, value, set(), Opener())
    return {name: members[name] for name in sorted(members)}


def _put(
    tree: dict[str, Json], steps: list[str], depth: int, value: str, opened: set[tuple[str, ...]], opener: Opener
) -> bool:
    name = steps[depth]
    inner = tree.get(name)
    if is_nothing(inner):
        below: Json = value
        for step in reversed(steps[depth + 1 :]):
            below = {step: below}
        tree[name] = below
        return True
    if depth + 1 == len(steps):
        return False
    if isinstance(inner, str) and not isinstance(inner, Number) and tuple(steps[: depth + 1]) in opened:
        inner = opener.open_text(inner, depth + 1)
    if not isinstance(inner, dict):
        return False
    inner = dict(inner)
    if not _put(inner, steps, depth + 1, value, opened, opener):
        return False
    tree[name] = inner
    return True
