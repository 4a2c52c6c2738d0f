"""What the clocks of an event mean (contract §4). Instants are microseconds since 1970, UTC."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import NamedTuple

from tests.independent.json_text import Json, Number

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
FIRST = (date(1, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * DAY
BEYOND = (date(9999, 12, 31).toordinal() + 1 - date(1970, 1, 1).toordinal()) * DAY
SHAPE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?: ?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?))?)?"
)
DIGITS = re.compile(r"[0-9]{10}|[0-9]{13}|[0-9]{16}")
UNITS = ((Decimal(10) ** 11, 6), (Decimal(10) ** 14, 3), (Decimal(10) ** 17, 0))


def micros(moment: datetime) -> int:
    """The instant of an aware datetime."""
    gone = moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    return (gone.days * 86400 + gone.seconds) * SECOND + gone.microseconds


def read_text(text: str) -> int | None:
    """The instant of a full date or date-time; None where the text is not one."""
    found = SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 59 or int(off_minutes or 0) > 59:
        return None
    offset = int(off_hours or 0) * 60 + int(off_minutes or 0)
    if offset > 18 * 60:
        return None
    minutes = int(hour or 0) * 60 + int(minute or 0) - (-offset if sign == "-" else offset)
    instant = days * DAY + (minutes * 60 + int(second or 0)) * SECOND + int((fraction or "0")[:6].ljust(6, "0"))
    return instant if FIRST <= instant < BEYOND else None


def read_epoch(digits: str) -> int | None:
    """The instant of an epoch number in seconds, milliseconds or microseconds, by its size."""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    for below, places in UNITS:
        if abs(number) < below:
            exact = Context(prec=len(digits) + 40, Emin=-999999999, Emax=999999999)
            instant = int(number.scaleb(places, exact)) if number else 0
            return instant if FIRST <= instant < BEYOND else None
    return None


def read_clock(value: Json) -> int | None:
    """The instant of a clock member; None where it cannot be read."""
    if isinstance(value, Number):
        return read_epoch(value)
    if isinstance(value, str):
        return read_epoch(value) if DIGITS.fullmatch(value) else read_text(value)
    return None


class Clocks(NamedTuple):
    """An event's clocks as its columns hold them."""

    sent_at: int | None
    original_timestamp: int | None
    received_at: int
    timestamp: int
    believed: bool
    corrected: bool


def resolve(event: dict[str, Json], hour: int) -> Clocks:
    """The four clocks of an event that arrived in the hour which starts at `hour`."""
    sent, original = read_clock(event.get("sentAt")), read_clock(event.get("originalTimestamp"))
    received, own = read_clock(event.get("receivedAt")), read_clock(event.get("timestamp"))
    believed = received is not None and 0 <= received <= hour + HOUR + DAY
    arrival = received if received is not None and believed else hour
    if own is not None:
        stamp = own
    elif sent is not None and original is not None:
        stamp = arrival - (sent - original)
    else:
        stamp = arrival
    corrected = not 0 <= stamp <= arrival + DAY
    return Clocks(sent, original, arrival, arrival if corrected else stamp, believed, corrected)
