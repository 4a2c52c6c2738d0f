"""Maintain the lake: pack small hours, remove files that nothing names, retire old hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger, open_warehouse
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.compact import Compacted, compact_day
from event_assets.lake.maintenance.tombstones import retire_hour
from event_assets.lake.maintenance.vacuum import clean_lake, clean_spools
from event_assets.lake.reading.read import list_hours, list_notes
from event_assets.lake.writing.scratch_shards import SCRATCH_FOLDER, clean_scratch, scratch_of
from event_assets.pipeline.recovery.repair import LakeReader
from loaders.interface.words import counted
from loaders.rewrite.retain import Owner, settle_columns

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Cleaned:
    """Files of the lake that were removed, or would be, as paths below it."""

    source: str | None
    """None for drafts of killed writers, which belong to no source."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class Retired:
    """Archive hours of a source that left the lake, or would; `waiting` are old enough and not loaded yet."""

    source: str
    before: datetime
    hours: tuple[datetime, ...]
    rows: int
    waiting: tuple[datetime, ...]

    def __str__(self) -> str:
        hours = f"{counted(len(self.hours), 'hour')} before {self.before:%Y-%m-%d} left the lake"
        kept = f"; {len(self.waiting)} stay until they are loaded" if self.waiting else ""
        return f"{self.source} {hours}, {counted(self.rows, 'event')}{kept}"


def compact_lake(
    settings: Settings, *, start: date | None = None, end: date | None = None, dry_run: bool = False, now: Now = utc_now
) -> Iterator[Compacted]:
    """Pack the small hours of every past day from `start` to `end`, both inclusive; a result per day that changes."""
    today = now().astimezone(UTC).date()
    for source in settings.sources.values():
        days = {hour.date() for hour in list_hours(settings.lake, source.name)}
        for day in sorted(days):
            if day < today and (start is None or start <= day) and (end is None or day <= end):
                done = _compact_sound(settings, source, day, now=now, dry_run=dry_run)
                if done is not None:
                    yield done


def _compact_sound(settings: Settings, source: Source, day: date, *, now: Now, dry_run: bool) -> Compacted | None:
    """Compact a day; an hour that is damaged is written again from the archive first. Raises LakeError."""
    repaired: set[datetime | None] = set()
    while True:
        try:
            return compact_day(settings.lake, source.name, day, now=now(), dry_run=dry_run)
        except DamagedHour as damage:
            if damage.hour in repaired:
                raise
            LakeReader(settings, source).repair(damage)
            repaired.add(damage.hour)


def clean_sources(settings: Settings, *, dry_run: bool = False, now: Now = utc_now) -> Iterator[Cleaned]:
    """Remove files that nothing has named for a day, of every source; then the drafts of killed writers."""
    for source in settings.sources.values():
        removed = clean_lake(settings.lake, source.name, now=now(), dry_run=dry_run)
        removed += clean_scratch(settings.lake, source.name, now=now(), dry_run=dry_run)
        yield Cleaned(source.name, removed)
    drafts = clean_spools(settings.lake, now=now(), dry_run=dry_run)
    scratch = clean_spools(scratch_of(settings.lake), now=now(), dry_run=dry_run)
    yield Cleaned(None, (*drafts, *(f"{SCRATCH_FOLDER}/{path}" for path in scratch)))


def retire_hours(settings: Settings, *, dry_run: bool = False, now: Now = utc_now) -> Iterator[Retired]:
    """Remove the hours from the lake that arrived more than `lake_retain_days` days before today (UTC).

    Only hours that are loaded as they are in the lake are removed: a pending hour may be the only copy. Columns with
    values of those hours and without a settled type are settled first. Raises `WarehouseError`.
    """
    if settings.lake_retain_days is None:
        return
    day = now().astimezone(UTC).date() - timedelta(days=settings.lake_retain_days)
    before = datetime.combine(day, time(), UTC)
    for source in settings.sources.values():
        old, waiting = _old_hours(settings, source, before)
        if old and not dry_run:
            owner = Owner(source.name, source.schema)
            settle_columns(open_warehouse(settings), owner, before=before)
            for note in old:
                retire_hour(settings.lake, note, now=now())
        rows = sum(note.counts.distinct for note in old)
        hours = tuple(note.archive_hour.astimezone(UTC) for note in old)
        yield Retired(source.name, before, hours, rows, tuple(waiting))


def _old_hours(settings: Settings, source: Source, before: datetime) -> tuple[list[HourNote], list[datetime]]:
    """Return the hours that may be removed, and those that may not yet."""
    notes = list(list_notes(settings.lake, source.name, end=before - timedelta(hours=1)))
    if not notes:
        return [], []
    with open_ledger(settings) as session:
        loaded = {} if session is None else loaded_hours(session, source.name)
    known = {hour: load.manifest_hash for hour, load in loaded.items()}
    old = [note for note in notes if known.get(note.archive_hour.astimezone(UTC)) == note.manifest_hash]
    return old, [note.archive_hour.astimezone(UTC) for note in notes if note not in old]
