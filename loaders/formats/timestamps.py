"""ISO 8601 timestamps: full dates and date-times in texts, one text or a column of them (contract §4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import polars as pl

SECOND: Final = 1_000_000
"""Microseconds, as every number of this module."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
FIRST: Final = (date.min.toordinal() - _EPOCH_DAY) * DAY
"""0001-01-01T00:00:00Z, since 1970."""
LAST: Final = (date.max.toordinal() - _EPOCH_DAY + 1) * DAY - 1
"""The last microsecond of the year 9999, since 1970."""

_PATTERN: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?: ?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?))?)?"
)
_COMMON: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00:00)$"
)
"""The form that SDKs send, which columns read."""
LOOKS_DATED: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ]|$)"
"""A pattern that every full date and date-time fits, for polars and for Arrow."""


def read_timestamp(text: str) -> int | None:
    """Return a full date or date-time as microseconds since 1970 in UTC, None for any other text (contract §4)."""
    if len(text) < 10 or (match := _PATTERN.fullmatch(text)) is None:
        return None
    year, month, day, hours, minutes, seconds, fraction, sign, zone_hours, zone_minutes = match.groups("")
    hour, minute, second, zone_minute = int(hours or 0), int(minutes or 0), int(seconds or 0), int(zone_minutes or 0)
    zone = int(zone_hours or 0) * HOUR + zone_minute * MINUTE
    if hour > 23 or minute > 59 or second > 59 or zone_minute > 59 or zone > 18 * HOUR:
        return None
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    local = days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + int((fraction + "000000")[:6])
    micros = local + zone if sign == "-" else local - zone
    return micros if FIRST <= micros <= LAST else None


def read_common_timestamps(texts: pl.Series) -> pl.Series:
    """Return the texts of the common form as microseconds since 1970, NULL for every other text, readable or not."""
    text = pl.col("text")
    local = text.str.strip_suffix("Z").str.strip_suffix("+00:00")
    minute = local.str.head(16).str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us", strict=False).cast(pl.Int64)
    second = local.str.slice(17).cast(pl.Float64, strict=False) * SECOND
    common = pl.when(text.str.contains(_COMMON)).then(minute + second.round().cast(pl.Int64, strict=False))
    micros = texts.to_frame("text").select(common.alias(texts.name)).to_series()
    return micros.zip_with(micros >= FIRST, pl.Series([None], dtype=pl.Int64))


def read_timestamps(texts: pl.Series) -> pl.Series:
    """Return each text as `read_timestamp` reads it, as Datetime("us", "UTC")."""
    micros = read_common_timestamps(texts)
    rest = texts.filter(micros.is_null() & texts.is_not_null()).unique()
    if not rest.is_empty():
        exact = [read_timestamp(text) for text in rest]
        micros = micros.fill_null(texts.replace_strict(rest, exact, default=None, return_dtype=pl.Int64))
    return micros.cast(pl.Datetime("us", "UTC"))


def looks_dated(texts: pl.Expr) -> pl.Expr:
    """Return which texts begin as a full date does: a cheap test that every date passes."""
    return texts.str.contains(LOOKS_DATED)
