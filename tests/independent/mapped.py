"""A foreign line as an event of our envelope (contract §2): members are named by a path, or are constants."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.independent.json_text import Json, Number, is_json, is_nothing, parse

MEMBERS = {
    "type": "type",
    "message_id": "messageId",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "event": "event",
    "name": "name",
    "group_id": "groupId",
    "previous_id": "previousId",
    "channel": "channel",
    "context": "context",
    "properties": "properties",
    "traits": "traits",
    "user_properties": "userProperties",
    "original_timestamp": "originalTimestamp",
    "sent_at": "sentAt",
    "received_at": "receivedAt",
    "timestamp": "timestamp",
    "request_ip": "request_ip",
}


NO_MEMBERS = ("parse", "each", "inherit", "retry_changes", "id", "pairs", "skip")
TYPED = re.compile("(string|int|double|float|bool|bytes|array|kvlist|set|map)(_v|V|v)alue")


OCTETS = re.compile("(?:%[0-9a-fA-F]{2})+")


def value_of_part(part: str) -> str:
    """The value of a part of a key: octets after percent signs decoded, unless they are no UTF-8.

    Hive's null is none, and U+0000 is U+FFFD.
    """
    if part == "__HIVE_DEFAULT_PARTITION__":
        return ""
    try:
        return OCTETS.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode().replace("\0", "\ufffd"), part)
    except UnicodeDecodeError:
        return part


def is_skipped(data: bytes, mapping: Mapping[str, object] | None, parts: Mapping[str, str]) -> bool:
    """Whether the text of a member, its own or a part of the key, marks a line without an event."""
    skip = mapping.get("skip") if mapping else None
    if not isinstance(skip, Mapping):
        return False
    try:
        line = parse(data.decode())[0] if is_json(data.decode()) else None
    except UnicodeDecodeError:
        return False
    found = _find(line, tuple(str(skip["path"]).split("."))) if isinstance(line, dict) else None
    if isinstance(line, dict) and is_nothing(found):
        found = value_of_part(parts.get(str(skip["path"]), ""))
    return type(found) is str and found in skip["values"]


def _paths(setting: object) -> list[tuple[str, ...]]:
    assert isinstance(setting, (list, tuple))
    return [tuple(place.split(".")) if isinstance(place, str) else tuple(place) for place in setting]


def _with_objects(tree: dict[str, Json], path: tuple[str, ...]) -> dict[str, Json]:
    """The event with the array of pairs at a path as the object that it stands for."""
    inner = tree.get(path[0])
    if len(path) > 1:
        return tree | {path[0]: _with_objects(inner, path[1:])} if isinstance(inner, dict) else tree
    read = _object_of(inner)
    return tree | {path[0]: _plain(inner) if read is None else read} if path[0] in tree else tree


def _object_of(array: Json) -> dict[str, Json] | None:
    if not isinstance(array, list):
        return None
    values: dict[str, Json] = {}
    for pair in array:
        names = [name for name in ("key", "name", "Key", "Name") if isinstance(pair, dict) and name in pair]
        if not names or type(pair[names[0]]) is not str:  # type: ignore[call-overload,index]  # an object, by the line before
            return None
        held = [pair[name] for name in ("value", "Value") if name in pair]  # type: ignore[call-overload,index,operator]
        values.pop(key := str(pair[names[0]]), None)  # type: ignore[call-overload,index]
        values[key] = _plain(held[0] if held else None)
    return values


def _plain(value: Json) -> Json:
    """What a value with its type stands for."""
    if not isinstance(value, dict) or not value or not all(map(TYPED.fullmatch, value)):
        return value
    kind, held = next(((name, inner) for name, inner in value.items() if inner is not None), ("", None))
    if kind.startswith("int") and type(held) is str and re.fullmatch(r"-?(0|[1-9]\d{0,18})", held, re.ASCII):
        return Number(held)
    if kind.startswith(("array", "kvlist")) and isinstance(held, dict):
        items = held.get("values")
        read = _object_of(items) if items else None
        return read if read is not None else [_plain(item) for item in items] if isinstance(items, list) else []
    return held


def map_event(line: dict[str, Json], mapping: Mapping[str, object]) -> dict[str, Json]:
    """The event: mapped leaves are taken away, everything left goes to properties in the line's order, or to the traits
    of an identify or a group where the mapping has a path for neither.

    The object mapped to `properties` gives its members where it stood; of equal keys there the last wins.
    """
    event: dict[str, Json] = {}
    taken: set[tuple[str, ...]] = set()
    splice: tuple[str, ...] | None = None
    members = {name: origin for name, origin in mapping.items() if name not in NO_MEMBERS}
    if not members:
        return line
    for place in _paths(mapping.get("pairs", [])):
        line = _with_objects(line, place)
    for name, origin in members.items():
        if isinstance(origin, Mapping) and "values" in origin:
            sent = _find(line, tuple(str(origin["path"]).split(".")))
            event[MEMBERS[name]] = origin["values"].get(sent if type(sent) is str else "", origin.get("default"))
        elif isinstance(origin, Mapping) and "first" in origin:
            paths = [tuple(place.split(".")) for place in origin["first"]]
            path = next((path for path in paths if not is_nothing(_find(line, path))), paths[0])
            found = _find(line, path)
            event[MEMBERS[name]] = origin["default"] if "default" in origin and is_nothing(found) else found
            taken.add(path)
        elif isinstance(origin, Mapping):
            event[MEMBERS[name]] = origin["const"]
        elif name == "properties":
            splice = tuple(str(origin).split("."))
        else:
            path = tuple(str(origin).split("."))
            event[MEMBERS[name]] = _find(line, path)
            taken.add(path)
    kind = event.get("type")
    looked_up = isinstance(members.get("type"), Mapping) and "values" in members["type"]  # type: ignore[operator]
    of_line = looked_up or isinstance(members.get("type"), str)
    of_someone = type(kind) is str and kind.lower() in ("identify", "group") and of_line
    goes_to = "traits" if of_someone and not {"traits", "properties"} & set(members) else "properties"
    event[goes_to] = dict(_left(line, (), taken, splice))
    return event


def id_members(line: dict[str, Json], mapping: Mapping[str, object] | None) -> list[Json] | None:
    """The members that make the id together, None each where there is none; None if the mapping has no `id`."""
    if mapping is None or "id" not in mapping:
        return None
    paths = [tuple(path.split(".")) if isinstance(path, str) else tuple(path) for path in mapping["id"]]  # type: ignore[attr-defined]
    return [_find(line, path) for path in paths]


def id_shows(mapping: Mapping[str, object] | None) -> bool:
    """Whether the sent messageId is one of the members that make the id."""
    assert mapping is not None
    native = set(mapping) <= {"each", "inherit", "retry_changes", "id", "parse", "pairs", "skip"}
    path = "messageId" if native else mapping.get("message_id")
    return path in mapping["id"]  # type: ignore[operator]


def _find(value: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _left(
    tree: dict[str, Json], above: tuple[str, ...], taken: set[tuple[str, ...]], splice: tuple[str, ...] | None
) -> dict[str, Json]:
    left: dict[str, Json] = {}
    for key, value in tree.items():
        path = (*above, key)
        if path in taken:
            continue
        if isinstance(value, dict):
            value = _left(value, path, taken, splice)
            if path == splice:
                for inner, item in value.items():
                    left.pop(inner, None)
                    left[inner] = item
                continue
        left.pop(key, None)
        left[key] = value
    return left
