"""Instants of clocks: timestamps in the forms that producers write, and epoch numbers (contract §4).

None of these forms makes a datetime of a property: `loaders.formats.timestamps` alone decides there.

Covered by tests/events/test_clocks.py.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from event_assets.events.envelope import NUMBER
from loaders.formats.timestamps import FIRST, LAST, read_timestamp

_EPOCH_TEXT: Final = re.compile(r"(?:[0-9]{10}|[0-9]{13}|[0-9]{16}|[0-9]{19})(?:\.[0-9]+)?")
_DECIMAL: Final = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)

_ZONE: Final = re.compile(r"(?<=[0-9]) ?(?:UTC|GMT)$", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"(?<=[0-9Zz])\[[A-Za-z][A-Za-z0-9_+/-]*\]$")
_SLASHES: Final = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})(?![0-9/])")

_NAMES: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS: Final = {name: number for number, name in enumerate(_NAMES.split("|"), start=1)}
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = f"(?P<month>{_NAMES})"
_CLOCK: Final = r"(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
_OFFSETS: Final = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z"), "Z"),
    **{"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500"},
    **{"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700"},
}
"""Names of zones that RFC 2822 defines -> offset."""
_RFC_2822: Final = re.compile(
    rf"(?:{_DAY}, ?)?(?P<day>[0-9]{{1,2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} "
    rf"(?P<zone>[+-][0-9]{{4}}|{'|'.join(_OFFSETS)})(?: \([^()]*\))?",
    re.IGNORECASE,
)
_JAVASCRIPT: Final = re.compile(
    rf"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}) (?P<year>[0-9]{{4}}) {_CLOCK} GMT(?P<zone>[+-][0-9]{{4}})(?: \([^()]*\))?",
    re.IGNORECASE,
)


class _MongoDate(msgspec.Struct, rename={"date": "$date"}, forbid_unknown_fields=True, gc=False):
    """MongoDB's date: a text, a number, or a number as a text."""

    date: msgspec.Raw


class _MongoLong(msgspec.Struct, rename={"number": "$numberLong"}, forbid_unknown_fields=True, gc=False):
    number: str


class _ProtobufTime(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Protobuf's timestamp."""

    seconds: int
    nanos: int = 0


def read_instant(text: str) -> int | None:
    """Return a clock as microseconds since 1970 in UTC, None where it is unreadable.

    NUMBER marks what was no text: the digits of a number, or the JSON text of an object.
    """
    if text.startswith(NUMBER):
        value = text[len(NUMBER) :]
        return _read_object(value.encode()) if value.startswith("{") else _read_epoch(value)
    if (instant := read_timestamp(text)) is not None:
        return instant
    stripped = text.strip()
    if _EPOCH_TEXT.fullmatch(stripped):
        return _read_epoch(stripped)
    return next((instant for read in _FORMS if (instant := read(stripped)) is not None), None)


def _read_iso(text: str) -> int | None:
    """Read a timestamp with slashes in its date, UTC or GMT behind it, or the name of its zone in brackets."""
    plain = _SLASHES.sub(r"\1-\2-\3", text, count=1) if _SLASHES.match(text) else text
    return read_timestamp(_ZONE.sub("Z", _BRACKETS.sub("", plain)))


def _read_words(pattern: re.Pattern[str]) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        month = _MONTHS[found["month"].lower()]
        zone = _OFFSETS.get(found["zone"].upper(), found["zone"])
        return read_timestamp(f"{found['year']}-{month:02}-{int(found['day']):02}T{found['clock']}{zone}")

    return read


_FORMS: Final = (_read_iso, _read_words(_RFC_2822), _read_words(_JAVASCRIPT))


def _read_object(value: bytes) -> int | None:
    """Read `{"$date": ...}` and `{"seconds": n, "nanos": n}`."""
    try:
        moment = msgspec.json.decode(value, type=_ProtobufTime)
    except msgspec.DecodeError:
        return _read_date(value)
    if not 0 <= moment.nanos < 10**9:
        return None
    nanos = moment.seconds * 10**9 + moment.nanos
    return _within(abs(nanos) // 1000 * (-1 if nanos < 0 else 1))


def _read_date(value: bytes) -> int | None:
    try:
        sent = bytes(msgspec.json.decode(value, type=_MongoDate).date)
        if sent.startswith(b"{"):
            return _read_epoch(msgspec.json.decode(sent, type=_MongoLong).number)
        return (
            read_instant(msgspec.json.decode(sent, type=str)) if sent.startswith(b'"') else _read_epoch(sent.decode())
        )
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _read_epoch(number: str) -> int | None:
    """Read an epoch number: seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, nanoseconds below
    1e20; cut to microseconds towards zero.
    """
    match = _DECIMAL.fullmatch(number)
    if match is None:
        return None
    digits = match["whole"] + (match["fraction"] or "")
    significant = digits.lstrip("0")
    size = len(match["whole"]) - (len(digits) - len(significant)) + _exponent(match["exponent"])  # |n| < 10 ** size
    if not significant or size > 20:
        return None if significant else 0
    digits_kept = size + (6 if size <= 11 else 3 if size <= 14 else 0 if size <= 17 else -3)
    micros = int(significant[: max(digits_kept, 0)].ljust(digits_kept, "0") or "0")
    return _within(-micros if match["sign"] else micros)


def _within(instant: int) -> int | None:
    return instant if FIRST <= instant <= LAST else None


def _exponent(text: str | None) -> int:
    if text is None:
        return 0
    digits = text.lstrip("+-0")
    size = int(digits or "0") if len(digits) < 12 else 10**12
    return -size if text.startswith("-") else size
