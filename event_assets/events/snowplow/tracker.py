"""Snowplow tracker protocol: the parameters that a tracker sends, as events of the envelope (ADR 0011).

Covered by tests/events/snowplow/test_enriched.py.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from event_assets.events.envelope import Refusal, is_nothing, write_text
from event_assets.events.json.members import members_of
from event_assets.events.json.splitter import read_utf8
from event_assets.events.snowplow.enriched import write_event, write_value
from event_assets.events.snowplow.fields import EVENTS, PROTOCOL

_ENCODED: Final = ("ue_px", "cx")
_BASE64: Final = re.compile(r'"([A-Za-z0-9_+/-]+)=*"')


def read_payload(value: bytes) -> bytes | Refusal:
    """Return the event of tracker parameters as JSON text of the envelope; a value that is no object unchanged."""
    text = read_utf8(value)
    members = members_of(text) if text is not None else None
    if members is None:
        return value
    columns: dict[str, str] = {}
    for name, sent in members.items():
        if is_nothing(sent):
            continue
        column = PROTOCOL.get(name, name)
        column = name if column in columns else column
        plain = _decode(sent) if name in _ENCODED else sent
        columns[column] = write_value(column, plain) if plain.startswith('"') else plain
    kind = columns.get("event", "")
    if kind[1:-1] in EVENTS:
        columns["event"] = write_text(EVENTS[kind[1:-1]])
    return write_event(columns)


def _decode(sent: str) -> str:
    """Return the text inside URL-safe base64 as JSON text; anything else unchanged."""
    found = _BASE64.fullmatch(sent)
    if found is None:
        return sent
    digits = found[1].replace("+", "-").replace("/", "_")
    try:
        return write_text(base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError):
        return sent
