"""Lake -> tables: every hour of a lake that is there merged into a new DuckDB file."""

from collections import Counter
from pathlib import Path

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.place import settle
from benchmarks.jobs.rows import count_rows
from event_assets.archive.listing.list_hours import list_hours
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.hour import load_note


def run(archive: Path, work: Path) -> Done:
    """Lines of what was loaded; `work` has the lake that the job `lake` left there."""
    settings = settle(archive, work)
    source = settings.sources["default"]
    events, seconds = 0, Counter[str]()
    for hour in list_hours(source, start=None, end=None).hours:
        note = read_note(settings.lake, source.name, hour)
        assert note is not None, "run the job `lake` first"
        result = load_note(settings, source, note)
        events += result.counts["lines"]
        seconds.update(result.seconds)
    file = work / "warehouse.duckdb"
    return Done(events, count_rows(file), size_of(file), dict(seconds))
