"""Files that have vanished from the archive's listing: the lake carries their rows over (contract §8).

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.events.masking.frames import mask_events, mask_lines
from event_assets.events.masking.rules import NO_MASKING, Masking
from event_assets.lake.erasure.leave_out import find_erased, find_erased_lines
from event_assets.lake.erasure.suppression import NOBODY, Suppression
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import FileNote, HourNote
from event_assets.lake.packs import Extent, find_extents
from event_assets.lake.parquet import Shape
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.read import read_groups
from event_assets.lake.store import Lake
from event_assets.lake.writing.shards import SortedShard, open_spools


def carry_shard(
    lake: Lake,
    manifest: Manifest,
    previous: HourNote | None,
    folder: Path,
    shape: Shape,
    suppression: Suppression = NOBODY,
    masking: Masking = NO_MASKING,
) -> SortedShard | None:
    """Return the rows of the manifest's vanished files as a shard read from the lake, or None where none vanished.

    Erased persons are left out, and what `masking` reaches is masked. Raises LakeError when the lake does not hold one
    of the files.
    """
    notes = carry_notes(manifest, previous)
    if previous is None or not notes:
        return None
    events, quarantine = open_spools(folder, shape)
    erased = ErasedRows(suppression, previous.archive_hour)
    for frame in carry_rows(lake, find_extents(lake, previous, "events"), "_file", notes.keys()):
        events.add(mask_events(erased.drop_events(frame), masking))
    for frame in carry_rows(lake, find_extents(lake, previous, "quarantine"), "file", notes.keys()):
        quarantine.add(mask_lines(erased.drop_lines(frame), masking))
    counted = {key: erased.count(note) for key, note in notes.items()}
    return SortedShard(counted, events.close(on_disk=True), quarantine.close(on_disk=True))


@dataclass
class ErasedRows:
    """The rows of erased persons that are left out of rows of the lake, counted by file."""

    suppression: Suppression
    archive_hour: datetime
    _late: Counter[str] = field(default_factory=Counter)
    _events: Counter[str] = field(default_factory=Counter)
    _reasons: dict[str, Counter[str]] = field(default_factory=dict)

    def drop_events(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the events of others."""
        if not self.suppression:
            return frame
        erased = find_erased(frame, self.suppression)
        self._events.update(frame.filter(erased)["_file"])
        self._late.update(frame.filter(erased, pl.col("timestamp") < self.archive_hour)["_file"])
        return frame.filter(~erased)

    def drop_lines(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the quarantined lines of others."""
        if not self.suppression:
            return frame
        erased = find_erased_lines(frame, self.suppression)
        for file, reason in frame.filter(erased).select("file", "reason").iter_rows():
            self._reasons.setdefault(file, Counter())[reason] += 1
        return frame.filter(~erased)

    def count(self, note: FileNote) -> FileNote:
        """Return the note of a file without the rows that were left out of it."""
        reasons = self._reasons.get(note.file, Counter())
        events = self._events[note.file]
        if not events and not reasons:
            return note
        left = Counter(note.quarantined_by_reason)
        left.subtract(reasons)
        return replace(
            note,
            events=note.events - events,
            quarantined=note.quarantined - reasons.total(),
            late=note.late - self._late[note.file],
            erased=note.erased + events + reasons.total(),
            quarantined_by_reason={reason: number for reason, number in sorted(left.items()) if number > 0},
        )


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
