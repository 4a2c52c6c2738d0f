"""Reads texts that are full dates or date-times as instants (contract §4, the pattern without epoch numbers)."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import polars as pl

_PATTERN: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?: ?(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?))?)?"
)
_COMMON: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00:00)$"
)
_DAY: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
FIRST: Final = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z in microseconds since 1970."""
LAST: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999, since 1970."""


def instant(text: str) -> int | None:
    """Return a full date or date-time as microseconds since 1970 (UTC); None if the text is neither (contract §4)."""
    if len(text) < 10 or (match := _PATTERN.fullmatch(text)) is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, offset_hours, offset_minutes = match.groups("")
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    offset = int(offset_hours or 0) * 60 + int(offset_minutes or 0)
    days = _days(int(year), int(month), int(day))
    if days is None or clock > (23, 59, 59) or clock[1] > 59 or clock[2] > 59:
        return None
    if offset > 18 * 60 or int(offset_minutes or 0) > 59:
        return None
    seconds = clock[0] * 3600 + clock[1] * 60 + clock[2] - (-offset if sign == "-" else offset) * 60
    micros = days * _DAY + seconds * 1_000_000 + int((fraction + "000000")[:6])
    return micros if FIRST <= micros <= LAST else None


def _days(year: int, month: int, day: int) -> int | None:
    """Return days since 1970-01-01 of a calendar day; None if there is no such day."""
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def looks_dated(texts: pl.Expr) -> pl.Expr:
    """Match texts that begin like a full date: a cheap test that every date passes."""
    return texts.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ]|$)")


def instants(texts: pl.Series) -> pl.Series:
    """Return the texts as Datetime("us", "UTC"); NULL if a text is no full date or date-time (contract §4)."""
    common = texts.str.contains(_COMMON) & ~texts.str.starts_with("0000")
    parsed = pl.when(common).then(texts).str.to_datetime(time_unit="us", time_zone="UTC", format="%+", strict=False)
    fast = pl.select(parsed).to_series()
    rest = texts.filter(fast.is_null() & texts.is_not_null()).unique()
    if rest.is_empty():
        return fast
    micros = pl.Series([instant(text) for text in rest], dtype=pl.Int64)
    exact = micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return fast.fill_null(texts.replace_strict(rest, exact, default=None, return_dtype=exact.dtype))
