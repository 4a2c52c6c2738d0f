"""The columns that every event table has from the start, and the home tables (contract §5).

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from typing import Final, Literal

LogicalType = Literal["boolean", "int", "float", "string", "datetime", "date", "json"]
Columns = dict[str, LogicalType]

HOME_TABLES: Final[dict[str, str]] = {
    "track": "tracks",
    "identify": "identifies",
    "page": "pages",
    "screen": "screens",
    "group": "groups",
    "alias": "aliases",
}
"""Event type -> the table that has a row for every event of that type."""

HOME_TYPES: Final[dict[str, str]] = {table: event_type for event_type, table in HOME_TABLES.items()}
"""Home table -> the type of its events."""

TAKEN_TABLES: Final[frozenset[str]] = frozenset({*HOME_TABLES.values(), "users", "accounts"})
"""Names that an event table may not have: it gets a leading ``_``."""

PERSON_COLUMNS: Final = ("user_id", "anonymous_id", "previous_id")
"""Columns that name a person."""

# `timestamp` is the first of the clocks: BI tools propose the first column with a time as the time of a table.
_COMMON: Final[Columns] = {
    "id": "string",
    "anonymous_id": "string",
    "user_id": "string",
    "timestamp": "datetime",
    "sent_at": "datetime",
    "received_at": "datetime",
    "original_timestamp": "datetime",
    "channel": "string",
    "context_ip": "string",
    "context_request_ip": "string",
    "context_passed_ip": "string",
}

_BY_TYPE: Final[dict[str, Columns]] = {
    "track": {"event": "string", "event_text": "string"},
    "identify": {},
    "page": {"name": "string"},
    "screen": {"name": "string"},
    "group": {"group_id": "string"},
    "alias": {"previous_id": "string"},
}

OURS: Final[Columns] = {
    "event_date": "date",
    "uuid_ts": "datetime",
    "_archive_hour": "datetime",
    "_fingerprint": "int",
    "_rescued": "json",
}
"""Columns that Tideline adds to every event table, after all others."""

USER_STANDARD: Final[Columns] = {
    "id": "string",
    "timestamp": "datetime",
    "received_at": "datetime",
    "sent_at": "datetime",
    "original_timestamp": "datetime",
    "context_ip": "string",
    "context_request_ip": "string",
    "context_passed_ip": "string",
    "uuid_ts": "datetime",
}
"""Columns of ``users`` that are not a trait or context column of ``identifies``."""


def event_type_of(table: str) -> str:
    """Return the type of the events of an event table: only tracks have tables of their own."""
    return HOME_TYPES.get(table, "track")


def standard_columns(event_type: str) -> Columns:
    """Return the standard columns of every table for events of this type, in order (contract §5)."""
    return _COMMON | _BY_TYPE[event_type]


def fixed_columns(event_type: str) -> frozenset[str]:
    """Return the names that no property, trait or context value may have: standard columns and ours."""
    return frozenset(standard_columns(event_type)) | frozenset(OURS)
