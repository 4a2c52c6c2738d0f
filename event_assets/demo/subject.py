"""Subjects: events that a spoiler alters, and their way back to a line.

Covered by tests/demo/test_generate.py.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Json = dict[str, Any]
_LEXEME = re.compile('"\ue000([^"]*)\ue000"')


@dataclass(frozen=True, slots=True)
class Subject:
    """An event to spoil."""

    event: Json
    """The event, its members in order; spoilers may change it."""
    received: int
    """When the gateway received it, Unix ms."""
    hour: int
    """The archive hour it arrives in, Unix ms."""
    number: int
    """Its number among its kind in the archive, from 0."""
    random: Random
    drifted: bool
    """Whether the tracking plan has changed."""

    @property
    def block(self) -> Json:
        """The members with this event's own columns: traits of identify, group and alias, else properties."""
        name = "traits" if self.event["type"] in {"identify", "group", "alias"} else "properties"
        block: Json = self.event.setdefault(name, {})
        return block


Spoiler = Callable[[Subject], bytes]


def lexeme(digits: str) -> str:
    """Return a value that `write_event` writes exactly as given, without quotes: `1e400`, `1.0`."""
    return f"\ue000{digits}\ue000"


def write_event(event: Json, *, ascii_only: bool = False) -> bytes:
    """Return the event as one line of JSON; lone surrogates need `ascii_only`, which escapes them."""
    text = json.dumps(event, ensure_ascii=ascii_only, separators=(",", ":"))
    if ascii_only:
        text = text.replace("\\ue000", "\ue000")
    return _LEXEME.sub(r"\1", text).encode()
