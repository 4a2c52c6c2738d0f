"""Compaction: write the small hours of a past day into fewer, larger files, beside loads and readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import uuid4

import polars as pl

from event_assets.events.schema import INSTANT
from event_assets.lake.checksums import checksum_groups
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import tombstone_path
from event_assets.lake.maintenance.vacuum import is_old
from event_assets.lake.packs import (
    ARCHIVE_HOUR,
    Extent,
    KindName,
    Pack,
    encode_packs,
    extent_of_pack,
    extents_of_files,
    files_of,
    find_pack,
    pack_folder,
    packs_path,
    read_packs,
)
from event_assets.lake.parquet import write_file
from event_assets.lake.paths import checked_name, format_hour, note_path
from event_assets.lake.reading.read import count_extent, list_notes, read_footer, read_groups, read_note
from event_assets.lake.reading.verified import size_extent
from event_assets.lake.row_kinds import EVENTS, QUARANTINE, RowKind
from event_assets.lake.store import Lake

KINDS: Final[dict[KindName, RowKind]] = {"events": EVENTS, "quarantine": QUARANTINE}


@dataclass(frozen=True)
class Limits:
    """In bytes of Parquet: an hour up to `small_bytes` is packed, and a pack holds hours up to `pack_bytes`."""

    small_bytes: int = 16 << 20
    pack_bytes: int = 128 << 20


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Member:
    """An hour for a pack. `pack` is the pack that holds its rows now, if one does."""

    archive_hour: datetime
    files: tuple[str, ...]
    bytes: int
    pack: Pack | None
    loose: tuple[Extent, ...]
    """The rows of `files`."""

    @property
    def extents(self) -> tuple[Extent, ...]:
        """Where the hour's rows are now."""
        return (extent_of_pack(self.pack),) if self.pack else self.loose


@dataclass(frozen=True)
class Bundle:
    """Hours of a day whose rows of a kind are written into one file."""

    kind: KindName
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Compacted:
    """The result of compacting a day, or of a dry run: files that are read for these hours, before and after."""

    source: str
    day: date
    hours: int
    files_before: int
    files_after: int
    bytes: int
    rows: int = 0


def compact_day(
    lake: Lake, source_name: str, day: date, *, now: datetime, limits: Limits = DEFAULT_LIMITS, dry_run: bool = False
) -> Compacted | None:
    """Pack the day's small hours; return None where none is to be packed.

    The hours' notes do not change: a pack is recorded as the replacement of files by their names, so an hour that runs
    again meanwhile has other files, and its pack is not used. A process that is killed at any point leaves the previous
    record or the new one, and files that no record names. Memory is bounded by one row group. Raises DamagedHour when a
    file is not the one that was written, LakeError when the rows read are not as many as were written.
    """
    notes = list(_list_day(lake, source_name, day))
    packs = read_packs(lake, source_name, day)
    bundles = [bundle for kind in KINDS for bundle in _plan(lake, kind, notes, packs, limits)]
    if dry_run:
        return _summary(source_name, day, bundles)
    written = [pack for bundle in bundles for pack in _write_pack(lake, source_name, day, bundle)]
    _record(lake, source_name, day, written, now=now)
    return _summary(source_name, day, bundles, rows=sum(pack.rows for pack in written))


def rewrite_packs(lake: Lake, source_name: str, day: date, *, now: datetime) -> None:
    """Write the packs of a day again that hold rows which no hour has any more, without those rows.

    The former packs are no longer named, and are removed with other files that nothing names. Raises DamagedHour.
    """
    notes = {note.archive_hour.astimezone(UTC): note for note in _list_day(lake, source_name, day)}
    packs = read_packs(lake, source_name, day)
    live = [pack for pack in packs if lake.exists(pack.path) and _is_live(pack, notes)]
    for path in sorted({pack.path for pack in packs if lake.exists(pack.path)}):
        kept = [pack for pack in live if pack.path == path]
        if sum(pack.groups for pack in kept) < read_footer(lake, path).num_row_groups:
            members = tuple(Member(pack.archive_hour, pack.files, pack.bytes, pack, ()) for pack in kept)
            written = _write_pack(lake, source_name, day, Bundle(kept[0].kind, members)) if kept else []
            _record(lake, source_name, day, written, now=now, gone=path)


def _is_live(pack: Pack, notes: Mapping[datetime, HourNote]) -> bool:
    note = notes.get(pack.archive_hour.astimezone(UTC))
    return note is not None and files_of(note, pack.kind) == pack.files


def _list_day(lake: Lake, source_name: str, day: date) -> Iterator[HourNote]:
    return list_notes(lake, source_name, start=_start(day), end=_start(day) + timedelta(hours=23))


def _plan(
    lake: Lake, kind: KindName, notes: Iterable[HourNote], packs: tuple[Pack, ...], limits: Limits
) -> Iterator[Bundle]:
    """Yield the packs to write: small hours in order, as many to a pack as fit; hours packed so already are omitted."""
    members: list[Member] = []
    for member in _find_members(lake, kind, notes, packs):
        if member.bytes > limits.small_bytes:
            continue
        if members and sum(packed.bytes for packed in members) + member.bytes > limits.pack_bytes:
            yield from _wanted(Bundle(kind, tuple(members)), packs)
            members = []
        members.append(member)
    if members:
        yield from _wanted(Bundle(kind, tuple(members)), packs)


