"""Files that have vanished from the archive's listing: the lake carries their rows over (contract §8).

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from pathlib import Path

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import FileNote, HourNote
from event_assets.lake.packs import Extent, find_extents
from event_assets.lake.parquet import Shape
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.read import read_groups
from event_assets.lake.store import Lake
from event_assets.lake.writing.shards import SortedShard, open_spools


def carry_shard(
    lake: Lake, manifest: Manifest, previous: HourNote | None, folder: Path, shape: Shape
) -> SortedShard | None:
    """Return the rows of the manifest's vanished files as a shard read from the lake, or None where none vanished.

    Raises LakeError when the lake does not hold one of them.
    """
    notes = carry_notes(manifest, previous)
    if previous is None or not notes:
        return None
    events, quarantine = open_spools(folder, shape)
    for frame in carry_rows(lake, find_extents(lake, previous, "events"), "_file", notes.keys()):
        events.add(frame)
    for frame in carry_rows(lake, find_extents(lake, previous, "quarantine"), "file", notes.keys()):
        quarantine.add(frame)
    return SortedShard(notes, events.close(on_disk=True), quarantine.close(on_disk=True))


def carry_notes(manifest: Manifest, previous: HourNote | None) -> dict[str, FileNote]:
    """Return the previous notes of the vanished files, by key. Raises LakeError when one has none."""
    known = {note.file: note for note in previous.files} if previous else {}
    unknown = sorted(manifest.vanished - known.keys())
    if unknown:
        message = (
            f"file {unknown[0]!r} of {format_hour(manifest.archive_hour)} is missing from the archive and the lake"
            " holds nothing of it: put it back, or accept the loss with --accept-removals"
        )
        raise LakeError(message)
    return {key: replace(known[key], vanished=True) for key in sorted(manifest.vanished)}


def carry_rows(lake: Lake, extents: Iterable[Extent], column: str, files: Set[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of these files in the lake's previous Parquet by row group; `column` names a row's file."""
    for frame in read_groups(lake, extents):
        yield frame.filter(pl.col(column).is_in(list(files)))
