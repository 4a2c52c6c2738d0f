"""Mapping: where a source of another envelope has the members of ours (contract §2)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final

from event_assets.events.envelope import COLUMNS, OBJECTS, TYPES, is_nothing
from event_assets.events.json.splitter import name_text
from event_assets.events.mapping.batches import Batches, Path

Split = Callable[[str], dict[str, str]]
"""Members of a valid JSON object: name -> JSON text, of repeated ones the last, where it stood."""

MEMBERS: Final = {"message_id" if column == "id" else column: member for member, column in COLUMNS.items()}
"""Name in a mapping -> member of the envelope."""


READS: Final = ("snowplow-enriched", "snowplow-tracker")
"""Forms of events that code reads and no mapping could."""

_PRESETS: Final = resources.files("event_assets.events.mapping") / "presets"


class MappingError(ValueError):
    """A mapping that cannot be used; the message says which member and what to write instead."""


@dataclass
class _Branch:
    """What a mapping wants below one member: which envelope members it feeds, and what it wants deeper."""

    feeds: list[str] = field(default_factory=list)
    below: dict[str, _Branch] = field(default_factory=dict)


@dataclass(frozen=True)
class Types:
    """Event types by the text of a member: its path, the type of each text, and that of every other one."""

    path: Path
    values: MappingOf[str, str]
    default: str | None = None

    def read(self, text: str, split: Split) -> str | None:
        """The type of an event as JSON text; the member stays where it is."""
        found = _find(text, self.path, split)
        sent = json.loads(found) if found is not None and found.startswith('"') else None
        kind = self.values.get(sent, self.default) if isinstance(sent, str) else self.default
        return None if kind is None else json.dumps(kind)


@dataclass(frozen=True)
class Mapping:
    """Where the members of the envelope are: paths of member names, or a constant's JSON text, per envelope member.

    Of several paths the first that has a value counts. Without any member the events are of our envelope. `batches`
    says where a line has its events, `reads` names a form that is no JSON of one's own (`READS`).
    """

    paths: MappingOf[str, tuple[Path, ...]]
    constants: MappingOf[str, str]
    types: Types | None = None
    batches: Batches | None = None
    reads: str | None = None

    @classmethod
    def parse(cls, config: MappingOf[str, object]) -> Mapping:
        """The mapping of a configuration: member name -> dotted path, list of names, or a table; `each`, `inherit`.

        Raises MappingError.
        """
        return parse_mapping(config)

    @property
    def is_native(self) -> bool:
        """Whether the events, once found, are of our envelope."""
        return not (self.paths or self.constants or self.types)

    def apply(self, text: str, split: Split) -> dict[str, str]:
        """The envelope of an event, a valid JSON object: member -> JSON text.

        What no path takes away is `properties`, in the line's order; an object that `properties` names has its
        members put where it stood, a value that is no object stays where it stands.
        """
        taken: dict[str, str] = dict(self.constants)
        kind = self.types.read(text, split) if self.types else None
        if kind is not None:
            taken["type"] = kind
        tree = self._tree if self._tree is not None else _grow(tuple(self._choose(text, split)))
        taken["properties"] = _take(text, tree, taken, split, root=True)
        return taken

    @cached_property
    def _tree(self) -> _Branch | None:
        """The one tree of a mapping without a choice of paths."""
        if any(len(places) > 1 for places in self.paths.values()):
            return None
        return _grow(tuple((member, places[0]) for member, places in self.paths.items()))

    def _choose(self, text: str, split: Split) -> Iterator[tuple[str, Path]]:
        for member, places in self.paths.items():
            if len(places) > 1:
                found = (place for place in places if not is_nothing(_find(text, place, split) or "null"))
                yield member, next(found, places[0])
            else:
                yield member, places[0]


@lru_cache(maxsize=256)
def _grow(paths: tuple[tuple[str, Path], ...]) -> _Branch:
    tree = _Branch()
    for member, path in paths:
        branch = tree
        for name in path:
            branch = branch.below.setdefault(name, _Branch())
        branch.feeds.append(member)
    return tree


def preset(name: str) -> Mapping:
    """A mapping that is shipped, by its name. Raises MappingError."""
    known = preset_names()
    if name not in known:
        raise MappingError(f"mapping: there is no preset {name!r}; write {', '.join(known)} or a table of members")
    text = (_PRESETS / f"{name}.toml").read_text(encoding="utf-8")
    return Mapping.parse(tomllib.loads(text))


def preset_names() -> list[str]:
    """The names of the mappings that are shipped, in order."""
    return sorted(file.name.removesuffix(".toml") for file in _PRESETS.iterdir() if file.name.endswith(".toml"))


def _find(text: str, path: Path, split: Split) -> str | None:
    found: str | None = text
    for name in path:
        found = split(found).get(name) if found is not None and found.startswith("{") else None
    return found


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


def parse_mapping(config: MappingOf[str, object]) -> Mapping:
    """A mapping as a configuration has it; raises MappingError."""
    paths: dict[str, tuple[Path, ...]] = {}
    constants: dict[str, str] = {}
    types: Types | None = None
    members = {name: place for name, place in config.items() if name not in ("each", "inherit", "reads")}
    for name, place in members.items():
        if name not in MEMBERS:
            raise MappingError(
                f"mapping: {name!r} is no member of the envelope; write one of {', '.join(MEMBERS)}, each, inherit"
            )
        if isinstance(place, dict) and "values" in place:
            types = _parse_types(name, place)
        elif isinstance(place, dict) and "first" not in place:
            constants[MEMBERS[name]] = _parse_constant(name, place)
        else:
            paths[MEMBERS[name]] = _parse_paths(name, place)
    batches, reads = _parse_batches(config), _parse_reads(config)
    if "type" not in members and (members or not (batches or reads)):
        raise MappingError('mapping: type is missing; write type = {const = "track"} or the path of the event type')
    return Mapping(paths, constants, types, batches, reads)


def _parse_batches(config: MappingOf[str, object]) -> Batches | None:
    each, inherit = config.get("each"), config.get("inherit", {})
    if each is None:
        if "inherit" in config:
            raise MappingError('mapping: inherit needs each; write each = "batch", the path of the array of events')
        return None
    if not isinstance(inherit, dict):
        raise MappingError('mapping: inherit is a table; write inherit = {sentAt = "sentAt"}')
    return Batches(
        _parse_path("each", each), {name: _parse_paths(f"inherit.{name}", place) for name, place in inherit.items()}
    )


def _parse_reads(config: MappingOf[str, object]) -> str | None:
    reads = config.get("reads")
    if reads is not None and reads not in READS:
        raise MappingError(f"mapping: reads = {reads!r} is not known; write one of {', '.join(READS)}")
    return None if reads is None else str(reads)


def _parse_types(name: str, place: MappingOf[str, object]) -> Types:
    values, default = place.get("values"), place.get("default")
    if name != "type" or not set(place) <= {"path", "values", "default"} or not isinstance(values, dict):
        raise MappingError(
            f"mapping: {name} = {place!r} is not understood; only type has a table of values: "
            'type = {path = "kind", values = {view = "page"}, default = "track"}'
        )
    for kind in (*values.values(), *([] if default is None else [default])):
        _check_type(kind)
    return Types(_parse_path("type", place.get("path")), dict(values), None if default is None else str(default))


def _parse_paths(name: str, place: object) -> tuple[Path, ...]:
    if not isinstance(place, dict):
        return (_parse_path(name, place),)
    first = place.get("first")
    if list(place) != ["first"] or not isinstance(first, list) or not first:
        raise MappingError(f'mapping: {name} = {place!r} is no choice; write {{first = ["user.id", "uid"]}}')
    return tuple(_parse_path(name, each) for each in first)


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
    if name == "type":
        _check_type(constant)
    return json.dumps(constant, ensure_ascii=False)


def _check_type(kind: object) -> None:
    if str(kind).lower() not in TYPES:
        raise MappingError(f"mapping: the type {kind!r} is none of {', '.join(sorted(TYPES))}")
