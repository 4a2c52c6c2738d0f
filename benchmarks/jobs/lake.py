"""Archive -> lake: every hour read, checked, deduplicated and written as Parquet."""

from pathlib import Path

from benchmarks.jobs.place import settle
from event_assets.archive.listing import list_hours
from event_assets.hours import normalize_hour


def run(archive: Path, work: Path) -> int:
    """Events in the lake."""
    settings = settle(archive, work)
    source = settings.sources["default"]
    hours = list_hours(source, start=None, end=None).hours
    return sum(normalize_hour(settings, source, manifest).note.counts.events for manifest in hours.values())
