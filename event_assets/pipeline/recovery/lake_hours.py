"""Hours of the lake whose files have left the archive: a lost warehouse is built again from them.

Covered by tests/pipeline/recovery/test_lost_warehouse.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished
from event_assets.config.settings import Settings
from event_assets.discovery.pending import HourState
from event_assets.discovery.survey import Survey
from event_assets.lake.hour_note import FileNote
from event_assets.lake.reading.read import list_hours, read_note


def find_lake_hours(
    settings: Settings, survey: Survey, *, start: datetime | None, end: datetime | None
) -> list[HourState]:
    """Return the hours from `start` to `end`, both inclusive, that the lake has and the survey does not, in order."""
    known = {state.archive_hour.astimezone(UTC) for state in survey.states}
    name = survey.source.name
    hours = [hour for hour in list_hours(settings.lake, name, start=start, end=end) if hour not in known]
    notes = [note for hour in hours if (note := read_note(settings.lake, name, hour)) is not None]
    return [HourState(_vanished_hour(name, note.archive_hour, note.files), loaded=None) for note in notes]


def _vanished_hour(name: str, hour: datetime, files: Iterable[FileNote]) -> Manifest:
    known = [ArchiveFile(file.file, file.bytes, file.etag) for file in files]
    return carry_vanished(Manifest(name, hour.astimezone(UTC), ()), known)
