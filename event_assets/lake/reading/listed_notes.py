"""The notes of all hours of a source, read again only where they were replaced since.

Covered by tests/lake/reading/test_listed_notes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import checked_name, parse_hour
from event_assets.lake.reading.read import read_note
from event_assets.lake.store import Lake


@dataclass(frozen=True)
class ListedNotes:
    """The notes of a source by archive hour, in order, and what the listing of their files had before."""

    notes: Mapping[datetime, HourNote] = field(default_factory=dict)
    _stamps: Mapping[datetime, object] = field(default_factory=dict)

    def read_again(self, lake: Lake, source_name: str) -> ListedNotes:
        """Return the notes as they are now. Raises DamagedHour for a note that was replaced and is damaged."""
        stamps = {
            parse_hour(PurePosixPath(path).stem).astimezone(UTC): stamp
            for path, stamp in sorted(lake.stamp_files(f"{checked_name(source_name)}/hours").items())
            if path.endswith(".json") and not PurePosixPath(path).name.startswith(".")
        }
        notes = {}
        for hour, stamp in stamps.items():
            known = self.notes.get(hour) if self._stamps.get(hour) == stamp else None
            note = known or read_note(lake, source_name, hour)
            if note is not None:
                notes[hour] = note
        return ListedNotes(notes, stamps)