def _find_members(lake: Lake, kind: KindName, notes: Iterable[HourNote], packs: tuple[Pack, ...]) -> Iterator[Member]:
    for note in notes:
        files = files_of(note, kind)
        if files:
            pack = find_pack(packs, note, kind)
            pack = pack if pack is not None and lake.exists(pack.path) else None
            loose = extents_of_files(note, kind)
            size = pack.bytes if pack else sum(size_extent(lake, extent) for extent in loose)
            yield Member(note.archive_hour.astimezone(UTC), files, size, pack, loose)


def _wanted(bundle: Bundle, packs: tuple[Pack, ...]) -> Iterator[Bundle]:
    """Yield the bundle, unless it is one file already, with these hours and no other in it."""
    paths = {extent.path for member in bundle.members for extent in member.extents}
    if len(paths) > 1:
        yield bundle
        return
    recorded = {pack.content for pack in packs if pack.path in paths}
    if recorded and recorded != {(bundle.kind, member.archive_hour, member.files) for member in bundle.members}:
        yield bundle


def _write_pack(lake: Lake, source_name: str, day: date, bundle: Bundle) -> list[Pack]:
    """Write one file with the members' row groups one after the other.

    Its name is never used twice, so that a file which is removed as unnamed is never one about to be recorded.
    """
    kind = _packed_kind(KINDS[bundle.kind])
    path = f"{pack_folder(source_name, bundle.kind, day)}/{uuid4().hex}.parquet"
    packs: list[Pack] = []

    def groups() -> Iterator[pl.DataFrame]:
        first = 0
        for member in bundle.members:
            rows = count = 0
            for frame in read_groups(lake, member.extents):
                if frame.height:
                    rows, count = rows + frame.height, count + 1
                    yield frame.with_columns(pl.lit(member.archive_hour, INSTANT).alias(ARCHIVE_HOUR))
            packs.append(Pack(bundle.kind, member.archive_hour, member.files, path, first, count, rows, member.bytes))
            first += count

    with lake.draft_file(path) as draft:
        write_file(draft, groups(), kind)
        _check_rows(lake, bundle, packs)
        return [replace(pack, checksum=checksum_groups(draft, pack.row_groups)) for pack in packs]


def _check_rows(lake: Lake, bundle: Bundle, packs: Iterable[Pack]) -> None:
    """Raise LakeError when a pack has not as many rows as the footers of its files."""
    for member, pack in zip(bundle.members, packs, strict=True):
        rows = sum(count_extent(lake, extent) for extent in member.extents)
        if pack.rows != rows:
            hour = format_hour(member.archive_hour)
            raise LakeError(f"{hour} has {rows} rows of {bundle.kind} in the lake and {pack.rows} were read: try again")


def _packed_kind(kind: RowKind) -> RowKind:
    return replace(
        kind,
        schema=pl.Schema({**kind.schema, ARCHIVE_HOUR: INSTANT}),
        by=(ARCHIVE_HOUR, *kind.by),
        statistics=(*kind.statistics, ARCHIVE_HOUR),
    )


def _record(lake: Lake, source_name: str, day: date, written: list[Pack], *, now: datetime, gone: str = "") -> None:
    """Record the content of the packs, last of all; entries of other processes stay, but for the file `gone`.

    A lock separates two processes of a machine. On an object store the process that writes last may omit the packs
    that the other has just written: those hours are then read from their own files, which stay for a day at least.
    """
    with lake.alone(f"{checked_name(source_name)}/compacted/.lock"):
        recorded = read_packs(lake, source_name, day)
        fresh = {pack.content for pack in written}
        kept = [
            pack
            for pack in recorded
            if pack.content not in fresh and pack.path != gone and not _is_over(lake, source_name, pack, now)
        ]
        packs = sorted((*kept, *written), key=lambda pack: (pack.kind, pack.archive_hour, pack.files))
        if tuple(packs) != recorded:
            lake.publish_bytes(encode_packs(packs), packs_path(source_name, day))


def _is_over(lake: Lake, source_name: str, pack: Pack, now: datetime) -> bool:
    """Return whether the pack replaces files that the hour's note has not named for a day."""
    note = read_note(lake, source_name, pack.archive_hour)
    if note is None:
        return is_old(lake, tombstone_path(source_name, pack.archive_hour), now)
    if files_of(note, pack.kind) == pack.files:
        return False
    return is_old(lake, note_path(source_name, pack.archive_hour), now)


def _summary(source_name: str, day: date, bundles: list[Bundle], *, rows: int = 0) -> Compacted | None:
    if not bundles:
        return None
    members = [member for bundle in bundles for member in bundle.members]
    return Compacted(
        source=source_name,
        day=day,
        hours=len({member.archive_hour for member in members}),
        files_before=len({extent.path for member in members for extent in member.extents}),
        files_after=len(bundles),
        bytes=sum(member.bytes for member in members),
        rows=rows,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
