"""One archive hour: `normalize_hour` writes it from the archive into the lake, `load_note` from the lake to tables.

`load_notes` loads several hours together.

Covered by tests/pipeline/test_normalize.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished
from event_assets.config.memory import EXPANSION
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger, open_warehouse
from event_assets.lake.config_hash import hash_config
from event_assets.lake.erasure.suppression import list_tokens
from event_assets.lake.errors import DamagedHour, LakeError
from event_assets.lake.hour_note import FileNote, HourNote, note_counts
from event_assets.lake.maintenance.tombstones import is_retired
from event_assets.lake.packs import forget_packs
from event_assets.lake.reading.read import read_note
from event_assets.lake.reading.verified import is_sound
from event_assets.lake.store import Lake
from event_assets.pipeline.executors import Executor
from event_assets.pipeline.failed_hours import HourResults
from event_assets.pipeline.normalize import write_hour
from event_assets.pipeline.publish import publish_change
from event_assets.pipeline.recovery.repair import LakeReader, refuse_vanished
from event_assets.pipeline.shards import Shard
from loaders.interface.errors import HourUnreadable, WarehouseError, naming_hour
from loaders.interface.hour import Hour, LoadedFile
from loaders.load.load import LoadResult, load_hours
from loaders.queries.loads import newest_loads

STAGED_BYTES: Final = 3 << 9
"""Bytes of an event's rows as they are staged (1,460 of the benchmark's events of 1,550 bytes), and EXPANSION times the
compressed bytes of files with large events."""
MOST_HOURS: Final = 240
"""Hours of one load, however small they are: a load counts the values of every column by hour."""
QUARANTINE_ROWS = 100
"""Quarantined lines per hour and reason that the warehouse holds; the lake has all of them."""
QUARANTINE_BYTES = (64 << 10) + 4
"""Bytes of a line that are passed to the warehouse: it keeps 64 KiB, cut at a character's end."""


@dataclass(frozen=True)
class HourInLake:
    """An hour in the lake, whether it was written now, and whether `lake_retain_days` had removed it before."""

    note: HourNote
    written: bool
    restored: bool = False


def normalize_hour(
    settings: Settings,
    source: Source,
    manifest: Manifest,
    *,
    accept_removals: bool = False,
    reload: bool = False,
    retry_files: bool = False,
    executor: Executor | None = None,
    shards: Sequence[Shard] = (),
) -> HourInLake:
    """Write one listed hour of the archive as one deduplicated hour of the lake.

    A pure function of the hour's files: safe to run twice at once. An hour whose note already has this manifest and
    configuration is left alone. Files that vanished from the listing keep their rows, unless removals are accepted.
    An hour with a damaged note is written again from the archive, and with `reload` one with a damaged file; with
    `retry_files`, an hour of which the storage did not give every file. `executor` and `shards` are those of
    `normalize.write_hour`.
    """
    previous, sound = _find_previous(settings.lake, source.name, manifest.archive_hour, verify=reload)
    _refuse_lost(settings.lake, manifest, previous, accept_removals=accept_removals)
    known = [] if previous is None or accept_removals else [_known_file(file) for file in previous.files]
    wanted = carry_vanished(manifest, known)
    again = retry_files and previous is not None and bool(previous.unread_files)
    if previous is not None and sound and not again and is_current(previous, source, wanted):
        return HourInLake(previous, written=False)
    if not sound:
        refuse_vanished(wanted)
    restored = previous is None and is_retired(settings.lake, source.name, manifest.archive_hour)
    note = write_hour(settings, source, wanted, previous, executor=executor, shards=shards)
    if not sound:
        forget_packs(settings.lake, source.name, manifest.archive_hour)
    return HourInLake(note, written=True, restored=restored)


def written_note(settings: Settings, source: Source, manifest: Manifest) -> HourNote | None:
    """Return the note of an hour that `normalize_hour` would leave alone, else None."""
    try:
        note, sound = _find_previous(settings.lake, source.name, manifest.archive_hour, verify=False)
    except LakeError:
        return None  # normalize_hour reports it
    if note is None or not sound:
        return None
    wanted = carry_vanished(manifest, [_known_file(file) for file in note.files])
    return note if is_current(note, source, wanted) else None


