"""Packs: files of a day that hold several small hours, and which of their rows replace which files of an hour.

Covered by tests/lake/maintenance/test_compact.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

import msgspec

from event_assets.lake.errors import DamagedDay, DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import checked_name, format_hour
from event_assets.lake.store import Lake

KindName = Literal["events", "quarantine"]

ARCHIVE_HOUR: Final = "_archive_hour"
"""The column that a pack has besides those of its kind: every hour of a pack has row groups of its own."""
WHOLE_DAY: Final = "all"
"""The value of the hour in the path of a pack."""


@dataclass(frozen=True)
class Pack:
    """The rows of an hour's `files`, in their order, as row groups of the file at `path`.

    It stays true whatever note the hour gets later: another run of the hour writes files of other names, and the pack
    is not used for those. `bytes` are those of `files`, `rows` those of `files` and of the row groups. `checksum` is
    that of the row groups and the footer; a pack of version 0.1 has none.
    """

    kind: KindName
    archive_hour: datetime
    files: tuple[str, ...]
    path: str
    first_group: int
    groups: int
    rows: int
    bytes: int
    checksum: str = ""

    @property
    def content(self) -> tuple[KindName, datetime, tuple[str, ...]]:
        """The kind, hour and files that the pack replaces."""
        return self.kind, self.archive_hour, self.files

    @property
    def row_groups(self) -> range:
        """The row groups of the file that hold the rows."""
        return range(self.first_group, self.first_group + self.groups)


@dataclass(frozen=True)
class Extent:
    """A file of the lake that holds rows of an hour: all rows of the file, or those that the pack names."""

    path: str
    pack: Pack | None = None
    checksum: str = ""
    """The checksum of those rows' bytes; empty where version 0.1 wrote them."""
    hour: datetime | None = None
    """The archive hour; None in the scratch area."""

    @property
    def groups(self) -> range | None:
        """The row groups of the file that hold the rows; None for all of them."""
        return self.pack.row_groups if self.pack else None


def files_of(note: HourNote, kind: KindName) -> tuple[str, ...]:
    """Return the files of a kind that the hour was written as."""
    return note.parquet if kind == "events" else note.quarantine


def find_extents(lake: Lake, note: HourNote, kind: KindName) -> tuple[Extent, ...]:
    """Return where the hour's rows of a kind are now, in order: in a pack, or in the files that its note names."""
    files = files_of(note, kind)
    packs = read_packs(lake, note.source, note.archive_hour.astimezone(UTC).date()) if files else ()
    pack = find_pack(packs, note, kind)
    if pack is not None and lake.exists(pack.path):
        return (extent_of_pack(pack),)
    return extents_of_files(note, kind)


def extent_of_pack(pack: Pack) -> Extent:
    """Return the rows that a pack names."""
    return Extent(pack.path, pack, pack.checksum, pack.archive_hour)


def extents_of_files(note: HourNote, kind: KindName) -> tuple[Extent, ...]:
    """Return the rows of the files that the hour was written as."""
    hour = note.archive_hour.astimezone(UTC)
    return tuple(Extent(path, None, note.checksums.get(path, ""), hour) for path in files_of(note, kind))


def find_pack(packs: Iterable[Pack], note: HourNote, kind: KindName) -> Pack | None:
    """Return the pack that replaces the files which the note names, or None."""
    wanted = (kind, note.archive_hour.astimezone(UTC), files_of(note, kind))
    return next((pack for pack in packs if pack.content == wanted), None)


def read_packs(lake: Lake, source_name: str, day: date) -> tuple[Pack, ...]:
    """Return the packs of a source's day; none where it was not compacted. Raises DamagedDay."""
    path = packs_path(source_name, day)
    content = lake.read_bytes(path)
    if content is None:
        return ()
    try:
        return msgspec.json.decode(content, type=tuple[Pack, ...])
    except msgspec.DecodeError as error:
        message = f"the lake's record {path} is damaged ({error}): load the hours of {day} again with --reload"
        raise DamagedDay(message, day) from error


def encode_packs(packs: Iterable[Pack]) -> bytes:
    """Return the packs of a day as JSON."""
    return msgspec.json.format(msgspec.json.encode(tuple(packs)), indent=1)


def forget_packs(lake: Lake, source_name: str, hour: datetime) -> None:
    """Record that no pack replaces files of the hour: they were written again. Raises DamagedDay."""
    day = hour.astimezone(UTC).date()
    with lake.alone(f"{checked_name(source_name)}/compacted/.lock"):
        packs = read_packs(lake, source_name, day)
        kept = tuple(pack for pack in packs if pack.archive_hour.astimezone(UTC) != hour)
        if kept != packs:
            lake.publish_bytes(encode_packs(kept), packs_path(source_name, day))


def packs_path(source_name: str, day: date) -> str:
    """Return the path of the record of a day's packs, below the lake."""
    return f"{checked_name(source_name)}/compacted/{day:%Y-%m-%d}.json"


def pack_folder(source_name: str, kind: KindName, day: date) -> str:
    """Return the folder of a day's packs, below the lake."""
    return f"{checked_name(source_name)}/{kind}/archive_date={day:%Y-%m-%d}/archive_hour={WHOLE_DAY}"


def require_extents(lake: Lake, note: HourNote, extents: Iterable[Extent]) -> None:
    """Raise DamagedHour when a file that holds rows of the hour is missing."""
    for extent in extents:
        if extent.pack is None and not lake.exists(extent.path):
            hour = note.archive_hour.astimezone(UTC)
            message = f"{extent.path} of {format_hour(hour)} is missing from the lake: load the hour with --reload"
            raise DamagedHour(message, hour)
