"""Mapping: the paths of our envelope's members in events of another envelope (contract §2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from event_assets.events.envelope import COLUMNS, OBJECTS, TYPES, is_nothing
from event_assets.events.json.members import Unwrapped
from event_assets.events.json.splitter import name_text
from event_assets.events.mapping.batches import RETRY_CHANGES, Batches, Path
from event_assets.events.mapping.pairs import read_pairs
from event_assets.events.mapping.paths import (
    MappingError,
    parse_id,
    parse_list,
    parse_path,
    parse_paths,
    parse_steps,
    parse_steps_choice,
)
from event_assets.events.mapping.skipped import Skip, parse_skip
from event_assets.events.mapping.wrapped_members import WrappedMembers

Split = Callable[[str], dict[str, str]]
"""Members of a valid JSON object: name -> JSON text, of repeated ones the last, in its position."""

MEMBERS: Final = {"message_id" if column == "id" else column: member for member, column in COLUMNS.items()}
"""Name in a mapping -> member of the envelope."""


READS: Final = ("snowplow-enriched", "snowplow-tracker")
"""Forms of events that need code, not a mapping."""

_NO_MEMBERS: Final = ("parse", "each", "inherit", "retry_changes", "reads", "pairs", "skip", "id")


@dataclass
class _Branch:
    """The part of a mapping below one member: the envelope members it feeds, and the branches below."""

    feeds: list[str] = field(default_factory=list)
    below: dict[str, _Branch] = field(default_factory=dict)


@dataclass(frozen=True)
class Types:
    """Event types by the text of a member: its path, the type of each text, and the type of every other text."""

    path: Path
    values: MappingOf[str, str]
    default: str | None = None

    def read(self, members: MappingOf[str, str], split: Split) -> str | None:
        """Return the type of an event as JSON text, by its members; the member is not removed."""
        found = _find(members, self.path, split)
        sent = json.loads(found) if found is not None and found.startswith('"') else None
        kind = self.values.get(sent, self.default) if isinstance(sent, str) else self.default
        return None if kind is None else json.dumps(kind)


@dataclass(frozen=True)
class Mapping:
    """Paths of member names, or JSON text of a constant, for each member of the envelope.

    Of several paths, the first with a value counts. Without any member, the events are of our envelope. `batches` is
    where a line has its events, `reads` names a form that is not plain JSON (`READS`), and `parsed` are the paths of an
    event's members whose text is read as JSON (`parse` of the configuration). `pairs` are paths of arrays of pairs that
    stand for objects, `skip` marks lines without an event, and `defaults` are the values of members that none of their
    paths has. `id_of` are the paths of the members that make an event's id together.
    """

    paths: MappingOf[str, tuple[Path, ...]]
    constants: MappingOf[str, str]
    types: Types | None = None
    batches: Batches | None = None
    reads: str | None = None
    pairs: tuple[Path, ...] | None = None
    skip: Skip | None = None
    defaults: MappingOf[str, str] | None = None
    parsed: tuple[Path, ...] | None = None
    id_of: tuple[Path, ...] | None = None

    @classmethod
    def parse(cls, config: MappingOf[str, object]) -> Mapping:
        """Return the mapping of a configuration: member name -> dotted path, list of names, or table.

        `parse`, `each`, `inherit`, `retry_changes`, `reads`, `pairs`, `skip`, `id` are no members. Raises MappingError.
        """
        return parse_mapping(config)

    @property
    def is_native(self) -> bool:
        """Whether the events, once found, are of our envelope."""
        return not (self.paths or self.constants or self.types)

    def unwrap(self, text: str, split: Split) -> Unwrapped:
        """Return an event with its `parsed` members, and the objects that it names, as JSON where they are texts."""
        return self._wrapped.unwrap(text, split)

    @cached_property
    def _wrapped(self) -> WrappedMembers:
        objects = [path for member in OBJECTS for path in self.paths.get(member, ())]
        return WrappedMembers(self.parsed or (), objects)

    def apply(self, text: str, split: Split) -> dict[str, str]:
        """Return the envelope of an event, a valid JSON object: member -> JSON text.

        Members without a path are `properties`, in the order of the line; of an identify or a group they are `traits`,
        if the mapping has a path for neither. The members of an object mapped to `properties` replace the object in its
        position; any other value mapped to it is not moved.
        """
        text = read_pairs(text, self.pairs, split) if self.pairs else text
        if self.is_native:
            return split(text)
        taken: dict[str, str] = dict(self.constants)
        members = split(text)
        kind = self.types.read(members, split) if self.types else None
        if kind is not None:
            taken["type"] = kind
        tree = self._tree if self._tree is not None else _grow(tuple(self._choose(members, split)))
        left = _take(members, tree, taken, split, root=True)
        taken["traits" if self._leaves_traits and _has_traits(taken.get("type")) else "properties"] = left
        for member, default in (self.defaults or {}).items():
            taken[member] = default if is_nothing(taken.get(member, "null")) else taken[member]
        return taken

    @cached_property
    def _leaves_traits(self) -> bool:
        """Whether what is left of an identify or a group is its traits: the mapping names neither."""
        return ("type" in self.paths or self.types is not None) and not {"traits", "properties"} & set(self.paths)

    @cached_property
    def _tree(self) -> _Branch | None:
        """The one tree of a mapping without alternative paths."""
        if any(len(paths) > 1 for paths in self.paths.values()):
            return None
        return _grow(tuple((member, paths[0]) for member, paths in self.paths.items()))

    def _choose(self, members: MappingOf[str, str], split: Split) -> Iterator[tuple[str, Path]]:
        for member, paths in self.paths.items():
            if len(paths) > 1:
                found = (path for path in paths if not is_nothing(_find(members, path, split) or "null"))
                yield member, next(found, paths[0])
            else:
                yield member, paths[0]


def _has_traits(kind: str | None) -> bool:
    sent = json.loads(kind) if kind is not None and kind.startswith('"') else None
    return isinstance(sent, str) and sent.lower() in ("identify", "group")


@lru_cache(maxsize=256)
def _grow(paths: tuple[tuple[str, Path], ...]) -> _Branch:
    tree = _Branch()
    for member, path in paths:
        branch = tree
        for name in path:
            branch = branch.below.setdefault(name, _Branch())
        branch.feeds.append(member)
    return tree


def _find(members: MappingOf[str, str], path: Path, split: Split) -> str | None:
    found = members.get(path[0])
    for name in path[1:]:
        found = split(found).get(name) if found is not None and found.startswith("{") else None
    return found


def _take(
    members: MappingOf[str, str], branch: _Branch, taken: dict[str, str], split: Split, *, root: bool = False
) -> str:
    """Return the rest of an object without the members of the branch, which are added to `taken`."""
    left: list[str] = []
    for name, value in members.items():
        wanted = branch.below.get(name)
        rest = value if wanted is None else _take_member(value, wanted, taken, split)
        if rest is not None:
            left.append(name_text(name) + rest)
        if root and wanted is not None:
            left.append(taken.pop("properties", ""))
    return "{" + ",".join(part for part in left if part) + "}"


def _take_member(value: str, wanted: _Branch, taken: dict[str, str], split: Split) -> str | None:
    """Return the rest of a member, None if it is removed; the members of `properties` are added to `taken`."""
    rest = _take(split(value), wanted, taken, split) if wanted.below and value.startswith("{") else value
    taken.update({member: rest for member in wanted.feeds if member != "properties"})
    if "properties" in wanted.feeds and rest.startswith("{"):
        taken["properties"] = rest[1:-1].strip(" \t\n\r")
        return None
    return None if wanted.feeds not in ([], ["properties"]) else rest


def parse_mapping(config: MappingOf[str, object]) -> Mapping:
    """Return the mapping of a configuration. Raise MappingError for one that cannot be used."""
    paths: dict[str, tuple[Path, ...]] = {}
    constants: dict[str, str] = {}
    defaults: dict[str, str] = {}
    types: Types | None = None
    members = {name: setting for name, setting in config.items() if name not in _NO_MEMBERS}
    for name, setting in members.items():
        if name not in MEMBERS:
            raise MappingError(
                f"mapping: {name!r} is no member of the envelope; "
                f"write one of {', '.join(MEMBERS)}, id, parse, each, inherit"
            )
        if isinstance(setting, dict) and "values" in setting:
            types = _parse_types(name, setting)
        elif isinstance(setting, dict) and "first" not in setting:
            constants[MEMBERS[name]] = _parse_constant(name, setting)
        else:
            paths[MEMBERS[name]] = parse_paths(name, setting)
            if isinstance(setting, dict) and "default" in setting:
                defaults[MEMBERS[name]] = _parse_constant(name, {"const": setting["default"]})
    batches, reads, parsed = _parse_batches(config), _parse_reads(config), _parse_parsed(config)
    id_of = parse_id(config.get("id"))
    if "type" not in members and (members or not (batches or reads or parsed or id_of)):
        raise MappingError('mapping: type is missing; write type = {const = "track"} or the path of the event type')
    pairs, skip = parse_list("pairs", config.get("pairs", [])), parse_skip(config.get("skip"))
    return Mapping(paths, constants, types, batches, reads, pairs or None, skip, defaults or None, parsed, id_of)


def _parse_batches(config: MappingOf[str, object]) -> Batches | None:
    events, inherit = config.get("each"), config.get("inherit", {})
    if events is None:
        if needless := next((name for name in ("inherit", "retry_changes") if name in config), None):
            raise MappingError(f'mapping: {needless} needs each; write each = "batch", the path of the array of events')
        return None
    if not isinstance(inherit, dict):
        raise MappingError('mapping: inherit is a table; write inherit = {sentAt = "sentAt"}')
    return Batches(
        parse_steps("each", events),
        {name: parse_steps_choice(f"inherit.{name}", setting) for name, setting in inherit.items()},
        _parse_retry_changes(config.get("retry_changes"), inherit),
    )


def _parse_parsed(config: MappingOf[str, object]) -> tuple[Path, ...] | None:
    setting = config.get("parse")
    if setting is None:
        return None
    if not isinstance(setting, list) or not setting:
        raise MappingError(f'mapping: parse = {setting!r} is no list; write parse = ["properties", "payload.after"]')
    return tuple(parse_steps("parse", path) for path in setting)


def _parse_retry_changes(setting: object, inherit: MappingOf[str, object]) -> tuple[str, ...]:
    if setting is None:
        return RETRY_CHANGES
    if not isinstance(setting, list) or not all(isinstance(name, str) for name in setting):
        raise MappingError('mapping: retry_changes is a list of inherited members; write retry_changes = ["sentAt"]')
    if unknown := next((name for name in setting if name not in inherit), None):
        raise MappingError(
            f"mapping: retry_changes names {unknown!r}, which inherit does not; write it there, or leave it out"
        )
    return tuple(setting)


def _parse_reads(config: MappingOf[str, object]) -> str | None:
    reads = config.get("reads")
    if reads is not None and reads not in READS:
        raise MappingError(f"mapping: reads = {reads!r} is not known; write one of {', '.join(READS)}")
    return None if reads is None else str(reads)


def _parse_types(name: str, setting: MappingOf[str, object]) -> Types:
    values, default = setting.get("values"), setting.get("default")
    if name != "type" or not set(setting) <= {"path", "values", "default"} or not isinstance(values, dict):
        raise MappingError(
            f"mapping: {name} = {setting!r} is not understood; only type has a table of values: "
            'type = {path = "kind", values = {view = "page"}, default = "track"}'
        )
    for kind in (*values.values(), *([] if default is None else [default])):
        _check_type(kind)
    return Types(parse_path("type", setting.get("path")), dict(values), None if default is None else str(default))


def _parse_constant(name: str, setting: MappingOf[str, object]) -> str:
    constant = setting.get("const")
    if list(setting) != ["const"] or not isinstance(constant, str | int) or MEMBERS[name] in OBJECTS:
        raise MappingError(f'mapping: {name} = {setting!r} is no constant; write {{const = "a text or an integer"}}')
    if name == "type":
        _check_type(constant)
    return json.dumps(constant, ensure_ascii=False)


def _check_type(kind: object) -> None:
    if str(kind).lower() not in TYPES:
        raise MappingError(f"mapping: the type {kind!r} is none of {', '.join(sorted(TYPES))}")
