"""Lines that hold several events, cut by hand: each event's own bytes, and what it takes from the line (ADR 0008)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.independent.json_text import Json, NotJsonError, dump, is_json, is_nothing, parse

MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.S)
WHITE = " \t\r\n"
SENT_ANEW = ("sentAt", "writeKey", "integrations")
"""What differs in a request that is sent again, where the mapping does not name it."""


class Opened(NamedTuple):
    """An event's bytes as they were sent, and members that it has where it brings none (JSON values by name).

    Those in `sent_anew` are not part of what its id is made from.
    """

    data: bytes
    given: dict[str, Json]
    sent_anew: tuple[str, ...] = SENT_ANEW
    read: bytes | None = None
    """The JSON text, where that is not what was sent."""


def open_value(data: bytes, mapping: Mapping[str, object] | None) -> list[Opened]:
    """The events of a value; the value itself where it is one, or cannot be read."""
    whole = [Opened(data, {})]
    if mapping is None or "each" not in mapping:
        return whole
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return whole
    if not is_json(text) or not text.startswith("{"):
        return whole
    path = str(mapping["each"]).split(".")
    events, levels = _descend(text, path)
    if events is None:
        return whole
    inherit = mapping.get("inherit", {})
    assert isinstance(inherit, Mapping)
    given: dict[str, Json] = {}
    for name, places in inherit.items():
        value = _first(levels, [places] if isinstance(places, str) else places["first"])
        if not is_nothing(value):
            given[name] = value
    named = mapping.get("retry_changes", SENT_ANEW)
    assert isinstance(named, (list, tuple))
    return [Opened(event.encode(), given, tuple(named)) for event in events]


def _descend(text: str, path: list[str]) -> tuple[list[str] | None, list[tuple[list[str], str]]]:
    """The texts of the events, None for the line itself; and the objects on the way, each with its path."""
    levels: list[tuple[list[str], str]] = [([], text)]
    for number, name in enumerate(path):
        inner = _inside(dict(_members(levels[-1][1])).get(name, "null"))
        if inner.startswith("[") and number + 1 == len(path):
            elements = list(_pieces(inner))
            if elements:
                return elements, levels
        if not inner.startswith("{"):
            break
        levels.append((path[: number + 1], inner))
    return ([levels[-1][1]] if len(levels) > 1 else None), levels


def _first(levels: list[tuple[list[str], str]], places: list[str]) -> Json:
    for place in places:
        path = place.split(".")
        above, text = max((level for level in levels if path[: len(level[0])] == level[0]), key=lambda it: len(it[0]))
        value: Json = parse(text)[0]
        for name in path[len(above) :]:
            value = value.get(name) if isinstance(value, dict) else None
        if not is_nothing(value):
            return value
    return None


def _inside(text: str) -> str:
    """What a JSON text holds, where that is a JSON object or array."""
    if not text.startswith('"'):
        return text
    try:
        held = parse(text)[0]
    except NotJsonError:
        return text
    held = str(held).strip(WHITE)
    return held if held[:1] in ("{", "[") and is_json(held) else text


def _members(text: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(text):
        name = re.match(r'"(?:[^"\\]|\\.)*"', piece, re.S)
        assert name is not None
        yield str(parse(name[0])[0]), piece[name.end() :].strip(WHITE).removeprefix(":").strip(WHITE)


def _pieces(text: str) -> Iterator[str]:
    """The texts between the commas of a valid object or array."""
    depth, start = 0, 1
    for mark in MARK.finditer(text):
        if mark[0] in "{[":
            depth += 1
        elif mark[0] in "}]":
            depth -= 1
        if (mark[0] == "," and depth == 1) or (mark[0] in "}]" and depth == 0):
            if piece := text[start : mark.start()].strip(WHITE):
                yield piece
            start = mark.end()


def identity(event: Json, opened: Opened) -> bytes:
    """What the id of an event without one is made from (contract §3): its bytes, then what it takes from its line."""
    taken: dict[str, Json] = {}
    if isinstance(event, dict):
        for name in sorted(opened.given.keys() - set(opened.sent_anew)):
            own, value = event.get(name), opened.given[name]
            if is_nothing(own):
                taken[name] = value
            elif isinstance(own, dict) and isinstance(value, dict) and (rest := without(value, own)):
                taken[name] = rest
    return opened.data + (dump(taken).encode() if taken else b"")


def without(value: dict[str, Json], names: Mapping[str, Json]) -> dict[str, Json]:
    """The members of an object that another one lacks."""
    return {name: inner for name, inner in value.items() if name not in names}


def complete(event: dict[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
    """The event with what it lacks; of two objects the members of the event come first and win."""
    for name, value in given.items():
        own = event.get(name)
        if is_nothing(own):
            event[name] = value
        elif isinstance(own, dict) and isinstance(value, dict):
            event[name] = own | without(value, own)
    return event
