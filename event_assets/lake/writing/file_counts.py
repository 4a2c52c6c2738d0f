"""The counts of a shard's files, file by file: a file may turn out bad after its first rows.

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.events.chunk import FileEnd
from event_assets.events.normalize import Normalized
from event_assets.lake.errors import IncompleteHour
from event_assets.lake.hour_note import ID_CONFLICTS, FileNote

COUNTED: Final = (
    pl.len().alias("events"),
    pl.col("_late").sum().alias("late"),
    pl.col("_clock_corrected").sum().alias("clocks_corrected"),
    pl.col("_sanitized").sum().alias("sanitized"),
)
BAD_FILE: Final = "bad_file"


@dataclass
class FileTally:
    """The counts of one file so far."""

    numbers: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)
    noticed: Counter[str] = field(default_factory=Counter)
    end: FileEnd | None = None


@dataclass
class Tally:
    """The counts of a shard's files so far."""

    files: dict[str, FileTally] = field(default_factory=dict)

    def add(self, chunk: Normalized) -> None:
        """Count a chunk; a file may be cut over any number of chunks."""
        for file, *numbers in chunk.events.group_by("_file").agg(COUNTED).iter_rows():
            names = ("events", "late", "clocks_corrected", "sanitized")
            self._file(file).numbers.update(dict(zip(names, numbers, strict=True)))
        lines = chunk.quarantine.filter(pl.col("reason") != BAD_FILE)
        for file, reason, number in lines.group_by("file", "reason").len().iter_rows():
            self._file(file).reasons[reason] += number
        for file, members in chunk.members.items():
            self._file(file).members.update(members)
        for file, noticed in chunk.noticed.items():
            self._file(file).noticed.update(noticed)
        for file, erased in chunk.erased.items():
            self._file(file).numbers["erased"] += erased
        for file, more in chunk.cut.items():
            self._file(file).numbers["cut"] += more
        for end in chunk.ends:
            self._file(end.file).end = end

    def _file(self, file: str) -> FileTally:
        return self.files.setdefault(file, FileTally())

    def close(self, manifest: Manifest) -> dict[str, FileNote]:
        """Return a note for each file of the manifest, by key.

        Raises IncompleteHour when a file of the manifest has no end, or a counted file is not in the manifest.
        """
        strangers = self.files.keys() - {file.key for file in manifest.files}
        if strangers:
            message = f"files were read that the manifest does not name, first {min(strangers)!r}: list the hour again"
            raise IncompleteHour(message)
        return {file.key: self._note(file) for file in manifest.files}

    def _note(self, file: ArchiveFile) -> FileNote:
        tally = self.files.get(file.key)
        if tally is None or tally.end is None:
            message = f"file {file.key!r} was not read to its end: list the hour again and load it"
            raise IncompleteHour(message)
        return note_file(file, tally, tally.end)


def note_file(file: ArchiveFile, tally: FileTally, end: FileEnd) -> FileNote:
    """Return the file's note; of a bad file nothing is counted, because none of its lines is believed."""
    if end.bad is not None:
        return FileNote(file.key, end.bytes, file.etag, lines=0, bad=True, reason=end.bad, unread=end.unread)
    return FileNote(
        file=file.key,
        bytes=end.bytes,
        etag=file.etag,
        lines=end.lines + tally.numbers["cut"],
        events=tally.numbers["events"],
        quarantined=tally.reasons.total(),
        erased=tally.numbers["erased"],
        late=tally.numbers["late"],
        clocks_corrected=tally.numbers["clocks_corrected"],
        sanitized=tally.numbers["sanitized"],
        quarantined_by_reason=dict(sorted(tally.reasons.items())),
        members=dict(sorted(tally.members.items())),
        noticed=dict(sorted(tally.noticed.items())),
    )


def add_losers(files: Mapping[str, FileNote], losers: Iterable[tuple[str, str, int]]) -> dict[str, FileNote]:
    """Add (file, library, number) of losing copies to the notes; a vanished file's previous counts stay."""
    lost: dict[str, Counter[str]] = {}
    for file, library, number in losers:
        lost.setdefault(file, Counter())[library] += number
    return {key: add_lost(note, lost[key]) if key in lost else note for key, note in files.items()}


def add_lost(note: FileNote, lost: Counter[str]) -> FileNote:
    libraries = Counter(note.duplicates_by_library) + lost
    return replace(
        note,
        duplicates=note.duplicates + lost.total(),
        duplicates_by_library=dict(sorted(libraries.items())),
    )


def add_conflicts(files: Mapping[str, FileNote], conflicts: Mapping[str, int]) -> dict[str, FileNote]:
    """Add to the notes, by file, the losing copies that conflict with the one that stays."""
    return {key: add_noticed(note, conflicts.get(key, 0)) for key, note in files.items()}


def add_noticed(note: FileNote, conflicts: int) -> FileNote:
    if not conflicts:
        return note
    noticed = Counter(note.noticed) + Counter({ID_CONFLICTS: conflicts})
    return replace(note, noticed=dict(sorted(noticed.items())))
