"""Archive -> lake: every hour read, checked, deduplicated and written as Parquet."""

from pathlib import Path

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.place import settle
from benchmarks.jobs.stages import clock_steps, read_steps
from event_assets.archive.listing.list_hours import list_hours
from event_assets.pipeline.hour import normalize_hour


def run(archive: Path, work: Path) -> Done:
    """Every hour's lines and distinct ids; the lake stays below `work`."""
    seconds = clock_steps()
    settings = settle(archive, work)
    listing = list_hours(settings.sources["default"], start=None, end=None)
    source = listing.source
    counts = [normalize_hour(settings, source, manifest).note.counts for manifest in listing.hours.values()]
    return Done(
        events=sum(count.lines for count in counts),
        distinct=sum(count.distinct for count in counts),
        written=size_of(work / "lake" / source.name / "events"),
        stages=read_steps(seconds),
    )
