"""Small hours of a past day written into fewer, larger files, beside loads and readers; no answer changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import uuid4

import polars as pl

from event_assets.events.schema import INSTANT
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import tombstone_path
from event_assets.lake.maintenance.vacuum import is_old
from event_assets.lake.packs import (
    ARCHIVE_HOUR,
    KindName,
    Pack,
    Part,
    encode_packs,
    files_of,
    find_pack,
    pack_folder,
    packs_path,
    read_packs,
)
from event_assets.lake.parquet import write_file
from event_assets.lake.paths import checked_name, format_hour, note_path
from event_assets.lake.reading.read import count_part, list_notes, read_groups, read_note
from event_assets.lake.row_kinds import EVENTS, QUARANTINE, Kind
from event_assets.lake.store import Lake

KINDS: Final[dict[KindName, Kind]] = {"events": EVENTS, "quarantine": QUARANTINE}


@dataclass(frozen=True)
class Limits:
    """In bytes of Parquet: an hour up to `small_bytes` is packed, and a pack takes hours up to `pack_bytes`."""

    small_bytes: int = 16 << 20
    pack_bytes: int = 128 << 20


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Member:
    """An hour that goes into a pack. `pack` is where its rows are already, if they are in one."""

    archive_hour: datetime
    files: tuple[str, ...]
    bytes: int
    pack: Pack | None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Where its rows are now."""
        return (Part(self.pack.path, self.pack),) if self.pack else tuple(Part(path) for path in self.files)


@dataclass(frozen=True)
class Bundle:
    """Hours of a day whose rows of a kind go into one file."""

    kind: KindName
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Compacted:
    """What was done to a day, or with a dry run would be: files that are read for these hours, before and after."""

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
    """Pack the day's small hours; None where there is nothing to do.

    The hours' notes are not touched: a pack is recorded as standing for files of such names, so an hour that runs
    again meanwhile has other files, and its pack is not asked for. Killed at any point it leaves the record of before
    or of after, and files that nobody names. Memory is bounded by one row group. Raises LakeError when the rows that
    are there are not those that were written.
    """
    notes = list(list_notes(lake, source_name, start=_start(day), end=_start(day) + timedelta(hours=23)))
    packs = read_packs(lake, source_name, day)
    bundles = [bundle for kind in KINDS for bundle in _plan(lake, kind, notes, packs, limits)]
    if dry_run:
        return _summary(source_name, day, bundles)
    made = [pack for bundle in bundles for pack in _write_pack(lake, source_name, day, bundle)]
    _record(lake, source_name, day, made, now=now)
    return _summary(source_name, day, bundles, rows=sum(pack.rows for pack in made))


def _plan(
    lake: Lake, kind: KindName, notes: Iterable[HourNote], packs: tuple[Pack, ...], limits: Limits
) -> Iterator[Bundle]:
    """The packs to write: small hours in order, as many to a pack as fit; what stands so already is left alone."""
    members: list[Member] = []
    for member in _find_members(lake, kind, notes, packs):
        if member.bytes > limits.small_bytes:
            continue
        if members and sum(each.bytes for each in members) + member.bytes > limits.pack_bytes:
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
            size = pack.bytes if pack else sum(lake.size(path) for path in files)
            yield Member(note.archive_hour.astimezone(UTC), files, size, pack)


def _wanted(bundle: Bundle, packs: tuple[Pack, ...]) -> Iterator[Bundle]:
    """The bundle, unless it is one file as it is, with these hours and no other in it."""
    paths = {part.path for member in bundle.members for part in member.parts}
    if len(paths) > 1:
        yield bundle
        return
    standing = {pack.content for pack in packs if pack.path in paths}
    if standing and standing != {(bundle.kind, member.archive_hour, member.files) for member in bundle.members}:
        yield bundle


def _write_pack(lake: Lake, source_name: str, day: date, bundle: Bundle) -> list[Pack]:
    """One file with the members' row groups one after the other.

    Its name is never taken twice: what is removed as unnamed can never be what somebody is about to name.
    """
    kind = _packed_kind(KINDS[bundle.kind])
    path = f"{pack_folder(source_name, bundle.kind, day)}/{uuid4().hex}.parquet"
    made: list[Pack] = []

    def groups() -> Iterator[pl.DataFrame]:
        first = 0
        for member in bundle.members:
            rows = count = 0
            for frame in read_groups(lake, member.parts):
                if frame.height:
                    rows, count = rows + frame.height, count + 1
                    yield frame.with_columns(pl.lit(member.archive_hour, INSTANT).alias(ARCHIVE_HOUR))
            made.append(Pack(bundle.kind, member.archive_hour, member.files, path, first, count, rows, member.bytes))
            first += count

    with lake.draft_file(path) as draft:
        write_file(draft, groups(), kind)
        _check_rows(lake, bundle, made)
    return made


def _check_rows(lake: Lake, bundle: Bundle, made: Iterable[Pack]) -> None:
    """Raises LakeError when a pack has not the rows that the footers of its files tell."""
    for member, pack in zip(bundle.members, made, strict=True):
        told = sum(count_part(lake, part) for part in member.parts)
        if pack.rows != told:
            hour = format_hour(member.archive_hour)
            raise LakeError(f"{hour} has {told} rows of {bundle.kind} in the lake and {pack.rows} were read: try again")


def _packed_kind(kind: Kind) -> Kind:
    return replace(
        kind,
        schema=pl.Schema({**kind.schema, ARCHIVE_HOUR: INSTANT}),
        by=(ARCHIVE_HOUR, *kind.by),
        statistics=(*kind.statistics, ARCHIVE_HOUR),
    )


def _record(lake: Lake, source_name: str, day: date, made: list[Pack], *, now: datetime) -> None:
    """Write down what the packs hold, last of all; what stands there of others' work stays.

    Two processes of a machine keep out of each other's way. On an object store the one that writes last may leave out
    what the other has just packed: then those hours are read from their own files, which are there for a day at least.
    """
    with lake.alone(f"{checked_name(source_name)}/compacted/.lock"):
        standing = read_packs(lake, source_name, day)
        fresh = {pack.content for pack in made}
        kept = [pack for pack in standing if pack.content not in fresh and not _is_over(lake, source_name, pack, now)]
        packs = sorted((*kept, *made), key=lambda pack: (pack.kind, pack.archive_hour, pack.files))
        if tuple(packs) != standing:
            lake.publish_bytes(encode_packs(packs), packs_path(source_name, day))


def _is_over(lake: Lake, source_name: str, pack: Pack, now: datetime) -> bool:
    """Whether the pack stands for files that the hour's note has not named for a day."""
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
        files_before=len({part.path for member in members for part in member.parts}),
        files_after=len(bundles),
        bytes=sum(member.bytes for member in members),
        rows=rows,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
