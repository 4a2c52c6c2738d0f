"""Hours for tests: lines into chunks cut at will, through the real events room into a real lake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.chunk import Block, Chunk, FileEnd
from event_assets.events.normalize import Normalized, normalize
from event_assets.lake.hour_note import HourNote
from event_assets.lake.parquet import Shape
from event_assets.lake.store import Lake
from event_assets.lake.writing.write_hour import write_hour

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
SOURCE = ArchiveSource("archive")
TINY = Shape(run_bytes=2_000, range_bytes=64 * 400, group_bytes=3_000, hashes_at_once=3, groups_per_file=2)
"""So small that a few events make many runs, ranges, buckets of ids, row groups and files."""

Files = Mapping[str, Sequence[bytes]]


def line(message_id: str, **changes: object) -> bytes:
    """A line of the archive: a track of the hour, received on its first second; members changed at will."""
    event = {
        "type": "track",
        "event": "Order Completed",
        "messageId": message_id,
        "userId": "u-1",
        "receivedAt": "2026-01-31T07:00:01Z",
        "timestamp": "2026-01-31T07:00:00Z",
        "context": {"library": {"name": "js", "version": "1.0"}},
        "properties": {"price": 1},
    }
    return json.dumps({name: value for name, value in (event | changes).items() if value is not None}).encode()


def cut(
    files: Files, *, at_once: int = 1000, bad: Mapping[str, str] | None = None, order: Sequence[str] = ()
) -> Iterator[Chunk]:
    """The files as chunks of at most so many lines, each file's end after its last line."""
    waiting: Chunk = []
    held = 0
    for file in order or sorted(files):
        lines = files[file]
        offsets = [sum(len(value) + 1 for value in lines[:number]) for number in range(len(lines))]
        for start in range(0, len(lines), at_once):
            if held >= at_once:
                yield waiting
                waiting, held = [], 0
            stop = min(start + at_once, len(lines))
            waiting.append(Block(file, list(lines[start:stop]), range(start + 1, stop + 1), offsets[start:stop]))
            held += stop - start
        waiting.append(FileEnd(file, 10, len(lines), (bad or {}).get(file)))
    yield waiting


def manifest_of(files: Files, *, vanished: frozenset[str] = frozenset(), etag: str = "e1") -> Manifest:
    """The manifest of these files and of the vanished ones."""
    keys = sorted({*files, *vanished})
    return Manifest("default", HOUR, tuple(ArchiveFile(key, 10, etag) for key in keys), ignored=1, vanished=vanished)


def normalized(files: Files, **how: object) -> Iterator[Normalized]:
    """The files' chunks as rows."""
    return (normalize(chunk, hour=HOUR) for chunk in cut(files, **how))  # type: ignore[arg-type]  # cut's own keywords


def write(
    lake: Lake,
    files: Files,
    *,
    vanished: frozenset[str] = frozenset(),
    shape: Shape = TINY,
    previous: HourNote | None = None,
    etag: str = "e1",
    source: ArchiveSource = SOURCE,
    **how: object,
) -> HourNote:
    """The files as an hour of the lake."""
    manifest = manifest_of(files, vanished=vanished, etag=etag)
    return write_hour(lake, source, manifest, normalized(files, **how), previous=previous, shape=shape)


def lake_at(folder: Path) -> Lake:
    """A lake in a folder that need not be there yet."""
    return Lake(str(folder / "lake"))


def stored(lake: Lake, note: HourNote) -> dict[str, bytes]:
    """The bytes of every file the note names, by its name."""
    return {path: Path(lake.locate(path)).read_bytes() for path in (*note.parquet, *note.quarantine)}


def ids(frame: pl.DataFrame) -> list[str]:
    """The ids of some rows, sorted."""
    return sorted(frame["id"])
