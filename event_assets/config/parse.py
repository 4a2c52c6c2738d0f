"""Values of the configuration file, read one by one; what is wrong is told by what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

HOUR_FORMAT: Final = "%Y-%m-%dT%H"

_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class SettingsError(Exception):
    """The operator must change a flag, a variable or the configuration file; the message says which and to what."""


def parse_hour(text: str) -> datetime:
    """An archive hour from its text form, e.g. `2026-01-31T07` (UTC); raises `SettingsError`."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}", text):
            raise ValueError  # noqa: TRY301  strptime would also take one-digit parts
        return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"{text!r} is not an archive hour; write it like 2026-01-31T07 (UTC).") from None


def parse_duration(text: str) -> timedelta:
    """A length of time such as `90s`, `10m`, `2h` or `1d`; raises `SettingsError`."""
    match = re.fullmatch(r"(\d{1,6})\s*(s|m|min|h|d)", text.strip())
    if match is None:
        raise SettingsError(f"{text!r} is not a length of time; write it like '90s', '10m' or '2h'.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def redacted(text: str) -> str:
    """The text with every password or key inside a URL hidden, for messages and metadata."""
    text = re.sub(r"(://[^/@\s:]*):[^/@\s]*@", r"\1:***@", text)
    return re.sub(r"(?i)([?&;][^=&\s]*(?:password|secret|token|key|sig)[^=&\s]*)=[^&\s]*", r"\1=***", text)


def refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise SettingsError for a key that is no setting here, naming the nearest one that is."""
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(known)}."
            raise SettingsError(f"Unknown setting {key!r} in {where}: {hint}")


def read_text(table: Mapping[str, Any], key: str) -> str | None:
    """A text that is not blank, or None where the key is not there."""
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise SettingsError(f"{key} must be a text in quotes.")
    return value


def read_texts(table: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts, empty where the key is not there."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f'{key} must be a list of texts, like ["a", "b"].')
    return value


def read_table(table: Mapping[str, Any], key: str) -> Mapping[str, object]:
    """A table of options, empty where the key is not there."""
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key} must be a table of options for fsspec.")
    return value


def read_count(table: Mapping[str, Any], key: str, default: int) -> int:
    """A whole number of at least 1."""
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsError(f"{key} must be a whole number of at least 1.")
    return value


def read_hour(table: Mapping[str, Any], key: str) -> datetime | None:
    """An archive hour, written as text or as a date or time of TOML's own; None where the key is not there."""
    value = table.get(key)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is not None and not isinstance(value, str):
        raise SettingsError(f'{key} must be an archive hour such as "2026-01-31T07".')
    return None if value is None else parse_hour(value)
