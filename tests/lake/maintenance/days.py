"""A day of small hours for tests, and the results of reading its lake."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.events.normalize import normalize
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.compact import Compacted, compact_day
from event_assets.lake.reading.read import count_rows, list_notes, lookup, read_quarantine, scan_hour
from event_assets.lake.store import Lake
from event_assets.lake.writing.write_hour import write_hour
from tests.lake.build import SOURCE, TINY, Files, cut, line

DAY = date(2026, 1, 31)
LATER = datetime(2026, 2, 3, tzinfo=UTC)
"""A moment of a later day than any of these hours."""


def hour_of(number: int) -> datetime:
    """An hour of the day."""
    return datetime(2026, 1, 31, number, tzinfo=UTC)


def files_of_hour(number: int) -> Files:
    """Events of several names, some lines that are none, and ids that other hours have too; hour 1 has most of them."""
    events = 90 if number == 1 else 30
    good = [line(f"m{number}-{n}", event=f"E{n % 3}") for n in range(events)]
    return {"a.gz": [*good, b"{"], "b.gz": [line("shared"), line(f"m{number}-0"), b"[]"]}


def write_one(
    lake: Lake, number: int, files: Files | None = None, *, vanished: frozenset[str] = frozenset(), etag: str = "e1"
) -> HourNote:
    """One hour of the day."""
    found = files_of_hour(number) if files is None else files
    keys = sorted({*found, *vanished})
    listed = tuple(ArchiveFile(key, 10, etag) for key in keys)
    manifest = Manifest("default", hour_of(number), listed, ignored=0, vanished=vanished)
    chunks = (normalize(chunk, hour=hour_of(number)) for chunk in cut(found))
    return write_hour(lake, SOURCE, manifest, chunks, shape=TINY)


def write_day(lake: Lake, numbers: Sequence[int] = range(6)) -> list[HourNote]:
    """Some hours of the day."""
    return [write_one(lake, number) for number in numbers]


@dataclass(frozen=True)
class BusyLake(Lake):
    """A lake that runs a callback before it publishes a Parquet file."""

    meanwhile: Callable[[], object] = lambda: None

    @contextmanager
    def draft_file(self, path: str) -> Iterator[Path]:
        """The same, after that."""
        with super().draft_file(path) as draft:
            yield draft
            if path.endswith(".parquet"):
                self.meanwhile()


def compact(lake: Lake, *, now: datetime | None = None, **how: object) -> Compacted | None:
    """Compact the day."""
    return compact_day(lake, "default", DAY, now=now or datetime.now(UTC), **how)  # type: ignore[arg-type]  # its keywords


def answers(lake: Lake) -> Mapping[str, list[object]]:
    """All that readers get of every hour: its rows in order, some ids, its quarantine, its counts."""
    keys = pl.DataFrame({"type": ["track"] * 3, "id": ["shared", "m1-0", "m2-4"]})
    return {
        f"{note.archive_hour:%H}": [
            scan_hour(lake, note).collect().rows(),
            scan_hour(lake, note).filter(pl.col("event") == "E1").select("id", "_line").collect().rows(),
            lookup(lake, note, keys).rows(),
            read_quarantine(lake, note, None).rows(),
            read_quarantine(lake, note, 1).rows(),
            count_rows(lake, note),
        ]
        for note in list_notes(lake, "default")
    }


def files_in(lake: Lake, below: str = "default") -> set[str]:
    """The Parquet files of a local lake, by their paths."""
    root = Path(lake.url)
    return {str(path.relative_to(root)) for path in (root / below).rglob("*.parquet")}


def age_all(lake: Lake, *, days: float) -> None:
    """Have every file of a local lake look so many days older."""
    for path in Path(lake.url).rglob("*"):
        if path.is_file():
            then = path.stat().st_mtime - timedelta(days=days).total_seconds()
            os.utime(path, (then, then))
