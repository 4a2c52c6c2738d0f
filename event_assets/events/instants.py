"""Instants: what a clock's text says, in microseconds since 1970 in UTC (contract §4)."""

import re
from datetime import date
from typing import Final

from event_assets.events.envelope import NUMBER

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
FIRST: Final = (date.min.toordinal() - _EPOCH_DAY) * DAY
LAST: Final = (date.max.toordinal() - _EPOCH_DAY + 1) * DAY - 1

_DATE_TIME: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"(?: ?(?:[Zz]|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-9]{2}))?))?)?"
)
_EPOCH_TEXT: Final = re.compile(r"[0-9]{10}|[0-9]{13}|[0-9]{16}")
_DECIMAL: Final = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)


def read_instant(text: str) -> int | None:
    """The instant of a clock, None where it is unreadable; a number is its digits after NUMBER."""
    if text.startswith(NUMBER):
        return _read_epoch(text[len(NUMBER) :])
    if match := _DATE_TIME.fullmatch(text):
        return _read_date_time(match)
    return _read_epoch(text) if _EPOCH_TEXT.fullmatch(text) else None


def _read_date_time(match: re.Match[str]) -> int | None:
    part = {name: int(digits or 0) for name, digits in match.groupdict().items() if name not in ("fraction", "sign")}
    zone = part["zone_hour"] * HOUR + part["zone_minute"] * MINUTE
    if part["hour"] > 23 or part["minute"] > 59 or part["second"] > 59:
        return None
    if part["zone_minute"] > 59 or zone > 18 * HOUR:
        return None
    try:
        day = date(part["year"], part["month"], part["day"]).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    micros = int((match["fraction"] or "")[:6].ljust(6, "0"))
    local = day * DAY + part["hour"] * HOUR + part["minute"] * MINUTE + part["second"] * SECOND + micros
    instant = local + zone if match["sign"] == "-" else local - zone
    return instant if FIRST <= instant <= LAST else None


def _read_epoch(number: str) -> int | None:
    """Seconds below 1e11, milliseconds below 1e14, microseconds below 1e17; cut to microseconds towards zero."""
    match = _DECIMAL.fullmatch(number)
    if match is None:
        return None
    digits = match["whole"] + (match["fraction"] or "")
    significant = digits.lstrip("0")
    size = len(match["whole"]) - (len(digits) - len(significant)) + _exponent(match["exponent"])  # |n| < 10 ** size
    if not significant or size > 17:
        return None if significant else 0
    places = size + (6 if size <= 11 else 3 if size <= 14 else 0)
    micros = int(significant[: max(places, 0)].ljust(places, "0") or "0")
    instant = -micros if match["sign"] else micros
    return instant if FIRST <= instant <= LAST else None


def _exponent(text: str | None) -> int:
    if text is None:
        return 0
    digits = text.lstrip("+-0")
    size = int(digits or "0") if len(digits) < 12 else 10**12
    return -size if text.startswith("-") else size
