"""Times in keys: the templates that a key can be of, by every date with an hour and every epoch that it may have.

Digits alone prove nothing: a counter looks like an hour, a year like 20:24. What is returned here are candidates, and
the clocks of events decide between them. Covered by tests/archive/inspection/keys/test_locate.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_ALONE: Final = r"(?<=[^0-9])[{digits}](?![0-9])"
"""A number of one digit, which is read only where no other digit is beside it."""

_YEAR: Final = r"(?<![0-9])(?P<year>20[0-9][0-9])"
_MONTH: Final = rf"(?P<month>0[1-9]|1[0-2]|{_ALONE.format(digits='1-9')})"
_DAY: Final = rf"(?P<day>0[1-9]|[12][0-9]|3[01]|{_ALONE.format(digits='1-9')})"
_HOUR: Final = rf"(?P<hour>[01][0-9]|2[0-3]|{_ALONE.format(digits='0-9')})"
_FINER: Final = r"(?:(?P<minute>(?<=[0-9]{2})[0-5][0-9])(?P<second>[0-5][0-9])?)?(?![0-9])"
_NAME: Final = r"(?:[A-Za-z_]+=)?"
_MONTH_NAME: Final = rf"(?P<named_month>{_NAME})"
_DAY_NAME: Final = rf"(?P<named_day>{_NAME})"
_JOINT: Final = r"(?P<joint>[-/_. ]?)"
_SECOND_JOINT: Final = r"(?P<second_joint>[-/_. ]?)"
_BEFORE_HOUR: Final = rf"(?P<between>(?:[Tt_./ -]|%20)?{_NAME})"
_APART: Final = r"(?P<between>(?![0-9])[^/]*/(?:[^/]*/)*?(?:(?:hour|hr|hh|h|H|HOUR)[=_-]?)?)"

_YEAR_FIRST: Final = rf"{_YEAR}{_JOINT}{_MONTH_NAME}{_MONTH}{_SECOND_JOINT}{_DAY_NAME}{_DAY}"
_YEAR_LAST: Final = (
    rf"(?<![0-9]){_MONTH}(?P<joint>[-/_.]){_DAY}(?P=joint)(?P<year>20[0-9][0-9])",
    rf"(?<![0-9]){_DAY}(?P<joint>[-/_.]){_MONTH}(?P=joint)(?P<year>20[0-9][0-9])",
)
_DATED: Final = tuple(
    re.compile(f"(?=(?P<all>{pattern}))")
    for pattern in (
        *(f"{date}{_BEFORE_HOUR}{_HOUR}{_FINER}" for date in (_YEAR_FIRST, *_YEAR_LAST)),
        *(rf"{date}{_APART}{_HOUR}(?=[/.])" for date in (_YEAR_FIRST, *_YEAR_LAST)),
    )
)
"""The hour right after the date; then the hour as a folder or number of its own further on."""

_DATE: Final = re.compile(rf"(?:{_YEAR_FIRST})(?![0-9])")
_EPOCH: Final = re.compile(r"(?<![0-9])(?:(?P<epoch>1[0-9]{9})|(?P<epoch_ms>1[0-9]{12}))(?![0-9])")
_FOLDER: Final = re.compile(r"[^/]+(?=/)")


def has_date(key: str) -> bool:
    """Return whether a key has a date, with an hour or without."""
    return _DATE.search(key) is not None


def find_templates(key: str) -> Iterator[str]:
    """Yield the templates that a key can be of, with `*` for parts without time; the likeliest first."""
    found = [match for pattern in _DATED for match in pattern.finditer(key) if _is_separated(match)]
    for match in found:
        yield _surround(key, *match.span("all"), _write_dated(match))
    for match in _EPOCH.finditer(key):
        yield _surround(key, *match.span(), "{epoch}" if match["epoch"] else "{epoch_ms}")


def find_day_templates(key: str) -> Iterator[str]:
    """Yield the templates by the day alone that a key can be of, the folders first."""
    for match in _DATE.finditer(key):
        yield _surround(key, *match.span(), _write_date(match))


def _is_separated(match: re.Match[str]) -> bool:
    """Return whether the hour is apart from the day where the parts of the date are apart from one another."""
    joint = match["joint"] or match.groupdict().get("second_joint")
    return bool(match["between"]) or not joint


def _write_dated(match: re.Match[str]) -> str:
    finer = "".join(f"{{{name}}}" for name in ("minute", "second") if match.groupdict().get(name))
    between = _FOLDER.sub(lambda folder: "*", match["between"]) if "/" in match["between"] else match["between"]
    return f"{_write_date(match)}{between}{{hour}}{finer}"


def _write_date(match: re.Match[str]) -> str:
    joint, day, month = match["joint"], "{day}", "{month}"
    if match.start("year") > match.start("day"):
        month_first = match.start("month") < match.start("day")
        return joint.join((month, day, "{year}") if month_first else (day, month, "{year}"))
    named = match["named_month"] or match["named_day"]
    if joint == match["second_joint"] == "-" and not named and len(match["month"]) == len(match["day"]) == 2:
        return "{date}"
    return f"{{year}}{joint}{match['named_month']}{month}{match['second_joint']}{match['named_day']}{day}"


def _surround(key: str, start: int, end: int, placeholders: str) -> str:
    """Return a template of placeholders between the rest of a key, which becomes stars."""
    before, after = key[:start], key[end:]
    folders, _, head = before.rpartition("/")
    rest, *deeper = after.split("/")
    stars = "*/" * len(folders.split("/")) if folders else ""
    # No star may match a digit of the date, so the character before it stays.
    first = head if head.endswith("=") else f"*{head[-1]}" if len(head) > 1 else head
    return stars + first + placeholders + ("*" if rest else "") + "/*" * len(deeper)
