"""Envelopes: whether sampled values are events of our envelope, of a shipped mapping, or of neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from event_assets.archive.inspection.find_wrapper import find_paths
from event_assets.archive.inspection.sniff import decode_object
from event_assets.events.chunk import Block
from event_assets.events.envelope import CLOCKS, IDS, TYPES
from event_assets.events.json.lenient import strict_text, unmark
from event_assets.events.json.members import members_of
from event_assets.events.json.split import split_members
from event_assets.events.json.splitter import read_utf8
from event_assets.events.mapping.batches import Path, open_block
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.mapping.shipped import Recognition, preset, preset_names, recognition
from event_assets.events.snowplow.enriched import read_enriched

Object = Mapping[str, Any]

_PATHS: Final = 20
"""Paths inside of lines that are tried."""

OWN: Final = "own"
"""The envelope that needs no mapping."""

WRAPPED: Final = "wrapped"
"""Our envelope below a member of the lines of a transport, which `each` opens."""

RENAMED: Final = "renamed"
"""Our envelope with its members under other names, which guesses map."""

_ENOUGH: Final = 0.5
"""The share of events that must be of an envelope for it to be that of the archive."""

_NEEDED: Final = ("messageId", "event", "userId")
"""Members of a mapping that an object must have to be an event of it, besides one of its clocks."""

_NEARLY: Final = 0.05
"""By how much larger the share of a later candidate must be for it to win over an earlier one."""


@dataclass(frozen=True)
class Envelope:
    """The envelope of sampled values: `own`, `wrapped`, `renamed`, the name of a shipped mapping, or None."""

    name: str | None
    mapping: EnvelopeMapping | None
    share: float
    """The share of events that are of it, 0 to 1."""


def recognize_envelope(values: Sequence[bytes], *, usual: str | None = None) -> Envelope:
    """Return the envelope that most events are of, if at least half are.

    Among nearly equals, the layout's `usual` mapping comes first, then mappings that a producer's own members identify,
    those with more members before those with fewer; then our own envelope, then the other mappings. Where none fits,
    our envelope is looked for inside the lines.
    """
    best = Envelope(None, None, 0.0)
    for name in _candidates(values, usual):
        mapping = None if name == OWN else preset(name)
        share = _share(name, mapping, values)
        if share >= _ENOUGH and (best.name is None or share > best.share + _NEARLY):
            best = Envelope(name, mapping, share)
    return best if best.name is not None else _recognize_wrapped(values)


def _recognize_wrapped(values: Sequence[bytes]) -> Envelope:
    best = Envelope(None, None, 0.0)
    for path in find_paths(values)[:_PATHS]:
        mapping = EnvelopeMapping.parse({"each": path})
        share = _share(WRAPPED, mapping, values)
        if share >= _ENOUGH and share > best.share + _NEARLY:
            best = Envelope(WRAPPED, mapping, share)
    return best


def find_transport(values: Sequence[bytes]) -> EnvelopeMapping | None:
    """Return the shipped mapping of the transport whose lines values are, whatever the events in them; None without."""
    for name in preset_names():
        mapping, line = preset(name), recognition(name).line
        if mapping.batches is None or not mapping.is_native or not line:
            continue
        if sum(has_members(decode_object(value), line) for value in values) > _ENOUGH * len(values):
            return mapping
    return None


def is_own(event: Object | None) -> bool:
    """Return whether a value is an event of our envelope: a known type, and an id, an event or a clock."""
    if event is None or str(event.get("type")).lower() not in TYPES:
        return False
    return any(event.get(member) is not None for member in (*IDS, *CLOCKS, "event"))


def is_mapped(event: Object | None, mapping: EnvelopeMapping) -> bool:
    """Return whether a value has what a shipped mapping requires: id, event, user and a clock."""
    if event is None:
        return False
    found = {member for member, paths in mapping.paths.items() if any(_has(event, path) for path in paths)}
    clocks = found.intersection(CLOCKS)
    return bool(clocks) and all(member in found for member in _NEEDED if member in mapping.paths)


def has_members(
    value: Object | None, members: Sequence[Sequence[Path]], without: Sequence[Sequence[Path]] = ()
) -> bool:
    """Return whether a value has one path of every choice in `members`, and none of `without`; a null counts."""

    def has(paths: Sequence[Path]) -> bool:
        return value is not None and any(_has(value, path, null=True) for path in paths)

    return all(map(has, members)) and not any(map(has, without))


def is_tracker(event: Object | None) -> bool:
    """Return whether a value has the parameters of a Snowplow tracker: the event's kind and the platform."""
    return event is not None and "e" in event and ("p" in event or "tv" in event)


