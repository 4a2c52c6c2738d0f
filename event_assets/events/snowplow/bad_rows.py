"""Snowplow's bad rows: events that its pipeline refused, which are no events here either (contract §3).

Covered by tests/events/snowplow/test_bad_rows.py.
"""

from __future__ import annotations

import re
from typing import Final

from event_assets.events.envelope import Refusal

BAD_ROW: Final = "snowplow_bad_row"
_SPACE: Final = rb"[ \t\r\n]*+"
_SCHEMA: Final = re.compile(
    _SPACE.join((b"", rb"\{", b'"schema"', b":", b'"iglu:com[.]snowplowanalytics[.]snowplow[.]badrows/'))
    + rb'(?P<name>[A-Za-z0-9_.-]{1,100})/jsonschema/(?P<version>[0-9-]{1,20})"'
)
"""The beginning of a bad row, whose schema is its first member."""


def find_bad_row(value: bytes) -> Refusal | None:
    """Return why a line is no event if it is a bad row, with the name of its schema; None for any other line."""
    found = _SCHEMA.match(value)
    return None if found is None else Refusal(BAD_ROW, f"{found['name'].decode()} {found['version'].decode()}")
