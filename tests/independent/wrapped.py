"""Members of an event that were sent as JSON text or bytes, on the parsed value (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.independent.batches import held_json, steps_of
from tests.independent.json_text import DEEPEST, Json, Number, depth_of, dump, parse
from tests.independent.mapped import MEMBERS

OBJECTS = ("context", "properties", "traits", "userProperties")


def texts_opened(mapping: Mapping[str, object] | None) -> set[tuple[str, ...]]:
    """The paths in an event whose text is read as the object that it holds."""
    if mapping is None:
        return {(name,) for name in OBJECTS}
    named = mapping.get("parse", [])
    assert isinstance(named, list)
    paths = {tuple(steps_of(path)) for path in named}
    for name, origin in mapping.items():
        if MEMBERS.get(name) in OBJECTS:
            paths |= {tuple(steps_of(path)) for path in (origin["first"] if isinstance(origin, Mapping) else [origin])}
    return paths if set(mapping) & set(MEMBERS) else paths | {(name,) for name in OBJECTS}


class Opener:
    """Opens members of one event, and remembers whether anything in them had to become U+FFFD."""

    def __init__(self) -> None:
        self.lost = False

    def open_members(self, event: dict[str, Json], mapping: Mapping[str, object]) -> dict[str, Json]:
        """The event with what `parse` names, and the objects that the mapping names, opened; outer ones first."""
        named = mapping.get("parse", [])
        assert isinstance(named, list)
        paths = [(steps_of(path), False) for path in named]
        for name, origin in mapping.items():
            if MEMBERS.get(name) in OBJECTS:
                several = origin["first"] if isinstance(origin, Mapping) else [origin]
                paths += [(steps, True) for steps in map(steps_of, several) if (steps, False) not in paths]
        opened: Json = event
        for steps, only_object in sorted(paths, key=lambda it: len(it[0])):
            opened = self._open_at(opened, steps, 0, only_object=only_object)
        assert isinstance(opened, dict)
        return opened

    def open_text(self, text: str, level: int) -> Json:
        """The object that a text holds below so many levels, else the text."""
        return self._open(text, level, only_object=True)

    def open_objects(self, event: dict[str, Json]) -> None:
        """The envelope's objects that are the text of one."""
        for name in OBJECTS:
            if name in event:
                event[name] = self._open(event[name], 1, only_object=True)

    def _open_at(self, value: Json, steps: list[str], level: int, *, only_object: bool) -> Json:
        if not steps:
            return self._open(value, level, only_object=only_object)
        if steps[0] == "[]":
            if not isinstance(value, list):
                return value
            return [self._open_at(item, steps[1:], level + 1, only_object=only_object) for item in value]
        if isinstance(value, dict) and steps[0] in value:
            inner = self._open_at(value[steps[0]], steps[1:], level + 1, only_object=only_object)
            return {**value, steps[0]: inner}
        return value

    def _open(self, value: Json, level: int, *, only_object: bool) -> Json:
        if not isinstance(value, str) or isinstance(value, Number):
            return value
        held = held_json(dump(value))
        if held is None or (only_object and held[0] != "{") or depth_of(held) + level > DEEPEST:
            return value
        opened, lost = parse(held)
        self.lost = self.lost or lost
        return opened
