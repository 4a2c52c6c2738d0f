"""Archive -> tables with five rules of masking, one of which has a value in every event."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.place import settle
from benchmarks.jobs.rows import count_rows
from benchmarks.jobs.whole import load_all
from event_assets.events.masking.rules import Masking, MaskingKey, MaskRule

RULES: Final = (
    MaskRule("context.ip", "truncate"),
    MaskRule("traits.email", "hash"),
    MaskRule("properties.email", "hash"),
    MaskRule("traits.*phone*", "last4"),
    MaskRule("userId", "hash"),
)


def run(archive: Path, work: Path) -> Done:
    """Lines of what was loaded."""
    settings = settle(archive, work)
    masking = Masking(RULES, MaskingKey("the key of a benchmark, no secret"))
    masked = {name: replace(source, masking=masking) for name, source in settings.sources.items()}
    events, seconds = load_all(replace(settings, sources=masked))
    file = work / "warehouse.duckdb"
    return Done(events, count_rows(file), size_of(file), seconds)
