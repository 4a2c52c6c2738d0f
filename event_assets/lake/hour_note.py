"""The note of an hour: which files of the lake are live, and the hour's counts (contract §8, §9).

Covered by tests/lake/reading/test_damaged.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from event_assets.lake.checksums import checksum_json
from event_assets.lake.errors import DamagedHour, LakeError

KEPT_ENTRIES: Final = 1000
"""How many names a count by name keeps; the others are one entry, `OTHERS`, where the sum must hold."""
OTHERS: Final = "(others)"
CLOCKS_UNREAD: Final = "clocks_unread."
"""Before the name of a clock in what a note counts as noticed."""
NO_IDS: Final = "not_ids"
ID_CONFLICTS: Final = "id_conflicts"
NOTE_FORMAT: Final = 1
"""Increased when an older version would misread a note. Members may be added without it: they are ignored."""


@dataclass(frozen=True)
class FileNote:
    """One file of the manifest as it was read.

    `bytes` is compressed; `lines` counts non-blank lines (0 for a bad file, of which nothing is believed), and
    `lines = events + quarantined + erased`. `duplicates` are the file's events that lost against another copy of the
    hour, so `events - duplicates` of its rows are in the lake. A vanished file keeps its numbers from when it was read.
    """

    file: str
    bytes: int
    etag: str
    lines: int
    bad: bool = False
    vanished: bool = False
    reason: str | None = None
    events: int = 0
    quarantined: int = 0
    erased: int = 0
    duplicates: int = 0
    late: int = 0
    clocks_corrected: int = 0
    sanitized: int = 0
    duplicates_by_library: Mapping[str, int] = field(default_factory=dict)
    quarantined_by_reason: Mapping[str, int] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)
    noticed: Mapping[str, int] = field(default_factory=dict)
    unread: Literal["", "denied", "unreadable"] = ""
    """Why the storage did not give a bad file: it is requested again by `tideline load --retry-files`."""


@dataclass(frozen=True)
class NoticedSample:
    """One of the events that a name of `noticed` counts: where it is, and what is odd about it.

    `value` is the JSON text that was sent, cut. Of an event that lost against another copy of its id, `other_file` and
    `other_line` are where that copy is, and `differs` names the columns in which they differ: no value of either.
    """

    name: str
    file: str
    line: int
    id: str
    value: str = ""
    other_file: str = ""
    other_line: int = 0
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """The counts of an hour (contract §9): `files` and `bytes` with bad and vanished files, `bytes` compressed.

    `lines`, `events` and what follows are of sound files; `distinct` are the rows of the lake; `erased` are events and
    quarantined lines of erased persons, which no other count but `lines` has.
    """

    files: int = 0
    bad_files: int = 0
    ignored_files: int = 0
    bytes: int = 0
    lines: int = 0
    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    late: int = 0
    clocks_corrected: int = 0
    sanitized: int = 0
    distinct: int = 0
    erased: int = 0


@dataclass(frozen=True)
class HourNote:
    """One archive hour of one source in the lake. `parquet` and `quarantine` are paths below the lake, in order.

    `quarantined_by_reason`, as `quarantined`, omits the entries of bad files. `events_by_name` counts rows of
    the lake, by event name for tracks and by `(type)` for the others: the 1,000 most frequent. `noticed` counts events
    with something that somebody should look at, by name: `clocks_unread.sentAt`; `samples`
    are a few of them by name. `masked` are the rules of `at = "lake"` that its rows were masked by. `checksums` are
    those of the files in `parquet` and `quarantine`; a note of version 0.1 has none.
    """

    source: str
    archive_hour: datetime
    manifest_hash: str
    config_hash: str
    files: tuple[FileNote, ...]
    parquet: tuple[str, ...]
    quarantine: tuple[str, ...]
    counts: Counts
    duplicates_by_library: Mapping[str, int] = field(default_factory=dict)
    quarantined_by_reason: Mapping[str, int] = field(default_factory=dict)
    events_by_name: Mapping[str, int] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)
    noticed: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[NoticedSample, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    masked: tuple[str, ...] = ()
    format: int = NOTE_FORMAT

    @property
    def unread_files(self) -> tuple[str, ...]:
        """The files that the storage did not give, and that are still listed."""
        return tuple(file.file for file in self.files if file.unread and not file.vanished)


def sum_counts(files: Iterable[FileNote], *, ignored: int, distinct: int) -> Counts:
    """Return the hour's counts from those of its files and the number of rows that were written."""
    notes = tuple(files)
    return Counts(
        files=len(notes),
        bad_files=sum(note.bad for note in notes),
        ignored_files=ignored,
        bytes=sum(note.bytes for note in notes),
        lines=sum(note.lines for note in notes),
        events=sum(note.events for note in notes),
        duplicates=sum(note.duplicates for note in notes),
        quarantined=sum(note.quarantined for note in notes),
        late=sum(note.late for note in notes),
        clocks_corrected=sum(note.clocks_corrected for note in notes),
        sanitized=sum(note.sanitized for note in notes),
        distinct=distinct,
        erased=sum(note.erased for note in notes),
    )


def sum_names(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up counts by name, most frequent first; past 1,000 names the others are one entry, so that the sum holds."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    ranked = sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))
    kept, rest = ranked[:KEPT_ENTRIES], ranked[KEPT_ENTRIES:]
    return dict(kept) | ({OTHERS: sum(number for _, number in rest)} if rest else {})


def note_counts(note: HourNote) -> dict[str, int]:
    """Return the counts of an hour in the lake, by the names of `loads`."""
    return dict(asdict(note.counts))


def encode_note(note: HourNote) -> bytes:
    """Return the note as JSON, the same bytes for the same note; a file's zeros and empty counts are left out.

    The last member is the checksum of the others.
    """
    content: dict[str, Any] = msgspec.to_builtins(note, builtin_types=(datetime,))
    content["files"] = [drop_defaults(file) for file in content["files"]]
    content["samples"] = [drop_defaults(sample) for sample in content["samples"]]
    if not note.masked:
        content.pop("masked", None)
    content["checksum"] = checksum_json(content)
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def decode_note(content: bytes, path: str, hour: datetime | None = None) -> HourNote:
    """Return the note of a JSON text; unknown members are ignored. Raises LakeError that names `path`.

    A damaged note is a DamagedHour of `hour`. A note without any checksum is one of version 0.1.
    """
    try:
        members = msgspec.json.decode(content, type=dict[str, Any])
        if isinstance(members.get("format"), int) and members["format"] > NOTE_FORMAT:
            raise LakeError(f"the lake's note {path} was written by a newer version of Tideline: upgrade this one")
        checksum = members.pop("checksum", None)
        if checksum != checksum_json(members) and (checksum is not None or "checksums" in members):
            raise _damaged(path, "it is not what was written", hour)
        return msgspec.convert(members, HourNote)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error), hour) from error


def _damaged(path: str, reason: str, hour: datetime | None) -> DamagedHour:
    return DamagedHour(f"the lake's note {path} is damaged ({reason}): load the hour again with --reload", hour)


def drop_defaults(file: Mapping[str, object]) -> dict[str, object]:
    always = ("file", "bytes", "etag", "lines")
    return {name: value for name, value in file.items() if name in always or value}
