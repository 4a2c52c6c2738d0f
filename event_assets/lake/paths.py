"""Paths of a lake's notes and hour folders (contract §8).

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from event_assets.lake.errors import LakeError

HOUR_FORMAT: Final = "%Y-%m-%dT%H"


def format_hour(hour: datetime) -> str:
    """Return the archive hour as text, `2026-01-31T07`."""
    return hour.astimezone(UTC).strftime(HOUR_FORMAT)


def parse_hour(text: str) -> datetime:
    """Return the archive hour of a text such as `2026-01-31T07`. Raises ValueError."""
    return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)


def note_path(source_name: str, hour: datetime) -> str:
    """Return the path of an hour's note, below the lake."""
    return f"{checked_name(source_name)}/hours/{format_hour(hour)}.json"


def hour_folder(source_name: str, kind: str, hour: datetime) -> str:
    """Return the folder of an hour's files, below the lake; `kind` is events or quarantine."""
    utc = hour.astimezone(UTC)
    return f"{checked_name(source_name)}/{kind}/archive_date={utc:%Y-%m-%d}/archive_hour={utc:%H}"


def checked_name(source_name: str) -> str:
    """Return the source's name, if it can be one folder. Raises LakeError."""
    if not source_name or source_name.startswith(".") or "/" in source_name or "\\" in source_name:
        message = f"source {source_name!r} cannot be a folder of the lake: use letters, digits, _ and -"
        raise LakeError(message)
    return source_name
