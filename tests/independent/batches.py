"""Lines that hold several events, cut by hand: each event's own bytes, and what it takes from the line (ADR 0008)."""

from __future__ import annotations

import re
import string
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.independent.json_text import Json, NotJsonError, is_json, is_nothing, parse

MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.S)
WHITE = " \t\r\n"
ALPHABET = set(string.ascii_letters + string.digits + "+/-_")
SENT_ANEW = ("sentAt", "writeKey", "integrations")
"""What differs in a request that is sent again, where the mapping does not name it."""


class Opened(NamedTuple):
    """An event's bytes as they were sent, and members that it has where it brings none (JSON values by name).

    Those in `sent_anew` are not part of what its id is made from. `line` has the bytes around it where it was the text
    of its line.
    """

    data: bytes
    given: dict[str, Json]
    sent_anew: tuple[str, ...] = SENT_ANEW
    read: bytes | None = None
    """The JSON text, where that is not what was sent."""
    line: bytes = b""
    parts: Mapping[str, str] = MappingProxyType({})
    """Members that are parts of the key of its file: path and text."""


Level = tuple[list[str], str]
"""An object above an event: its path and its text."""


def open_value(data: bytes, mapping: Mapping[str, object] | None) -> list[Opened]:
    """The events of a value; the value itself where it is one, or cannot be read."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [Opened(data, {})]
    root = inside(text) if text.startswith('"') else text
    events: list[Opened] = []
    if mapping is not None and "each" in mapping and root.startswith(("{", "[")) and is_json(root):
        for texts, levels in _descend(root, steps_of(mapping["each"]), [], []):
            if texts != [root]:
                events += _take(texts, levels, mapping)
    if events:
        return events
    return [Opened(root.encode(), {}, line=data)] if root != text and root[0] == "{" else [Opened(data, {})]


def steps_of(path: object) -> list[str]:
    """The steps of a path: names, and `[]` for the elements of an array."""
    assert isinstance(path, str)
    return [step for step in path.replace("[]", ".[]").split(".") if step]


def _take(texts: list[str], levels: list[Level], mapping: Mapping[str, object]) -> list[Opened]:
    inherit = mapping.get("inherit", {})
    assert isinstance(inherit, Mapping)
    given: dict[str, Json] = {}
    for name, places in inherit.items():
        value = _first(levels, [places] if isinstance(places, str) else places["first"])
        if not is_nothing(value):
            given[name] = value
    named = mapping.get("retry_changes", SENT_ANEW)
    assert isinstance(named, (list, tuple))
    return [Opened(event.encode(), given, tuple(named)) for event in texts]


Group = tuple[list[str], list[Level]]
"""Texts of events, and the objects above all of them."""


def _descend(text: str, steps: list[str], path: list[str], above: list[Level]) -> Iterator[Group]:
    """The texts of events that share the objects above them, with these; the value itself where the path ends early."""
    if text.startswith("["):
        elements = [inside(piece) for piece in _pieces(text)]
        if steps in (["[]"], []):
            yield elements, above
            return
        for element in elements:
            yield from _descend(element, steps[1:], [*path, "[]"], above)
        return
    if steps[:1] == ["[]"]:
        yield from _descend(text, steps[1:], [*path, "[]"], above) if text.startswith("{") else [([text], above)]
        return
    if text.startswith("{"):
        above = [*above, (path, text)]
        inner = inside(dict(_members(text)).get(steps[0], "null")) if steps else "null"
        array = inner.startswith("[") and steps[1:2] in ([], ["[]"]) and any(_pieces(inner))
        if inner.startswith("{") or array:
            yield from _descend(inner, steps[1:], [*path, steps[0]], above)
            return
    yield [text], above


def _first(levels: list[Level], places: list[str]) -> Json:
    for place in places:
        path = steps_of(place)
        over = [level for level in levels if path[: len(level[0])] == level[0] and len(level[0]) < len(path)]
        if not over:
            continue
        above, text = max(over, key=lambda it: len(it[0]))
        value: Json = parse(text)[0]
        for name in path[len(above) :]:
            value = value.get(name) if isinstance(value, dict) else None
        if not is_nothing(value):
            return value
    return None


def inside(text: str) -> str:
    """What a JSON text, or one of bytes in base64, holds, where that is a JSON object or array."""
    held = held_json(text)
    return held if held is not None and held[:1] in ("{", "[") else text


def held_json(text: str) -> str | None:
    """The JSON text inside a JSON string; of bytes in base64, only that of an object or array."""
    if not text.startswith('"'):
        return None
    try:
        held = str(parse(text)[0]).strip(WHITE)
    except NotJsonError:
        return None
    if is_json(held):
        return held
    digits = held.rstrip("=")
    if len(held) - len(digits) > 2 or len(digits) < 2 or not set(digits) <= ALPHABET:
        return None
    try:
        decoded = urlsafe_b64decode(digits.replace("+", "-").replace("/", "_") + "=" * (-len(digits) % 4)).decode()
    except ValueError:
        return None
    decoded = decoded.strip(WHITE)
    return decoded if decoded[:1] in ("{", "[") and is_json(decoded) else None


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


def taken_from_line(event: Json, opened: Opened) -> dict[str, Json]:
    """What an event takes from its line, but for what is sent anew: part of what makes its id (contract §3)."""
    taken: dict[str, Json] = {}
    if isinstance(event, dict):
        for name in sorted(opened.given.keys() - set(opened.sent_anew)):
            own, value = event.get(name), opened.given[name]
            if is_nothing(own):
                taken[name] = value
            elif isinstance(own, dict) and isinstance(value, dict) and (rest := without(value, own)):
                taken[name] = rest
    return taken


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
