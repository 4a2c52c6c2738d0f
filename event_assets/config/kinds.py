"""Kinds of values that settings have: how a value is read from TOML, written as TOML, and described by JSON Schema.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from event_assets.config.parse import (
    HOUR_FORMAT,
    SettingsError,
    format_duration,
    parse_duration,
    parse_hour,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """The values that a setting accepts."""

    label: str
    """The name of the kind in the reference."""
    read: Callable[[str, Any], T]
    """Return the value that TOML has for a key; raise SettingsError, with the key, for a value that is not accepted."""
    schema: Mapping[str, object] | Callable[[], Mapping[str, object]]
    """The JSON Schema of the values in TOML, where dates are texts; a function if it is not needed to read a value."""
    write: Callable[[T], object] = lambda value: value
    """Return the value as TOML has it."""

    def json_schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return dict(self.schema() if callable(self.schema) else self.schema)


def _read_text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{key} must be a text in quotes.")
    return value


def _read_texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f'{key} must be a list of texts, like ["a", "b"].')
    return tuple(value)


def _read_text_or_texts(key: str, value: object) -> str | tuple[str, ...]:
    if not isinstance(value, list):
        return _read_text(key, value)
    if not value or not all(isinstance(item, str) and item.strip() for item in value):
        raise SettingsError(f'{key} must be a text in quotes, or a list of some: ["a", "b"].')
    return tuple(value)


def _read_switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{key} must be true or false, without quotes.")
    return value


def _read_count(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsError(f"{key} must be a whole number of at least 1.")
    return value


def _read_options(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key} must be a table of options for fsspec.")
    return value


def _read_duration(key: str, value: object) -> timedelta:
    try:
        return parse_duration(_read_text(key, value))
    except SettingsError as error:
        raise _about(key, error) from None


def _read_hour(key: str, value: object) -> datetime:
    """Return an archive hour, written as a text or as a date or time of TOML's own."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if not isinstance(value, str):
        raise SettingsError(f'{key} must be an archive hour such as "2026-01-31T07".')
    try:
        return parse_hour(value)
    except SettingsError as error:
        raise _about(key, error) from None


def _about(key: str, error: SettingsError) -> SettingsError:
    """Return the error with the key in its message, once."""
    message = str(error)
    return error if message.startswith(key) else SettingsError(f"{key}: {message}")


def choice(*values: str) -> Kind[str]:
    """Return the kind of a setting that is one of a few texts."""

    def read(key: str, value: object) -> str:
        if (text := _read_text(key, value)) not in values:
            raise SettingsError(f"{key} is {text!r}; use one of {', '.join(values)}.")
        return text

    return Kind("text", read, {"enum": list(values)})


def at_least(least: int, complaint: str) -> Kind[int]:
    """Return the kind of a whole number; the complaint about a smaller one has `{key}` and `{value}` in it."""

    def read(key: str, value: object) -> int:
        if (count := _read_count(key, value)) < least:
            raise SettingsError(complaint.format(key=key, value=count))
        return count

    return Kind(f"whole number, at least {least}", read, {"type": "integer", "minimum": least})


def suggesting(names: Callable[[], Sequence[str]]) -> Kind[str | tuple[str, ...]]:
    """Return the kind of a text, or a list of some, for which editors suggest names, and others are accepted."""

    def schema() -> Mapping[str, object]:
        text = {"anyOf": [{"enum": list(names())}, {"type": "string", "pattern": r"\S"}]}
        return {"anyOf": [*text["anyOf"], {"type": "array", "items": text, "minItems": 1}]}

    return Kind(
        "text or list of texts",
        _read_text_or_texts,
        schema,
        lambda value: list(value) if isinstance(value, tuple) else value,
    )


TEXT: Final = Kind("text", _read_text, {"type": "string", "pattern": r"\S"})
PATH: Final = Kind("path", lambda key, value: Path(_read_text(key, value)), TEXT.schema, str)
TEXTS: Final = Kind("list of texts", _read_texts, {"type": "array", "items": {"type": "string"}}, list)
SWITCH: Final = Kind("`true` or `false`", _read_switch, {"type": "boolean"})
COUNT: Final = Kind("whole number, at least 1", _read_count, {"type": "integer", "minimum": 1})
OPTIONS: Final = Kind("table", _read_options, {"type": "object", "additionalProperties": True}, dict)
DURATION: Final = Kind(
    "duration",
    _read_duration,
    {"type": "string", "pattern": r"^\s*\d{1,6}\s*(s|m|min|h|d)\s*$"},
    format_duration,
)
_DATE: Final = r"\d{4}-\d{2}-\d{2}"
_DATES: Final = {
    "date-time": rf"^{_DATE}[Tt ]\d{{2}}.*$",
    "date-time-local": rf"^{_DATE}[Tt ]\d{{2}}.*$",
    "date": rf"^{_DATE}$",
}
"""The forms of TOML's own dates by their formats; editors that know the formats do not accept such texts."""

HOUR: Final = Kind(
    "archive hour",
    _read_hour,
    {
        "anyOf": [
            {"type": "string", "pattern": rf"^{_DATE}T\d{{2}}$"},
            *({"type": "string", "format": name, "pattern": pattern} for name, pattern in _DATES.items()),
        ]
    },
    lambda hour: f"{hour:{HOUR_FORMAT}}",
)
