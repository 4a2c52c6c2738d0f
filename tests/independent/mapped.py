"""A foreign line as an event of our envelope (contract §2): members are named by a path, or are constants."""

from __future__ import annotations

from collections.abc import Mapping

from tests.independent.json_text import Json, is_nothing

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


def map_event(line: dict[str, Json], mapping: Mapping[str, object]) -> dict[str, Json]:
    """The event: mapped leaves are taken away, everything left goes to properties in the line's order, or to the traits
    of an identify or a group where the mapping has a path for neither.

    The object mapped to `properties` gives its members where it stood; of equal keys there the last wins.
    """
    event: dict[str, Json] = {}
    taken: set[tuple[str, ...]] = set()
    splice: tuple[str, ...] | None = None
    members = {
        name: origin for name, origin in mapping.items() if name not in ("each", "inherit", "retry_changes", "id")
    }
    if not members:
        return line
    for name, origin in members.items():
        if isinstance(origin, Mapping) and "values" in origin:
            sent = _find(line, tuple(str(origin["path"]).split(".")))
            event[MEMBERS[name]] = origin["values"].get(sent if type(sent) is str else "", origin.get("default"))
        elif isinstance(origin, Mapping) and "first" in origin:
            paths = [tuple(place.split(".")) for place in origin["first"]]
            path = next((path for path in paths if not is_nothing(_find(line, path))), paths[0])
            event[MEMBERS[name]] = _find(line, path)
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
    of_someone = type(kind) is str and kind.lower() in ("identify", "group") and isinstance(members.get("type"), str)
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
    native = set(mapping) <= {"each", "inherit", "retry_changes", "id"}
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
