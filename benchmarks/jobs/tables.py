"""Lake -> tables: every hour of a lake that is there merged into a new DuckDB file."""

from pathlib import Path

from benchmarks.jobs.place import settle
from event_assets.archive.listing import list_hours
from event_assets.hours import load_note
from event_assets.lake.read import read_note


def run(archive: Path, work: Path) -> int:
    """Events loaded; `work` has the lake that the job `lake` left there."""
    settings = settle(archive, work)
    source = settings.sources["default"]
    events = 0
    for hour in list_hours(source, start=None, end=None).hours:
        note = read_note(settings.lake, source.name, hour)
        assert note is not None, "run the job `lake` first"
        events += load_note(settings, source, note).counts["events"]
    return events
