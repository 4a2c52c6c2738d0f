"""Records as JSON text: the same bytes for the same record, with all that JSON can represent.

Covered by tests/archive/decoding/test_avro_codecs.py.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from event_assets.archive.decoding.lines import WHITE

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400
_encode: Final = msgspec.json.Encoder().encode


def write_record(record: object) -> bytes:
    """Return compact JSON text; bytes become base64. Numbers that JSON lacks must already be texts.

    A record that is only a text or bytes is the text of the event itself.
    """
    if isinstance(record, str):
        return record.encode().strip(WHITE)
    return record.strip(WHITE) if isinstance(record, bytes) else _encode(record)


def plain_float(number: float) -> float | str:
    """Return the number, or a text for NaN, Infinity and -Infinity, which JSON lacks."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def instant_text(ticks: int, per_second: int, *, zoned: bool) -> str | int:
    """Return ticks since 1970 as an ISO instant with all digits; unchanged outside of years of four digits."""
    seconds, rest = divmod(ticks, per_second)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return ticks
    digits = len(str(per_second)) - 1
    fraction = f".{rest:0{digits}}" if digits else ""
    return moment.isoformat()[:19] + fraction + ("Z" if zoned else "")


def date_text(days: int) -> str | int:
    """Return days since 1970 as a date; unchanged outside of years of four digits."""
    try:
        return (_EPOCH + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return days


def time_text(ticks: int, per_second: int) -> str | int:
    """Return ticks since midnight as a time of day with all digits; unchanged outside of one day."""
    seconds, rest = divmod(ticks, per_second)
    if not 0 <= seconds < _DAY:
        return ticks
    digits = len(str(per_second)) - 1
    fraction = f".{rest:0{digits}}" if digits else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
