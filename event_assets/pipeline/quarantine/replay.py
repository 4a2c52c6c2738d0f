"""Replay: quarantined lines are read again by the settings of today, and their hours loaded (contract §13, ADR 0040).

An hour whose files are in the archive as they were is written again from them, as `--reload` does. Of any other hour
the lake is enough: its rows stay, and those of its quarantined lines that are events now join them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

import polars as pl

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.config_hash import hash_config
from event_assets.lake.erasure.suppression import list_tokens, read_suppression
from event_assets.lake.errors import LakeError, TransientLakeError, UnusableLake
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import list_notes
from event_assets.lake.writing.replayed_lines import manifest_of, replay_hour
from event_assets.pipeline.erasure.forget import finish_erasures, utc_now
from event_assets.pipeline.failed_hours import find_shared
from event_assets.pipeline.hour import LoadOptions, is_full, load_notes
from event_assets.pipeline.load import HOUR_ERRORS
from event_assets.pipeline.normalize import write_hour
from event_assets.pipeline.quarantine.contract_lines import held_events, held_hours
from event_assets.pipeline.quarantine.lines import BAD_FILE, LineChoice, find_hours, read_frames
from event_assets.pipeline.quarantine.read_again import LinesOfHour
from event_assets.pipeline.recovery.repair import list_unchanged, refuse_lost_files
from loaders.interface.errors import WarehouseError
from loaders.transform.contracts.findings import CONTRACT

TOO_LONG: Final = "line_too_long"
FROM_ARCHIVE: Final = frozenset({BAD_FILE, TOO_LONG, "invalid_csv"})
"""Reasons of what the lake does not have whole: named, they are read from the archive again."""

Way = Literal["", "archive", "lake", "warehouse"]
"""What an hour was written again from; `warehouse`: the lake had it already, and a load was missing."""


@dataclass(frozen=True)
class Replayed:
    """The replay of one hour: how many lines were read again, how many of them are events now, and what is left.

    With a dry run nothing was written. An hour without a `way` is as it was.
    """

    source: str
    archive_hour: datetime
    way: Way
    tried: int
    readable: int
    quarantined: int
    """Lines of the hour that are quarantined afterwards."""
    error: str | None = None

    @property
    def changed(self) -> bool:
        """Return whether the hour was written or loaded, or would be."""
        return bool(self.way) or bool(self.error)


@dataclass(frozen=True)
class _Tried:
    """Lines that were read again, those of them that are events now, and those that need what is not in the lake."""

    lines: int = 0
    readable: int = 0
    undecided: int = 0


@dataclass(frozen=True)
class _HourToReplay:
    """The lines of a choice in one hour of a source."""

    settings: Settings
    source: Source
    note: HourNote
    choice: LineChoice
    loaded: LoadedHour | None
    held: int
    """Events that a contract kept out of the tables when the hour was loaded, if they are of the choice."""
    now: Callable[[], datetime]

    @property
    def hour(self) -> datetime:
        return self.note.archive_hour.astimezone(UTC)

    def result(self, way: Way, tried: _Tried, note: HourNote, error: str | None = None) -> Replayed:
        return Replayed(self.source.name, self.hour, way, tried.lines, tried.readable, note.counts.quarantined, error)


def replay(
    settings: Settings, choice: LineChoice, *, dry_run: bool = False, now: Callable[[], datetime] = utc_now
) -> Iterator[Replayed]:
    """Read the quarantined lines of the choice again; yield a result per hour that has some, or that is not loaded.

    A failed hour is a result, and the next one is begun. Run again after any end it completes what is missing. Raises
    ArchiveError where the storage does not answer, and UnusableLake and WarehouseError where nothing can be done.
    """
    if not dry_run:
        finish_erasures(settings, now=now)
    for source in settings.sources.values():
        loading = _SharedLoading(settings, source, now)
        for job in _find_jobs(settings, source, choice, now):
            try:
                written = _write_again(job, dry_run=dry_run)
            except (TransientArchiveError, UnusableLake):
                yield from loading.finish()
                raise
            except (ArchiveError, LakeError, WarehouseError, OSError) as error:
                written = _WrittenAgain(job.result("", _Tried(), job.note, str(error) or type(error).__name__))
            yield from loading.add(written)
        yield from loading.finish()


@dataclass(frozen=True)
class _WrittenAgain:
    """What a replay has made of an hour in the lake, and the note that is to be loaded, if any."""

    result: Replayed
    note: HourNote | None = None


@dataclass
class _SharedLoading:
    """The hours of a source that wait for their load, in order: as many share one as in any other load."""

    settings: Settings
    source: Source
    now: Callable[[], datetime]
    _waiting: list[_WrittenAgain] = field(default_factory=list)
    """With hours between them that need no load."""

    def add(self, written: _WrittenAgain) -> Iterator[Replayed]:
        """Add one hour; load those that wait when they are enough."""
        self._waiting.append(written)
        notes = self._notes
        if not notes or is_full(notes, self.settings):
            yield from self.finish()

    def finish(self) -> Iterator[Replayed]:
        """Load the hours that wait together; yield the result of every hour."""
        waiting, notes, failed = self._waiting, self._notes, dict[datetime, str]()
        self._waiting = []
        if notes:
            failed = self._load(notes)
        for written in waiting:
            error = failed.get(written.note.archive_hour) if written.note else None
            yield replace(written.result, way="", error=error) if error else written.result

    @property
    def _notes(self) -> list[HourNote]:
        return [written.note for written in self._waiting if written.note is not None]

    def _load(self, notes: Sequence[HourNote]) -> dict[datetime, str]:
        """Load hours; return the errors of those that are not loaded, also where nothing would be."""
        done = load_notes(
            self.settings,
            self.source,
            notes,
            LoadOptions(reload=True, now=self.now),
            find_shared(self.settings, self.source),
        )
        for error in done.failed.values():
            if not isinstance(error, HOUR_ERRORS):
                raise error
        shared = max(done.failed.items(), default=None)
        lost = {note.archive_hour: shared[1] for note in notes if note.archive_hour not in done.done} if shared else {}
        return {hour: str(error) or type(error).__name__ for hour, error in {**lost, **done.failed}.items()}


def _find_jobs(
    settings: Settings, source: Source, choice: LineChoice, now: Callable[[], datetime]
) -> Iterator[_HourToReplay]:
    with open_ledger(settings) as session:
        loads = {} if session is None else loaded_hours(session, source.name, start=choice.start, end=choice.end)
    by_contract = not choice.reasons or CONTRACT in choice.reasons
    held = held_hours(settings, source) if by_contract else {}
    wanted = {note.archive_hour: note for note in find_hours(settings, source, choice)}
    for note in list_notes(settings.lake, source.name, start=choice.start, end=choice.end):
        hour = note.archive_hour.astimezone(UTC)
        job = _HourToReplay(settings, source, note, choice, loads.get(hour), held.get(hour, 0), now)
        if note.archive_hour in wanted or job.held or _is_behind(job):
            yield job


def _is_behind(job: _HourToReplay) -> bool:
    """Return whether the warehouse has the files of the hour, and not its rows: a replay ended before its load."""
    load, counts = job.loaded, job.note.counts
    if load is None or load.manifest_hash != job.note.manifest_hash:
        return False
    return (counts.lines, counts.events, counts.quarantined) != tuple(
        load.counts[name] for name in ("lines", "events", "quarantined")
    )


def _write_again(job: _HourToReplay, *, dry_run: bool) -> _WrittenAgain:
    """Write the hour again in the lake, if there is something to do; with a dry run tell only what."""
    freed = job.held - _count_held(job) if job.held else 0
    listed = list_unchanged(job.source, job.note)
    source = listed[0] if listed else job.source
    reader = LinesOfHour.of(source, listed[1] if listed else manifest_of(job.note), job.choice.reasons)
    tried = _try_lines(job, reader)
    way: Way = "lake" if tried.readable else ""
    if listed and (tried.readable or _asks_archive(job, listed[0], tried)):
        way = "archive"
    if not way and (freed > 0 or _is_behind(job)):
        way = "warehouse"
    tried = replace(tried, lines=tried.lines + job.held, readable=tried.readable + max(0, freed))
    if dry_run or not way:
        return _WrittenAgain(job.result(way, tried, job.note))
    refuse_lost_files(job.settings, job.source, job.note)
    note = job.note
    if way == "archive" and listed:
        note = write_hour(job.settings, *listed, note)
    elif way == "lake":
        note = _replay_in_lake(job, reader)
    return _WrittenAgain(job.result(way, tried, note), note)


def _count_held(job: _HourToReplay) -> int:
    """Return how many events of the hour the contracts of today keep out of the tables."""
    return sum(1 for _ in held_events(job.settings, job.source, job.note))


def _try_lines(job: _HourToReplay, reader: LinesOfHour) -> _Tried:
    """Return how many lines of the hour were read again, and how many of them are no quarantined lines any more."""
    tried = _Tried()
    for frame in read_frames(job.settings, job.note, job.choice):
        again = reader.read(frame)
        lines = sum(reasons.total() for reasons in again.tried.values())
        skipped = sum(counts.get("skipped", 0) for counts in again.found.noticed.values())
        events = again.found.events.select("_file", "_line").n_unique() + skipped
        undecided = again.left.filter(~pl.col("reason").is_in([BAD_FILE, TOO_LONG])).height
        tried = _Tried(tried.lines + lines, tried.readable + events, tried.undecided + undecided)
    return tried


def _asks_archive(job: _HourToReplay, source: Source, tried: _Tried) -> bool:
    """Return whether the archive decides: a reason is named of what the lake has not whole, or the settings are others
    than those of the hour, and of a line the lake has not all."""
    if job.choice.reasons & FROM_ARCHIVE:
        return True
    return bool(tried.undecided) and job.note.config_hash != hash_config(source)


def _replay_in_lake(job: _HourToReplay, reader: LinesOfHour) -> HourNote:
    settings, name = job.settings, job.source.name
    suppression = read_suppression(settings.lake, name, settings.erasure_key, job.source.masking)
    note = replay_hour(
        settings.lake, reader.source, job.note, reader.read, suppression, shape=settings.memory.shape, moment=job.now()
    )
    if list_tokens(settings.lake, name) != suppression.tokens:
        raise TransientLakeError("persons were erased while their hour was written: run the same command again")
    return note
