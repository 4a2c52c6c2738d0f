"""Hours that retention has taken out of the lake: what is left of each says so (ADR 0013)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import checked_name, format_hour, note_path
from event_assets.lake.store import Lake


def retire_hour(lake: Lake, note: HourNote, *, now: datetime) -> None:
    """Take an hour out of the lake: say so, then remove its note. Its files go after their day of grace.

    In this order, so that an hour without a note and without a word was never there.
    """
    said = {
        "archive_hour": note.archive_hour,
        "manifest_hash": note.manifest_hash,
        "rows": note.counts.distinct,
        "retired_at": now.astimezone(UTC),
    }
    lake.publish_bytes(msgspec.json.encode(said), tombstone_path(note.source, note.archive_hour))
    lake.remove(note_path(note.source, note.archive_hour))


def is_retired(lake: Lake, source_name: str, hour: datetime) -> bool:
    """Whether retention has taken the hour out; one that was written again since is in the lake like any other."""
    return lake.read_bytes(note_path(source_name, hour)) is None and lake.exists(tombstone_path(source_name, hour))


def tombstone_path(source_name: str, hour: datetime) -> str:
    """What says that an hour was taken out, below the lake."""
    return f"{checked_name(source_name)}/retired/{format_hour(hour)}.json"
