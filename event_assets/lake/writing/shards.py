"""Shards of an archive hour in the lake: the rows of some of its files, counted, sorted and not yet deduplicated.

This module sorts a shard onto the local disk. `scratch_shards` writes a shard into the lake's scratch area, for other
machines. `write_hour` gathers the shards of an hour, whatever executor normalized them, and writes the hour.

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from event_assets.archive.manifest import Manifest
from event_assets.events.normalize import Normalized
from event_assets.lake.hour_note import FileNote
from event_assets.lake.parquet import Shape
from event_assets.lake.row_kinds import EVENTS, QUARANTINE
from event_assets.lake.writing.file_counts import Tally
from event_assets.lake.writing.merge_runs import MARKS_PER_RANGE
from event_assets.lake.writing.sorted_runs import Spool, Spooled


class ShardRows(Protocol):
    """A normalized shard, on the local disk or in the lake's scratch area."""

    @property
    def files(self) -> Mapping[str, FileNote]:
        """The note of each file of the shard, by key."""

    def open(self, folder: Path, shape: Shape) -> SortedShard:
        """Return the shard as sorted runs of this machine; `folder` is for files that have to be copied."""

    def remove(self) -> None:
        """Remove the files of the shard that outlive the process, once the hour is written."""


@dataclass(frozen=True)
class SortedShard:
    """The rows of some files of an hour as sorted runs, in memory or in local files."""

    files: Mapping[str, FileNote]
    events: Spooled
    quarantine: Spooled

    def open(self, folder: Path, shape: Shape) -> SortedShard:
        """Return the shard itself."""
        return self

    def remove(self) -> None:
        """Do nothing: the caller's folder holds the files."""


def sort_shard(
    manifest: Manifest, chunks: Iterable[Normalized], folder: Path, shape: Shape, *, on_disk: bool
) -> SortedShard:
    """Count the chunks of the manifest's files by file and sort their rows into runs in the folder.

    Vanished files have no chunks and are not part of the shard. Without `on_disk`, rows that fit in one run stay in
    memory, for the caller alone. Raises IncompleteHour when a file of the manifest has no end in the chunks.
    """
    tally = Tally()
    events, quarantine = open_spools(folder, shape)
    for chunk in chunks:
        tally.add(chunk)
        events.add(chunk.events)
        quarantine.add(chunk.quarantine)
    present = tuple(file for file in manifest.files if file.key not in manifest.vanished)
    notes = tally.close(replace(manifest, files=present, vanished=frozenset()))
    return SortedShard(notes, events.close(on_disk=on_disk), quarantine.close(on_disk=on_disk))


def open_spools(folder: Path, shape: Shape) -> tuple[Spool, Spool]:
    """Return empty spools for the events and the quarantine of a shard, in a folder that is created if missing."""
    folder.mkdir(exist_ok=True)
    mark_bytes = max(1, shape.range_bytes // MARKS_PER_RANGE)
    events, quarantine = (Spool(kind, folder / kind.name, shape.run_bytes, mark_bytes) for kind in (EVENTS, QUARANTINE))
    return events, quarantine
