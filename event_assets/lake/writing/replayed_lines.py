"""An hour of the lake written again from its own rows, with quarantined lines that are read again (contract §13).

Covered by tests/pipeline/quarantine/test_replay.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import polars as pl

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.masking.frames import mask_chunk, mask_events, mask_lines
from event_assets.events.normalize import Normalized
from event_assets.lake.config_hash import hash_config
from event_assets.lake.erasure.leave_out import leave_out
from event_assets.lake.erasure.suppression import Suppression
from event_assets.lake.hour_note import FileNote, HourNote
from event_assets.lake.packs import find_extents
from event_assets.lake.parquet import Shape
from event_assets.lake.reading.read import read_groups
from event_assets.lake.row_kinds import EVENTS, QUARANTINE
from event_assets.lake.store import Lake
from event_assets.lake.writing.file_counts import FileTally, Tally
from event_assets.lake.writing.shards import open_spools
from event_assets.lake.writing.sorted_runs import open_runs
from event_assets.lake.writing.write_hour import Gathered, swap_hour, write_rows


@dataclass(frozen=True)
class ReadAgain:
    """Quarantined lines after they were read again.

    `left` were not read, `tried` counts the others by file and reason, and `found` is what they are now.
    """

    left: pl.DataFrame
    tried: Mapping[str, Counter[str]]
    found: Normalized


ReadLines = Callable[[pl.DataFrame], ReadAgain]


def manifest_of(note: HourNote) -> Manifest:
    """Return the files that an hour of the lake was written from, all of them vanished."""
    files = tuple(ArchiveFile(file.file, file.bytes, file.etag) for file in note.files)
    keys = frozenset(file.key for file in files)
    return Manifest(note.source, note.archive_hour.astimezone(UTC), files, note.counts.ignored_files, keys)


def replay_hour(
    lake: Lake,
    source: ArchiveSource,
    note: HourNote,
    read: ReadLines,
    suppression: Suppression,
    *,
    shape: Shape,
    moment: datetime,
) -> HourNote:
    """Write the hour again from its own rows and from the events of its quarantined lines; return its note.

    Files, manifest and configuration of the hour stay: most of its rows were written under it. What the lake may not
    have is masked in rows that were written before there was such a rule, too. Raises DamagedHour.
    """
    recount, masking = _Recount(), source.masking.before("lake")
    unmasked = masking.without(note.masked)
    with lake.spool_folder() as folder:
        events, quarantine = open_spools(folder / "rows", shape)
        for frame in read_groups(lake, find_extents(lake, note, "events")):
            events.add(mask_events(frame, unmasked))
        for frame in read_groups(lake, find_extents(lake, note, "quarantine")):
            again = read(frame)
            found = mask_chunk(leave_out(again.found, suppression), masking)
            recount.add(again.tried, found)
            events.add(found.events)
            quarantine.add(mask_lines(again.left, masking))
            quarantine.add(found.quarantine)
        rows, lines = events.close(on_disk=True), quarantine.close(on_disk=True)
        counted = {file.file: recount.count(file) for file in note.files}
        gathered = Gathered(open_runs(EVENTS, [rows]), open_runs(QUARANTINE, [lines]), counted)
        made_of = [*suppression.tokens, hash_config(source), *note.parquet, *note.quarantine]
        written = write_rows(
            lake,
            source,
            manifest_of(note),
            note,
            gathered,
            shape,
            erasures=made_of,
            config_hash=note.config_hash,
            masked=[*note.masked, *unmasked.tokens],
        )
    written = replace(written, manifest_hash=note.manifest_hash)
    swap_hour(lake, written, moment=moment)
    return written


@dataclass
class _Recount:
    """The counts of an hour's files, changed by the lines that were read again."""

    tried: dict[str, Counter[str]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def add(self, tried: Mapping[str, Counter[str]], found: Normalized) -> None:
        for file, reasons in tried.items():
            self.tried.setdefault(file, Counter()).update(reasons)
        self.tally.add(found)

    def count(self, note: FileNote) -> FileNote:
        """Return the note of a file; a line may have become several events, or one that the mapping skips."""
        tried = self.tried.get(note.file, Counter())
        tally = self.tally.files.get(note.file, FileTally())
        numbers, reasons = tally.numbers, Counter(note.quarantined_by_reason) - tried + tally.reasons
        more = numbers["events"] + numbers["erased"] + tally.reasons.total() - tried.total()
        return replace(
            note,
            lines=note.lines + more,
            events=note.events + numbers["events"],
            quarantined=reasons.total(),
            erased=note.erased + numbers["erased"],
            late=note.late + numbers["late"],
            clocks_corrected=note.clocks_corrected + numbers["clocks_corrected"],
            sanitized=note.sanitized + numbers["sanitized"],
            quarantined_by_reason=dict(sorted(reasons.items())),
            members=dict(sorted((Counter(note.members) + tally.members).items())),
            noticed=dict(sorted((Counter(note.noticed) + tally.noticed).items())),
        )
