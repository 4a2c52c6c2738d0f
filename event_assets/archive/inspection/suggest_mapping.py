"""Suggestions for a mapping: the paths of an unknown envelope that likely hold an id, an event, a user or a clock.

Covered by tests/archive/inspection/test_suggest_mapping.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from event_assets.archive.inspection.sniff import decode_object
from event_assets.events.envelope import CLOCKS, NUMBER, TYPES
from event_assets.events.instants import read_instant
from event_assets.events.mapping.mapping import MEMBERS

Object = Mapping[str, Any]
Path = tuple[str, ...]

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type", "eventtype", "messagetype", "msgtype", "calltype"),
    "message_id": (
        *("messageid", "eventid", "insertid", "uuid", "guid", "id", "requestid", "eventuuid", "hitid"),
        *("msgid", "eid", "evtid", "evid", "ulid", "eventuid", "uniqueid", "dedupid", "idempotencykey", "mid"),
    ),
    "event": (
        *("event", "eventname", "eventtype", "action", "name", "type", "kind", "activity"),
        *("evtname", "eventn", "evtn", "ename", "evt", "en"),
    ),
    "user_id": (
        *("userid", "uid", "distinctid", "customerid", "customeruserid", "accountid", "memberid", "externaluserid"),
        *("user", "username", "email", "usrid", "usr", "externalid", "profileid", "contactid"),
    ),
    "anonymous_id": (
        *("anonymousid", "anonid", "userpseudoid", "deviceid", "did", "visitorid", "clientid", "cookieid"),
        *("installid", "amplitudeid", "appsflyerid", "adid", "cid", "devid", "guestid", "browserid", "sessionid"),
        *("anon", "visitor", "sid"),
    ),
    "timestamp": (
        *("timestamp", "eventtimestamp", "eventtime", "occurredat", "clienttime", "time", "ts", "createdat"),
        *("clienteventtime", "eventdatetime", "datetime", "timems", "timeus", "tstamp", "eventts", "date"),
        *("evtts", "evttime", "clientts", "clits", "devicets", "devicetime", "tsms", "timestampms", "happenedat"),
    ),
    "received_at": (
        *("receivedat", "ingestedat", "servertime", "loggedat", "servertimestamp", "serveruploadtime"),
        *("createdat", "storedat", "serverts", "srvts", "srvtime", "receivedts", "receivedtime", "rcvts"),
        *("serverreceivedtime", "ingestts", "ingestiontime", "arrivedat", "arrivaltime", "processedat"),
    ),
    "context": ("context", "device", "client", "ctx"),
    "properties": (
        *("properties", "eventproperties", "payload", "data", "attributes", "params", "body", "details"),
        *("props", "eventprops", "evtprops", "evtp", "parameters", "attrs", "customproperties", "customdata"),
    ),
}
"""Name in a mapping -> last names of paths that likely hold it, likeliest first; case and signs are ignored."""

_SAME: Final = {name: (name.replace("_", ""),) for name in MEMBERS if name not in _NAMES}
"""The other members of our envelope: guessed only by their own names, at the top of an event, beside our types."""

_SIGNS: Final = str.maketrans("", "", "_-$@. ")
_CLOCKS: Final = frozenset({"timestamp", "received_at", "sent_at", "original_timestamp"})
_OBJECTS: Final = frozenset({"properties", "context", "traits", "user_properties"})

_PRESENT: Final = 0.5
"""The share of events that must have a member for a guess: what a third of them has is something else."""

_SOUND: Final = 0.95
"""The share of the values sent that must suit the guess: in real archives some are broken."""

_NAMED: Final = 0.5
"""The share of events that must have the id and a clock of our envelope under their own names (contract §2)."""

_MANY: Final = 40
"""From so many events on, a name that mostly differs from event to event is no event name."""

_DEEPEST: Final = 3
_SHOWN: Final = 60


@dataclass(frozen=True)
class ObservedPath:
    """A path that objects of an unknown envelope have: the share that has it, and the kinds of its values."""

    path: Path
    share: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Guesses:
    """The observed paths, and for members of the envelope the path that likely holds them.

    `parse` are members of the event whose texts are JSON objects; the paths are those once they are read as such.
    `each` is where a line of a known transport has its events, and `inherit` what they take from it: name -> path.
    """

    members: tuple[ObservedPath, ...]
    paths: Mapping[str, Path]
    parse: tuple[str, ...] = ()
    each: Path = ()
    inherit: Mapping[str, Path] = field(default_factory=dict)


def guess_members(objects: Sequence[Object]) -> Guesses:
    """Return the paths in objects of an unknown envelope, and a likely path for members of our envelope."""
    seen: dict[Path, list[object]] = defaultdict(list)
    parse = _find_texts(objects)
    for sent in objects:
        for path, value in _paths(_read_texts(sent, parse), ()):
            seen[path].append(value)
    members = [
        ObservedPath(
            path, len(values) / len(objects), tuple(kind for kind, _ in Counter(map(_kind, values)).most_common())
        )
        for path, values in sorted(seen.items(), key=lambda item: (len(item[0]), -len(item[1]), item[0]))
    ]
    guesses: dict[str, Path] = {}
    for member, names in (*_NAMES.items(), *_SAME.items()):
        if member in _SAME and "type" not in guesses:
            break
        known = [observed for observed in members if len(observed.path) == 1] if member in _SAME else members
        guessed = _guess(member, names, known, seen, guesses)
        if guessed is not None:
            guesses[member] = guessed
    return Guesses(tuple(members[:_SHOWN]), guesses, parse)


def _find_texts(objects: Sequence[Object]) -> tuple[str, ...]:
    """Return the members of the event whose values are texts of JSON objects, where they are sent."""
    sent: dict[str, list[object]] = defaultdict(list)
    for event in objects:
        for name, value in event.items():
            if name and value not in (None, ""):
                sent[name].append(value)
    return tuple(
        name
        for name, values in sent.items()
        if sum(_read_text(value) is not None for value in values) >= _SOUND * len(values)
    )


def _read_texts(event: Object, names: Sequence[str]) -> Object:
    read = {name: found for name in names if (found := _read_text(event.get(name))) is not None}
    return {**event, **read}


def _read_text(value: object) -> Object | None:
    return decode_object(value.encode()) if isinstance(value, str) and value.lstrip().startswith("{") else None


def is_renamed(objects: Sequence[Object]) -> bool:
    """Return whether events that look like our envelope have their id or their clock under another name.

    They would load without it: an id is then made of the line, and the hour of arrival is the time of the event.
    """
    guesses = guess_members(objects).paths if objects else {}

    def is_missing(*names: str) -> bool:
        return sum(any(event.get(name) is not None for name in names) for event in objects) < _NAMED * len(objects)

    return (is_missing("messageId") and "message_id" in guesses) or (is_missing(*CLOCKS) and "timestamp" in guesses)


def is_complete(guesses: Guesses) -> bool:
    """Return whether the guesses are our envelope under other names: its types of events, an id and a clock."""
    return {"type", "message_id"} <= set(guesses.paths) and not _CLOCKS.isdisjoint(guesses.paths)


def _guess(
    member: str,
    names: Sequence[str],
    members: Sequence[ObservedPath],
    seen: Mapping[Path, list[object]],
    guesses: Mapping[str, Path],
) -> Path | None:
    """Return the best unused path for a member: by the order of names, then the shallower path."""
    ranked = []
    for observed in members:
        path = observed.path
        name, joined = _plain(path[-1]), _plain("".join(path[-2:]))
        rank = next((n for n, wanted in enumerate(names) if wanted in (name, joined)), None)
        if rank is None or observed.share < _PRESENT or path in guesses.values() or not _suits(member, seen[path]):
            continue
        if member != "properties" or name == member or _holds_most(path, seen, set(guesses.values())):
            ranked.append((rank, len(path), path))
    return min(ranked)[2] if ranked else None


def _holds_most(path: Path, seen: Mapping[Path, list[object]], taken: set[Path]) -> bool:
    """Return whether an object has at least half of the values that would become properties."""
    inside = outside = 0
    for other, values in seen.items():
        if any(other[: len(above)] == above for above in taken):
            continue
        leaves = sum(value not in (None, "", []) and not isinstance(value, dict) for value in values)
        if other[: len(path)] == path:
            inside += leaves
        else:
            outside += leaves
    return inside >= outside


def _suits(member: str, values: Sequence[object]) -> bool:
    sent = [value for value in values if value not in (None, "")]
    if not sent:
        return False
    if member in _OBJECTS:
        return all(isinstance(value, dict) for value in sent)
    texts = [value for value in sent if isinstance(value, str | int | float) and not isinstance(value, bool)]
    if member in _CLOCKS:
        texts = [value for value in texts if _read_clock(value) is not None]
    elif member == "type":
        texts = [value for value in texts if str(value).lower() in TYPES]
    elif member == "event":
        texts = [value for value in texts if isinstance(value, str)]
    different = len(set(texts))
    if member == "message_id" and different <= len(texts) // 2 and len(texts) > 1:
        return False
    if member == "event" and len(texts) >= _MANY and different > len(texts) // 2:
        return False
    # A user may be unknown, and is then often sent as null; an id, a clock or a name is there.
    enough = len(values) if member in ("message_id", "timestamp", "event", "type") else len(sent)
    return len(texts) >= _SOUND * len(sent) and len(texts) >= _PRESENT * enough


def _read_clock(value: str | float) -> int | None:
    return read_instant(value if isinstance(value, str) else f"{NUMBER}{value}")


def _paths(value: Object, above: Path) -> Iterator[tuple[Path, object]]:
    for name, inner in value.items():
        if not name:
            continue
        yield (*above, name), inner
        if isinstance(inner, dict) and len(above) + 1 < _DEEPEST:
            yield from _paths(inner, (*above, name))


def _plain(name: str) -> str:
    return name.lower().translate(_SIGNS)


def _kind(value: object) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", dict: "object", list: "array"}
    return kinds.get(type(value), "null")
