"""Archive -> tables: what `tideline load` does, into a new lake and a new DuckDB file, without rollups."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.place import settle
from benchmarks.jobs.rows import count_rows
from event_assets.config.settings import Settings
from event_assets.pipeline.load import Choice, Plan, load_plans, plan_sources


def run(archive: Path, work: Path) -> Done:
    """Lines of what was loaded."""
    events, seconds = load_all(settle(archive, work))
    file = work / "warehouse.duckdb"
    return Done(events, count_rows(file), size_of(file), seconds)


def load_all(settings: Settings) -> tuple[int, dict[str, float]]:
    """Load every pending hour; lines, and the seconds of both halves. An hour that fails ends the job."""
    seconds: dict[str, float] = {}

    def reported(plan: Plan, step: str, counts: Mapping[str, object]) -> None:
        half = "archive -> lake" if step == "events" else "lake -> tables"
        seconds[half] = seconds.get(half, 0.0) + float(str(counts["seconds"]))

    choice, events = Choice(), 0
    for outcome in load_plans(settings, plan_sources(settings, choice).plans, choice, reported):
        assert outcome.state == "loaded", outcome.error
        events += outcome.counts["lines"]
    return events, seconds
