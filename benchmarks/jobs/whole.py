"""Archive -> tables: what `tideline load` does, hour by hour, into a new lake and a new DuckDB file."""

from pathlib import Path

from benchmarks.jobs.place import settle
from event_assets.archive.listing import list_hours
from event_assets.hours import load_note, normalize_hour


def run(archive: Path, work: Path) -> int:
    """Events loaded."""
    settings = settle(archive, work)
    source = settings.sources["default"]
    events = 0
    for manifest in list_hours(source, start=None, end=None).hours.values():
        note = normalize_hour(settings, source, manifest).note
        events += load_note(settings, source, note).counts["events"]
    return events
