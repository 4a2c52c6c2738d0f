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
DIGITS = re.compile(r"([0-9]{10}|[0-9]{13}|[0-9]{16}|[0-9]{19})([.][0-9]+)?")
UNITS = ((Decimal(10) ** 11, 6), (Decimal(10) ** 14, 3), (Decimal(10) ** 17, 0), (Decimal(10) ** 20, -3))
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
NAMED = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5}
NAMED |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""Zones of RFC 2822 in hours."""


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
        return read_epoch(value.strip()) if DIGITS.fullmatch(value.strip()) else read_written(value.strip())
    if isinstance(value, dict):
        return read_object(value)
    return None


def read_object(value: dict[str, Json]) -> int | None:
    """The instant of `{"$date": ...}` and of `{"seconds": n, "nanos": n}`."""
    if set(value) == {"$date"}:
        inner = value["$date"]
        if isinstance(inner, dict):
            text = inner.get("$numberLong")
            return read_epoch(text) if set(inner) == {"$numberLong"} and isinstance(text, str) else None
        return read_clock(inner)
    seconds, nanos = value.get("seconds"), value.get("nanos", Number("0"))
    if set(value) - {"seconds", "nanos"} or not isinstance(seconds, Number) or not isinstance(nanos, Number):
        return None
    if not re.fullmatch("-?[0-9]+", seconds) or not re.fullmatch("[0-9]{1,9}", nanos):
        return None
    exact = Context(prec=len(seconds) + 40)
    instant = int(exact.scaleb(exact.add(exact.scaleb(Decimal(seconds), 9), Decimal(nanos)), -3))
    return instant if FIRST <= instant < BEYOND else None


def read_written(text: str) -> int | None:
    """The instant of a text in any of the forms that clocks have besides the plain one."""
    sent, plain = text, read_text(text)
    if plain is not None:
        return plain
    if text[-1:] == "]" and "[" in text:
        head, _, name = text[:-1].rpartition("[")
        sound = bool(name) and name[0].isascii() and name[0].isalpha() and re.fullmatch(r"[\w/+-]+", name, re.ASCII)
        text = head if sound and head[-1:] in (*"0123456789Zz",) else text
    if len(text) > 7 and text[4] == text[7] == "/" and text[10:11] not in (*"0123456789/",):
        text = text.replace("/", "-", 2)
    if text[-3:].upper() in ("UTC", "GMT") and text[:-3].removesuffix(" ")[-1:] in (*"0123456789",):
        text = text[:-3].removesuffix(" ") + "Z"
    return read_text(text) if read_text(text) is not None else read_words(sent)


def read_words(text: str) -> int | None:
    """The instant of a date of RFC 2822, or as JavaScript's `Date.toString()` writes it."""
    if text.endswith(")") and " (" in text:
        text, _, comment = text[:-1].partition(" (")
        if "(" in comment or ")" in comment:
            return None
    words = text.split(" ")
    if words[0][:-1].title() in WEEKDAYS and words[0][-1] == "," and len(words) > 1:
        words = words[1:]
    elif words[0][:4].title() in {f"{name}," for name in WEEKDAYS} and len(words[0]) > 4:
        words = [words[0][4:], *words[1:]]
    elif words[0].title() in WEEKDAYS and len(words) == 6 and len(words[2]) == 2:
        if not words[5].upper().startswith("GMT") or words[5][3:4] not in ("+", "-"):
            return None
        words = [words[2], words[1], words[3], words[4], words[5][3:]]
    if len(words) != 5:
        return None
    day, month, year, clock, zone = words
    if month.title() not in MONTHS or not re.fullmatch("[0-9]{1,2}", day) or not re.fullmatch("[0-9]{4}", year):
        return None
    if not re.fullmatch("[0-9]{2}:[0-9]{2}(:[0-9]{2})?", clock):
        return None
    if zone.upper() in NAMED:
        hours = NAMED[zone.upper()]
        zone = f"{'-' if hours < 0 else '+'}{abs(hours):02}00"
    elif not re.fullmatch("[+-][0-9]{4}", zone):
        return None
    return read_text(f"{year}-{MONTHS.index(month.title()) + 1:02}-{int(day):02} {clock}{zone}")


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
