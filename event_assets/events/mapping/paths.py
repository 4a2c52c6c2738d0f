"""Paths of a configuration: members inside of members, elements of arrays, and choices of paths.

Covered by tests/events/mapping/test_mapping.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from event_assets.events.mapping.batches import ELEMENTS, Path


class MappingError(ValueError):
    """A mapping that cannot be used; the message names the member and a correct form."""


def parse_paths(name: str, setting: object) -> tuple[Path, ...]:
    """Return the paths of a setting: one path, or a choice of them. Raise MappingError for anything else."""
    if not isinstance(setting, dict):
        return (parse_path(name, setting),)
    first = setting.get("first")
    if not set(setting) <= {"first", "default"} or not isinstance(first, list) or not first:
        raise MappingError(
            f'mapping: {name} = {setting!r} is no choice; write {{first = ["user.id", "uid"]}}, and default = "a text" '
            "if events may have none of them"
        )
    return tuple(parse_path(name, path) for path in first)


def parse_path(name: str, setting: object) -> Path:
    """Return the names of one path, from the outermost. Raise MappingError for anything else."""
    path = setting.split(".") if isinstance(setting, str) else setting
    if not isinstance(path, Sequence) or not path or not all(isinstance(part, str) and part for part in path):
        raise MappingError(
            f'mapping: {name} = {setting!r} is no path; write it as "actor.id", or as a list where names have dots'
        )
    return tuple(path)


def parse_list(name: str, setting: object) -> tuple[Path, ...]:
    """Return the paths of a list. Raise MappingError for anything else."""
    if not isinstance(setting, list):
        raise MappingError(f'mapping: {name} is a list of paths; write {name} = ["attributes", "resource.attributes"]')
    return tuple(parse_path(name, path) for path in setting)


def parse_id(setting: object) -> tuple[Path, ...] | None:
    """Return the paths of the members that make an id together. Raise MappingError for fewer than two."""
    if setting is None:
        return None
    if not isinstance(setting, list) or len(setting) < 2:
        raise MappingError(
            f'mapping: id = {setting!r} is no list of several paths; write id = ["messageId", "event"], or message_id '
            "for the path of one"
        )
    return tuple(parse_path("id", path) for path in setting)


def parse_steps_choice(name: str, setting: object) -> tuple[Path, ...]:
    """Return the paths of a setting like `parse_paths`; in texts, `[]` is the element of an array."""
    if isinstance(setting, dict):
        parse_paths(name, setting)
        return tuple(parse_steps(name, path) for path in setting["first"])
    return (parse_steps(name, setting),)


def parse_steps(name: str, setting: object) -> Path:
    """Return a path whose steps may be the elements of an array: `a.b[].c` has the steps a, b, [] and c."""
    path = parse_path(name, setting)
    if not isinstance(setting, str):
        return path
    steps: list[str] = []
    for part in path:
        bare = part
        while bare.endswith(ELEMENTS):
            bare = bare.removesuffix(ELEMENTS)
        steps += [*([bare] if bare else []), *[ELEMENTS] * ((len(part) - len(bare)) // len(ELEMENTS))]
    return tuple(steps)
