"""Suggestions for a mapping: the paths of an unknown envelope that likely hold an id, an event, a user or a clock.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from event_assets.events.envelope import NUMBER
from event_assets.events.instants import read_instant

Object = Mapping[str, Any]

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "message_id": ("messageid", "eventid", "insertid", "uuid", "guid", "id", "requestid"),
    "event": ("event", "eventname", "eventtype", "action", "name", "type", "kind"),
    "user_id": ("userid", "uid", "distinctid", "customerid", "accountid", "memberid", "user", "username", "email"),
    "anonymous_id": ("anonymousid", "deviceid", "visitorid", "clientid", "cookieid", "sessionid"),
    "timestamp": ("timestamp", "eventtime", "occurredat", "clienttime", "time", "ts", "createdat", "datetime", "date"),
    "received_at": ("receivedat", "ingestedat", "servertime", "loggedat", "createdat", "storedat"),
    "properties": ("properties", "payload", "data", "attributes", "params", "body", "details"),
    "context": ("context", "device", "client"),
}
"""Name in a mapping -> last names of paths that likely hold it, likeliest first; case, `_`, `$` and `-` are ignored."""

_DEEPEST: Final = 3
_SHOWN: Final = 60


@dataclass(frozen=True)
class ObservedPath:
    """A path that objects of an unknown envelope have: the share that has it, and the kinds of its values."""

    path: tuple[str, ...]
    share: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Guesses:
    """The observed paths, and for members of the envelope the path that likely holds them."""

    members: tuple[ObservedPath, ...]
    paths: Mapping[str, tuple[str, ...]]


def guess_members(objects: Sequence[Object]) -> Guesses:
    """Return the paths in objects of an unknown envelope, and a likely path for members of our envelope."""
    seen: dict[tuple[str, ...], list[object]] = defaultdict(list)
    for sent in objects:
        for path, value in _paths(sent, ()):
            seen[path].append(value)
    members = [
        ObservedPath(
            path, len(values) / len(objects), tuple(kind for kind, _ in Counter(map(_kind, values)).most_common())
        )
        for path, values in sorted(seen.items(), key=lambda item: (len(item[0]), -len(item[1]), item[0]))
    ]
    guesses: dict[str, tuple[str, ...]] = {}
    for member, names in _NAMES.items():
        guessed = _guess(member, names, members, seen, taken=set(guesses.values()))
        if guessed is not None:
            guesses[member] = guessed
    return Guesses(tuple(members[:_SHOWN]), guesses)


def _guess(
    member: str,
    names: Sequence[str],
    members: Sequence[ObservedPath],
    seen: Mapping[tuple[str, ...], list[object]],
    taken: set[tuple[str, ...]],
) -> tuple[str, ...] | None:
    """Return the best unused path for a member: by the order of names, then the shallower path."""
    ranked = []
    for observed in members:
        path = observed.path
        name, joined = _plain(path[-1]), _plain("".join(path[-2:]))
        rank = next((n for n, wanted in enumerate(names) if wanted in (name, joined)), None)
        if rank is not None and path not in taken and _suits(member, seen[path]):
            ranked.append((rank, len(path), path))
    return min(ranked)[2] if ranked else None


def _suits(member: str, values: Sequence[object]) -> bool:
    sent = [value for value in values if value is not None]
    if not sent:
        return False
    if member in ("properties", "context"):
        return all(isinstance(value, dict) for value in sent)
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in sent):
        return False
    if member in ("timestamp", "received_at"):
        return all(read_instant(value if isinstance(value, str) else f"{NUMBER}{value}") is not None for value in sent)
    if member == "message_id":
        return len(set(sent)) == len(sent) or len(set(sent)) > len(sent) // 2
    return member != "event" or all(isinstance(value, str) for value in sent)


def _paths(value: Object, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, inner in value.items():
        if not name:
            continue
        yield (*above, name), inner
        if isinstance(inner, dict) and len(above) + 1 < _DEEPEST:
            yield from _paths(inner, (*above, name))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in "_-$")


def _kind(value: object) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", dict: "object", list: "array"}
    return kinds.get(type(value), "null")
