"""Tombstones: the records of hours that retention has removed from the lake (ADR 0013).

Covered by tests/pipeline/test_lake_maintenance.py.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import checked_name, format_hour, note_path
from event_assets.lake.store import Lake


def retire_hour(lake: Lake, note: HourNote, *, now: datetime) -> None:
    """Remove an hour from the lake: write its tombstone, then remove its note. Its files are removed a day later.

    In this order, so that an hour with neither was never in the lake.
    """
    tombstone = {
        "archive_hour": note.archive_hour,
        "manifest_hash": note.manifest_hash,
        "rows": note.counts.distinct,
        "retired_at": now.astimezone(UTC),
    }
    lake.publish_bytes(msgspec.json.encode(tombstone), tombstone_path(note.source, note.archive_hour))
    lake.remove(note_path(note.source, note.archive_hour))


def is_retired(lake: Lake, source_name: str, hour: datetime) -> bool:
    """Return whether retention has removed the hour, and it was not written again since."""
    return lake.read_bytes(note_path(source_name, hour)) is None and lake.exists(tombstone_path(source_name, hour))


def tombstone_path(source_name: str, hour: datetime) -> str:
    """Return the path of an hour's tombstone, below the lake."""
    return f"{checked_name(source_name)}/retired/{format_hour(hour)}.json"
