"""Archive -> lake: every hour read, checked, deduplicated and written as Parquet."""

from pathlib import Path

from benchmarks.jobs.place import settle
from event_assets.archive.listing import list_hours
from event_assets.hours import normalize_hour


def run(archive: Path, work: Path) -> int:
    """Events in the lake."""
    settings = settle(archive, work)
    listing = list_hours(settings.sources["default"], start=None, end=None)
    done = (normalize_hour(settings, listing.source, manifest) for manifest in listing.hours.values())
    return sum(hour.note.counts.events for hour in done)