def open_values(values: Sequence[bytes], mapping: EnvelopeMapping | None) -> list[bytes]:
    """Return the events that values contain: those of a batch one by one, with the members that a mapping parses.

    Those that a mapping skips contain none.
    """
    opened = _drop_skipped(values, mapping)
    if mapping is not None and mapping.batches is not None:
        numbers = range(len(opened))
        opened = open_block(Block("", opened, numbers, numbers), mapping.batches).values
    return opened if mapping is None or not mapping.parsed else [_parse_members(value, mapping) for value in opened]


def _drop_skipped(values: Sequence[bytes], mapping: EnvelopeMapping | None) -> list[bytes]:
    skip = mapping.skip if mapping is not None else None
    return list(values) if skip is None else [value for value in values if not skip.marks(value)]


def _parse_members(value: bytes, mapping: EnvelopeMapping) -> bytes:
    text = read_utf8(value)
    if text is None or members_of(text) is None:
        return value
    return unmark(mapping.unwrap(strict_text(text), split_members).text).encode()


def _candidates(values: Sequence[bytes], usual: str | None) -> Iterator[str]:
    """Yield names of envelopes in the order they are tried; of those for batches, the producer's first."""
    opened = open_values(values, preset("segment-batch"))
    producer = recognize_producer([decode_object(value) for value in opened])
    names = preset_names()
    marked = sorted((name for name in names if recognition(name).size), key=lambda name: -recognition(name).size)
    yield from dict.fromkeys((*([usual] if usual else []), *marked, OWN, producer, *names))


def recognize_producer(events: Sequence[Object | None]) -> str:
    """Return the mapping of batches of our events, by the members that SDKs of a producer add."""
    jitsu = sum("@jitsu" in str(_value(event, ("context", "library", "name"))) for event in events if event)
    rudder = sum("rudderId" in event or "channel" in event for event in events if event)
    most = max(jitsu, rudder)
    return "segment-batch" if 2 * most <= len(events) else "jitsu" if jitsu == most else "rudder-batch"


def _share(name: str, mapping: EnvelopeMapping | None, values: Sequence[bytes]) -> float:
    if mapping is not None and mapping.reads == "snowplow-enriched":
        enriched = [isinstance(read_enriched(value), bytes) for value in values]
        return sum(enriched) / len(enriched) if enriched else 0.0
    known = Recognition() if name in (OWN, WRAPPED) else recognition(name)
    values = _drop_skipped(values, mapping)
    if known.line:
        of_line = [has_members(decode_object(value), known.line) for value in values]
        if not known.members or sum(of_line) <= _ENOUGH * len(values):
            return sum(of_line) / len(values) if values else 0.0
    events = [decode_object(value) for value in open_values(values, mapping)]
    return sum(map(_test(known, mapping), events)) / len(events) if events else 0.0


def _test(known: Recognition, mapping: EnvelopeMapping | None) -> Callable[[Object | None], bool]:
    if known.members:
        return partial(has_members, members=known.members, without=known.without)
    if mapping is not None and mapping.reads == "snowplow-tracker":
        return is_tracker
    if mapping is None or mapping.is_native:
        return is_own
    return partial(is_mapped, mapping=mapping)


def _value(event: Object, path: Sequence[str]) -> object:
    value: object = event
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _has(event: Object, path: Sequence[str], *, null: bool = False) -> bool:
    parent = _value(event, path[:-1])
    return isinstance(parent, dict) and (path[-1] in parent if null else parent.get(path[-1]) is not None)
