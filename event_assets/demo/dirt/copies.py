"""Copies of ids: SDK retries, gateway replays, corrections, and copies that tie or arrive too late to win.

Covered by tests/demo/test_generate.py.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from event_assets.demo.chance import HOUR, MINUTE, SECOND, spell_instant
from event_assets.demo.people import RETRYING_LIBRARY
from event_assets.demo.sessions import DemoEvent
from event_assets.demo.subject import Json, write_event

RETRYING = f'"library":{{"name":"{RETRYING_LIBRARY[0]}"'
"""Marks a line of the library that retries too often."""

_DELAYS = (1, 1, 1, 2, 2, 3, 5, 8, 13, 26, 40)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of an event: how many hours later it arrives (0 = in the same hour), when in ms, and its line."""

    hours: int
    received: int
    line: bytes


def _change_content(event: Json, random: Random) -> None:
    """Change values, but not their types."""
    block = event.get("properties") or event.get("traits") or event.setdefault("properties", {})
    if isinstance(block.get("price"), int | float):
        block["price"] = round(block["price"] * 0.9, 2)
    block["revision"] = random.randrange(2, 10**6)


def _receive(event: Json, received: int) -> None:
    event["sentAt"] = spell_instant(received - 90)
    event["receivedAt"] = spell_instant(received)


def _later_today(original: DemoEvent, random: Random) -> int:
    """Return a time some seconds later, nearly always in the same hour."""
    return original.received + random.randrange(SECOND, 2 * MINUTE)


def retry_equal(original: DemoEvent, random: Random) -> Copy:
    """Copy the bytes, as a gateway that writes them twice."""
    return Copy(0, _later_today(original, random), original.line.encode())


def retry_newer(original: DemoEvent, random: Random) -> Copy:
    """Copy the event, as an SDK that sends it again."""
    received, event = _later_today(original, random), json.loads(original.line)
    _receive(event, received)
    return Copy(0, received, write_event(event))


def retry_changed(original: DemoEvent, random: Random) -> Copy:
    """Copy the id with other values, half of them with the same receivedAt."""
    received, event = _later_today(original, random), json.loads(original.line)
    _change_content(event, random)
    if random.random() < 0.5:
        _receive(event, received)
    return Copy(0, received, write_event(event))


def _delay(original: DemoEvent, random: Random) -> tuple[int, int]:
    hours = random.choice(_DELAYS)
    return hours, original.received + hours * HOUR


def replay_equal(original: DemoEvent, random: Random) -> Copy:
    """Copy the bytes into a later hour, as a gateway that replays its journal."""
    return Copy(*_delay(original, random), original.line.encode())


def replay_newer(original: DemoEvent, random: Random) -> Copy:
    """Copy the event, received again hours later."""
    (hours, received), event = _delay(original, random), json.loads(original.line)
    _receive(event, received)
    return Copy(hours, received, write_event(event))


def correct_value(original: DemoEvent, random: Random) -> Copy:
    """Copy the event with corrected values, hours later."""
    (hours, received), event = _delay(original, random), json.loads(original.line)
    _change_content(event, random)
    event["receivedAt"] = spell_instant(received)
    return Copy(hours, received, write_event(event))


def correct_name(original: DemoEvent, random: Random) -> Copy:
    """Copy a track with a corrected name: its row moves to another table. Other types get another user."""
    (hours, received), event = _delay(original, random), json.loads(original.line)
    if event["type"] == "track":
        event["event"] = "Product Clicked" if original.name == "Product Viewed" else "Event Corrected"
    else:
        event["userId"] = f"user-{random.randrange(200):06d}"
    event["receivedAt"] = spell_instant(received)
    return Copy(hours, received, write_event(event))


def come_stale(original: DemoEvent, random: Random) -> Copy:
    """Copy the event with an earlier receivedAt: it arrives after the stored one and must lose."""
    (hours, arrived), event = _delay(original, random), json.loads(original.line)
    _change_content(event, random)
    event["receivedAt"] = spell_instant(original.received - random.randrange(SECOND, HOUR))
    return Copy(hours, arrived, write_event(event))


def tie(original: DemoEvent, random: Random) -> Copy:
    """Copy the event with the same receivedAt and other values: only the fingerprint decides."""
    (hours, arrived), event = _delay(original, random), json.loads(original.line)
    _change_content(event, random)
    return Copy(hours, arrived, write_event(event))


def lose_clock(original: DemoEvent, random: Random) -> Copy:
    """Copy the event without receivedAt: it ranks lowest in any hour."""
    (hours, arrived), event = _delay(original, random), json.loads(original.line)
    _change_content(event, random)
    del event["receivedAt"]
    return Copy(hours, arrived, write_event(event))


def change_type(original: DemoEvent, random: Random) -> Copy:
    """Copy the id to an event of another type, which is not a copy (contract §7)."""
    (hours, received), event = _delay(original, random), json.loads(original.line)
    for member in ("event", "traits", "userProperties"):
        event.pop(member, None)
    other = "screen" if event["type"] == "page" else "page"
    event |= {"type": other, "name": "Twin", "properties": {"twin": True}, "receivedAt": spell_instant(received)}
    return Copy(hours, received, write_event(event))


COPIERS: dict[str, Callable[[DemoEvent, Random], Copy]] = {
    "retries_equal": retry_equal,
    "retries_newer": retry_newer,
    "retries_changed": retry_changed,
    "replays_equal": replay_equal,
    "replays_newer": replay_newer,
    "corrections": correct_value,
    "renamings": correct_name,
    "stale_copies": come_stale,
    "ties": tie,
    "clockless_copies": lose_clock,
    "other_types": change_type,
}
