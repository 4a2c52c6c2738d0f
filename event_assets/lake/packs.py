"""Packs: files of a day that hold several small hours, and which rows of them stand for which files of an hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

import msgspec

from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import checked_name, format_hour
from event_assets.lake.store import Lake

KindName = Literal["events", "quarantine"]

ARCHIVE_HOUR: Final = "_archive_hour"
"""The column that a pack has besides those of its kind: each of its hours has row groups of its own."""
WHOLE_DAY: Final = "all"
"""Stands for the hour in the path of a pack."""


@dataclass(frozen=True)
class Pack:
    """The rows of an hour's `files`, in their order, as row groups of the file at `path`.

    It is true for good, whatever the hour's note says later: another run of the hour has files of other names, and
    this is not asked for any more. `bytes` are those of `files`, `rows` what they and the row groups hold.
    """

    kind: KindName
    archive_hour: datetime
    files: tuple[str, ...]
    path: str
    first_group: int
    groups: int
    rows: int
    bytes: int

    @property
    def content(self) -> tuple[KindName, datetime, tuple[str, ...]]:
        """What the pack stands for."""
        return self.kind, self.archive_hour, self.files


@dataclass(frozen=True)
class Part:
    """A file of the lake in which rows of an hour are: all of its rows, or those that the pack names."""

    path: str
    pack: Pack | None = None


def files_of(note: HourNote, kind: KindName) -> tuple[str, ...]:
    """The files of a kind that the hour was written as."""
    return note.parquet if kind == "events" else note.quarantine


def find_parts(lake: Lake, note: HourNote, kind: KindName) -> tuple[Part, ...]:
    """Where the hour's rows of a kind are now, in order: in a pack, or in the files that its note names."""
    files = files_of(note, kind)
    packs = read_packs(lake, note.source, note.archive_hour.astimezone(UTC).date()) if files else ()
    pack = find_pack(packs, note, kind)
    if pack is not None and lake.exists(pack.path):
        return (Part(pack.path, pack),)
    return tuple(Part(path) for path in files)


def find_pack(packs: Iterable[Pack], note: HourNote, kind: KindName) -> Pack | None:
    """The pack that stands for the files which the note names."""
    wanted = (kind, note.archive_hour.astimezone(UTC), files_of(note, kind))
    return next((pack for pack in packs if pack.content == wanted), None)


def is_whole(lake: Lake, note: HourNote) -> bool:
    """Whether every file that the hour's rows are in is there."""
    parts = (*find_parts(lake, note, "events"), *find_parts(lake, note, "quarantine"))
    return all(lake.exists(part.path) for part in parts)


def read_packs(lake: Lake, source_name: str, day: date) -> tuple[Pack, ...]:
    """The packs of a source's day; none where nothing was compacted. Raises LakeError when the record is damaged."""
    path = packs_path(source_name, day)
    content = lake.read_bytes(path)
    if content is None:
        return ()
    try:
        return msgspec.json.decode(content, type=tuple[Pack, ...])
    except msgspec.DecodeError as error:
        message = f"the lake's record {path} is damaged ({error}): load the hours of {day} again with --reload"
        raise LakeError(message) from error


def encode_packs(packs: Iterable[Pack]) -> bytes:
    """The packs of a day as JSON."""
    return msgspec.json.format(msgspec.json.encode(tuple(packs)), indent=1)


def packs_path(source_name: str, day: date) -> str:
    """The record of a day's packs, below the lake."""
    return f"{checked_name(source_name)}/compacted/{day:%Y-%m-%d}.json"


def pack_folder(source_name: str, kind: KindName, day: date) -> str:
    """The folder of a day's packs, below the lake."""
    return f"{checked_name(source_name)}/{kind}/archive_date={day:%Y-%m-%d}/archive_hour={WHOLE_DAY}"


def require_parts(lake: Lake, note: HourNote, parts: Iterable[Part]) -> None:
    """Raises LakeError when a file that the hour's rows are in is gone."""
    for part in parts:
        if part.pack is None and not lake.exists(part.path):
            message = f"{part.path} of {format_hour(note.archive_hour)} is gone from the lake: load it with --reload"
            raise LakeError(message)