def find_loaded(settings: Settings, source: Source, hours: Sequence[datetime]) -> dict[datetime, str]:
    """Return the hours that `load_note` would skip, with their load ids, by one look at the ledger."""
    found: dict[datetime, str] = {}
    try:
        with open_ledger(settings) as session:
            known = [] if session is None else newest_loads(session, source.name, start=hours[0], end=hours[-1])
    except WarehouseError:
        return found  # load_note reports it, or waits longer
    for load in known:
        with suppress(LakeError):  # load_note reports it
            note = read_note(settings.lake, source.name, load.archive_hour)
            if note is not None and note.manifest_hash == load.manifest_hash:
                found[load.archive_hour] = load.load_id
    return found


def is_current(note: HourNote, source: Source, manifest: Manifest) -> bool:
    """Return whether an hour of the lake was written from these files with this configuration."""
    return (note.manifest_hash, note.config_hash) == (manifest.hash, hash_config(source))


def load_note(
    settings: Settings,
    source: Source,
    note: HourNote,
    *,
    reload: bool = False,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LoadResult:
    """Merge one hour of the lake into the warehouse in one transaction; skip an hour that is loaded.

    Two processes may call it for one hour at once: the ledger is read again under the merge lock. An hour that is
    damaged in the lake is written again from the archive first. Raises `WarehouseError`, and `LakeError` where the
    archive no longer has the files of that hour.
    """
    options = LoadOptions(reload=reload, run_id=run_id, now=now)
    try:
        result = _load_together(settings, source, [note], options)[note.archive_hour]
    except HourUnreadable as error:
        raise error.cause from error.cause.__cause__
    publish_change(settings, open_warehouse(settings), now=now())
    return result


@dataclass(frozen=True)
class LoadOptions:
    """How hours are loaded: see `load_note`.

    With `refresh` an hour that is loaded is compared with the lake, because events of it were erased.
    """

    reload: bool = False
    refresh: bool = False
    run_id: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def load_notes(
    settings: Settings,
    source: Source,
    notes: Sequence[HourNote],
    options: LoadOptions,
    is_shared: Callable[[datetime, Exception], bool],
) -> HourResults[LoadResult]:
    """Merge hours of the lake into the warehouse together; an hour that cannot be loaded costs itself alone.

    A load that fails names the hour, or else is tried again in halves. It ends early where `is_shared` tells that a
    failure is not the hour's fault: the hours that are left are in no result.
    """
    results: HourResults[LoadResult] = HourResults()
    left = [list(notes)] if notes else []
    while left:
        group = left.pop()
        try:
            results.done.update(_load_together(settings, source, group, options))
        except Exception as error:  # noqa: BLE001  an error of one hour must not stop the others; the caller reports it
            named, cause = _find_cause(group, error)
            if is_shared(named, cause):
                results.failed[named] = cause
                break
            if len(group) == 1 or isinstance(error, HourUnreadable):
                results.failed[named] = cause
                left += [[note for note in group if note.archive_hour != named]] if len(group) > 1 else []
            else:
                half = len(group) // 2
                left += [group[half:], group[:half]]
    try:
        publish_change(settings, open_warehouse(settings), now=options.now())
    except Exception as error:  # noqa: BLE001  as above: the rows are loaded, the copy for dashboards is not there
        if not results.done:
            return results
        last = max(results.done)
        del results.done[last]
        results.failed[last] = error
    return results


def is_full(notes: Sequence[HourNote], settings: Settings) -> bool:
    """Return whether no further hour may share the load of these: by `hours_per_load`, or else by their rows.

    Staged rows are in files; their bytes bound the disk that a load needs and how long it holds a DuckDB file.
    """
    if settings.hours_per_load is not None:
        return len(notes) >= settings.hours_per_load
    staged = sum(max(note.counts.events * STAGED_BYTES, note.counts.bytes * EXPANSION) for note in notes)
    return len(notes) >= MOST_HOURS or staged >= settings.memory.total_bytes


def share_loads(settings: Settings, notes: Iterable[HourNote]) -> Iterator[list[HourNote]]:
    """Yield the hours in their order, in groups of as many as may share a load."""
    group: list[HourNote] = []
    for note in notes:
        group.append(note)
        if is_full(group, settings):
            yield group
            group = []
    if group:
        yield group


def _find_cause(group: Sequence[HourNote], error: Exception) -> tuple[datetime, Exception]:
    """Return the hour that an error of a load is about, the first one if it names none, and the error of that hour."""
    if isinstance(error, HourUnreadable):
        return error.archive_hour, error.cause
    return group[0].archive_hour, error


def _load_together(
    settings: Settings, source: Source, notes: Sequence[HourNote], options: LoadOptions
) -> dict[datetime, LoadResult]:
    """Load hours in one transaction. Raises HourUnreadable for one that is damaged and that the archive has not."""
    warehouse, reader = open_warehouse(settings), LakeReader(settings, source)
    erasures = frozenset(list_tokens(settings.lake, source.name))
    if erasures:  # the notes may have been read before one of them
        notes = [reader.read_note(note.archive_hour) or note for note in notes]
    load = partial(
        load_hours,
        warehouse,
        reload=options.reload,
        refresh=options.refresh,
        budgets=settings.budgets,
        limits=settings.memory.limits,
        run_id=options.run_id,
        now=options.now,
    )
    repaired: set[datetime] = set()
    while True:
        try:
            results = load([hour_of_note(reader, note, erasures) for note in notes])
            break
        except HourUnreadable as error:
            if not isinstance(error.cause, DamagedHour) or error.archive_hour in repaired:
                raise
            repaired.add(error.archive_hour)
            with naming_hour(error.archive_hour):
                reader.repair(error.cause)
            notes = [reader.read_note(note.archive_hour) or note for note in notes]
    first = min(results)
    results[first] = replace(results[first], warnings=(*results[first].warnings, *reader.warnings))
    return results


def hour_of_note(reader: LakeReader, note: HourNote, erasures: frozenset[str] = frozenset()) -> Hour:
    """Return the hour for the loader: plain values, and readers of the lake, masked."""
    lake, source = reader.settings.lake, reader.source
    return Hour(
        source=source.name,
        schema=source.schema,
        archive_hour=note.archive_hour,
        manifest_hash=note.manifest_hash,
        config_hash=source.hash_loads(note.config_hash),
        files=tuple(
            LoadedFile(file.file, file.bytes, file.etag, file.lines, file.bad, file.vanished) for file in note.files
        ),
        counts=note_counts(note),
        duplicates_by_library=note.duplicates_by_library,
        events=partial(reader.masked.read_hour, note),
        lookup=reader.lookup,
        expect=reader.expect,
        quarantine=lambda: reader.masked.read_quarantine(note, QUARANTINE_ROWS, head_bytes=QUARANTINE_BYTES),
        selection=source.selection,
        declared=source.columns,
        not_users=source.not_users_in_tables,
        contracts=source.contracts,
        erasures=erasures,
        retired=lambda hour: is_retired(lake, source.name, hour),
    )


def describe(step: str, hour: datetime, counts: Mapping[str, object]) -> str:
    """Return the log line of a step of an hour: the same names as in the ledger and in the UI."""
    return " ".join([f"{hour:%Y-%m-%dT%H}", step, *(f"{name}={value}" for name, value in counts.items())])


def _refuse_lost(lake: Lake, manifest: Manifest, previous: HourNote | None, *, accept_removals: bool) -> None:
    """Raise LakeError where an hour that was retired from the lake has files that the archive no longer has."""
    lost = sorted(manifest.vanished)
    if lost and previous is None and not accept_removals and is_retired(lake, manifest.source, manifest.archive_hour):
        raise LakeError(
            f"{manifest.archive_hour:%Y-%m-%dT%H} has left the lake for its age (lake_retain_days), and {len(lost)} of"
            f" its files are missing from the archive, {lost[0]!r} first: its rows stay as they are loaded. Put the"
            " files back, or remove their rows with --accept-removals"
        )


def _find_previous(lake: Lake, source: str, hour: datetime, *, verify: bool) -> tuple[HourNote | None, bool]:
    """Return the hour's note, if there is one that can be read, and whether the hour is sound as far as is known.

    With `verify` its files are compared with their checksums, too.
    """
    try:
        note = read_note(lake, source, hour)
    except DamagedHour:
        return None, False
    return note, note is None or not verify or is_sound(lake, note)


def _known_file(file: FileNote) -> ArchiveFile:
    return ArchiveFile(key=file.file, size=file.bytes, etag=file.etag)
