"""Mapping: where a source of another envelope has the members of ours (SPEC §2)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Final

from event_assets.events.envelope import COLUMNS, OBJECTS, TYPES
from event_assets.events.fast import name_text

Split = Callable[[str], dict[str, str]]
"""Members of a valid JSON object: name -> JSON text, of repeated ones the last, where it stood."""

MEMBERS: Final = {"message_id" if column == "id" else column: member for member, column in COLUMNS.items()}
"""Name in a mapping -> member of the envelope."""


class MappingError(ValueError):
    """A mapping that cannot be used; the message says which member and what to write instead."""


@dataclass
class _Branch:
    """What a mapping wants below one member: which envelope members it feeds, and what it wants deeper."""

    feeds: list[str] = field(default_factory=list)
    below: dict[str, _Branch] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """Where the members of the envelope are: a path of member names, or a constant's JSON text, per envelope member."""

    paths: MappingOf[str, tuple[str, ...]]
    constants: MappingOf[str, str]

    @classmethod
    def parse(cls, config: MappingOf[str, object]) -> Mapping:
        """The mapping of a configuration: member name -> dotted path, list of names, or ``{const = ...}``.

        Raises MappingError.
        """
        paths, constants = {}, {}
        for name, place in config.items():
            if name not in MEMBERS:
                raise MappingError(f"mapping: {name!r} is no member of the envelope; write one of {', '.join(MEMBERS)}")
            if isinstance(place, dict):
                constants[MEMBERS[name]] = _parse_constant(name, place)
            else:
                paths[MEMBERS[name]] = _parse_path(name, place)
        if "type" not in paths and "type" not in constants:
            raise MappingError('mapping: type is missing; write type = {const = "track"} or the path of the event type')
        return cls(paths, constants)

    def apply(self, text: str, split: Split) -> dict[str, str]:
        """The envelope of an event, a valid JSON object: member -> JSON text.

        What no path takes away is `properties`, in the line's order; an object that `properties` names has its
        members put where it stood, a value that is no object stays where it stands.
        """
        taken: dict[str, str] = dict(self.constants)
        taken["properties"] = _take(text, self._tree, taken, split, root=True)
        return taken

    @cached_property
    def _tree(self) -> _Branch:
        tree = _Branch()
        for member, path in self.paths.items():
            branch = tree
            for name in path:
                branch = branch.below.setdefault(name, _Branch())
            branch.feeds.append(member)
        return tree


def preset(name: str) -> Mapping:
    """A mapping that is shipped: gharchive or wikiticker. Raises MappingError."""
    file = resources.files("event_assets.events") / "presets" / f"{name}.toml"
    if not file.is_file():
        raise MappingError(f"mapping: there is no preset {name!r}; write gharchive, wikiticker or a table of members")
    return Mapping.parse(tomllib.loads(file.read_text(encoding="utf-8")))


def _take(text: str, branch: _Branch, taken: dict[str, str], split: Split, *, root: bool = False) -> str:
    """What is left of an object when the branch's members are taken out of it."""
    left: list[str] = []
    for name, value in split(text).items():
        wanted = branch.below.get(name)
        rest = value if wanted is None else _take_member(value, wanted, taken, split)
        if rest is not None:
            left.append(name_text(name) + rest)
        if root and wanted is not None:
            left.append(taken.pop("properties", ""))
    return "{" + ",".join(part for part in left if part) + "}"


def _take_member(value: str, wanted: _Branch, taken: dict[str, str], split: Split) -> str | None:
    """What is left of a member, None when it is taken away; the members of `properties` wait in `taken`."""
    rest = _take(value, wanted, taken, split) if wanted.below and value.startswith("{") else value
    taken.update({member: rest for member in wanted.feeds if member != "properties"})
    if "properties" in wanted.feeds and rest.startswith("{"):
        taken["properties"] = rest[1:-1].strip(" \t\n\r")
        return None
    return None if wanted.feeds not in ([], ["properties"]) else rest


def _parse_path(name: str, place: object) -> tuple[str, ...]:
    path = place.split(".") if isinstance(place, str) else place
    if not isinstance(path, Sequence) or not path or not all(isinstance(part, str) and part for part in path):
        raise MappingError(
            f'mapping: {name} = {place!r} is no path; write it as "actor.id", or as a list where names have dots'
        )
    return tuple(path)


def _parse_constant(name: str, place: MappingOf[str, object]) -> str:
    constant = place.get("const")
    if list(place) != ["const"] or not isinstance(constant, str | int) or MEMBERS[name] in OBJECTS:
        raise MappingError(f'mapping: {name} = {place!r} is no constant; write {{const = "a text or an integer"}}')
    if name == "type" and str(constant).lower() not in TYPES:
        raise MappingError(f"mapping: the type {constant!r} is none of {', '.join(sorted(TYPES))}")
    return json.dumps(constant, ensure_ascii=False)
