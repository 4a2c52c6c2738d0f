"""What past loads of a source took: events, time and room by the compressed bytes of their files.

Covered by tests/pipeline/plan/test_plan.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from event_assets.config.settings import Settings
from event_assets.lake.paths import note_path
from event_assets.lake.reading.read import read_note
from event_assets.lake.store import Lake
from event_assets.pipeline.plan.estimates import Estimate, estimate_ratio
from loaders.connection.session import Session
from loaders.queries.loads import Load, newest_loads
from loaders.queries.volume import stored_bytes

HOURS: Final = 720
"""Loaded archive hours that count, the newest: a month."""
_NOTES: Final = 24
"""Hours whose files of the lake are measured, the newest."""
_SAME_RUN: Final = timedelta(minutes=1)
"""Hours of the lake that were written within this time of one another were read one after the other."""
_UNCERTAIN: Final = 0.5
"""How far a database may differ from its rows by the mean, up and down: free blocks, indexes, other columns."""


@dataclass(frozen=True)
class PastLoads:
    """Ratios of the newest loaded hours; None where nothing was measured."""

    hours: tuple[datetime, ...] = ()
    events: Estimate | None = None
    """Events per byte."""
    merging: Estimate | None = None
    """Seconds per byte from the lake to the warehouse."""
    reading: Estimate | None = None
    """Seconds per byte from the archive to the lake."""
    lake: Estimate | None = None
    """Bytes of the lake per event."""
    warehouse: Estimate | None = None
    """Bytes of the warehouse per event."""


def read_past_loads(settings: Settings, session: Session, source: str) -> PastLoads:
    """Return the ratios of a source's newest loads that the ledger has; those of the lake are `measure_lake`'s."""
    loads = newest_loads(session, source)[-HOURS:]
    return PastLoads(
        hours=tuple(load.archive_hour for load in loads),
        events=estimate_ratio((load.counts["events"], load.counts["bytes"]) for load in loads),
        merging=estimate_ratio(_seconds_by_load(loads)),
        warehouse=_measure_warehouse(settings, session),
    )


def measure_lake(lake: Lake, source: str, past: PastLoads) -> PastLoads:
    """Add what the newest hours took in the lake: room, and the time in which they were written."""
    notes = [note for hour in sorted(past.hours)[-_NOTES:] if (note := read_note(lake, source, hour)) is not None]
    sizes, written = [], []
    for note in notes:
        path = note_path(source, note.archive_hour)
        with suppress(FileNotFoundError):  # it was removed meanwhile, or packed with others of its day
            written.append((lake.modified(path), note.counts.bytes))
            size = sum(lake.size(each) for each in (path, *note.parquet, *note.quarantine))
            sizes.append((size, note.counts.events))
    return replace(past, lake=estimate_ratio(sizes), reading=estimate_ratio(_seconds_by_hour(sorted(written))))


def _seconds_by_load(loads: Iterable[Load]) -> list[tuple[float, float]]:
    """Return the seconds of every load with the bytes of the hours that shared it."""
    sizes: dict[tuple[datetime, datetime], int] = {}
    for load in loads:
        times = load.started_at, load.finished_at
        sizes[times] = sizes.get(times, 0) + load.counts["bytes"]
    return [((end - start).total_seconds(), size) for (start, end), size in sizes.items()]


def _seconds_by_hour(written: Sequence[tuple[datetime, int]]) -> Iterator[tuple[float, float]]:
    """Yield the seconds from one hour that was written to the next, with the bytes of the next."""
    for (before, _), (after, size) in pairwise(written):
        if after - before <= _SAME_RUN:
            yield (after - before).total_seconds(), size


def _measure_warehouse(settings: Settings, session: Session) -> Estimate | None:
    """Return bytes per event: one size for all sources, so that the range is a convention."""
    schemas = {name for source in settings.sources.values() for name in (source.schema, source.rollups_schema)}
    events = sum(load.counts["events"] for source in settings.sources for load in newest_loads(session, source))
    mean = stored_bytes(session, sorted(schemas)) / events if events else 0
    return Estimate(mean * (1 - _UNCERTAIN), mean, mean * (1 + _UNCERTAIN)) if mean else None
