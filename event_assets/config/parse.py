"""Texts of the configuration as values, and the error for an operator to correct.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

HOUR_FORMAT: Final = "%Y-%m-%dT%H"

_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class SettingsError(Exception):
    """A mistake in a flag, a variable or the configuration file; the message names it and the correction."""


def parse_hour(text: str) -> datetime:
    """Return an archive hour from its text form, e.g. `2026-01-31T07` (UTC); raise SettingsError for another form."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}", text):
            raise ValueError  # noqa: TRY301  strptime would accept one-digit parts
        return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"{text!r} is not an archive hour; write it like 2026-01-31T07 (UTC).") from None


def parse_range(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last archive hour of `--from` and `--to`; a day is all its hours.

    Raises SettingsError for a text that is neither an hour nor a day, and where the first is after the last.
    """
    first = None if start is None else _parse_bound(start, "T00")
    last = None if end is None else _parse_bound(end, "T23")
    if first and last and first > last:
        raise SettingsError(f"--from {start} is after --to {end}; swap them.")
    return first, last


def _parse_bound(text: str, hour: str) -> datetime:
    try:
        return parse_hour(text + hour if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text)
    except SettingsError:
        raise SettingsError(
            f"{text!r} is neither an archive hour nor a day; write it like 2026-01-31T07 or 2026-01-31 (UTC)."
        ) from None


def parse_duration(text: str) -> timedelta:
    """Return a duration from a text such as `90s`, `10m`, `2h` or `1d`; raise SettingsError for another form."""
    match = re.fullmatch(r"(\d{1,6})\s*(s|m|min|h|d)", text.strip())
    if match is None:
        raise SettingsError(f"{text!r} is not a duration; write it like '90s', '10m' or '2h'.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def format_duration(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads as this duration."""
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0) if seconds else "s"
    return f"{seconds // _UNITS[unit]}{unit}"


def redacted(text: str) -> str:
    """Return the text with every password or key inside a URL hidden, for messages and metadata."""
    text = re.sub(r"(://[^/@\s:]*):[^/@\s]*@", r"\1:***@", text)
    return re.sub(r"(?i)([?&;][^=&\s]*(?:password|secret|token|key|sig)[^=&\s]*)=[^&\s]*", r"\1=***", text)


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raise SettingsError for a key that is not a setting here; the message names the nearest known key."""
    known = list(known)
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(known)}."
            raise SettingsError(f"Unknown setting {key!r} in {where}: {hint}")
