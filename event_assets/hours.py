"""The way of one archive hour: files -> chunks -> events -> lake, and lake -> warehouse; each arrow one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import polars as pl

from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished
from event_assets.archive.read import read_chunks
from event_assets.archive.source import Source
from event_assets.events.normalize import normalize
from event_assets.lake.config import hash_config
from event_assets.lake.errors import LakeError
from event_assets.lake.location import Lake, note_path
from event_assets.lake.note import FileNote, HourNote
from event_assets.lake.read import lookup, read_hour, read_note, read_quarantine
from event_assets.lake.write import write_hour
from event_assets.settings import Settings
from loaders.hour import Hour, LoadedFile
from loaders.load import LoadResult, load_hour
from loaders.warehouse import Warehouse

QUARANTINE_ROWS = 100
"""Quarantined lines per hour and reason that the warehouse holds; the lake has all of them."""
QUARANTINE_BYTES = (64 << 10) + 4
"""Bytes of a line that it is handed: it keeps 64 KiB, cut at a character's end."""


def normalize_hour(
    settings: Settings, source: Source, manifest: Manifest, *, accept_removals: bool = False, reload: bool = False
) -> tuple[HourNote, bool]:
    """One listed hour of the archive as one deduplicated hour of the lake; whether it had to be written.

    A pure function of the hour's files: safe to run twice at once. An hour whose note already has this manifest and
    configuration is left alone. Files that vanished from the listing keep their rows, unless removals are accepted.
    With `reload`, an hour of the lake that is damaged is written again from the archive.
    """
    previous = _usable_note(settings.lake, source.name, manifest.archive_hour, reload=reload)
    known = [] if previous is None or accept_removals else [_known_file(file) for file in previous.files]
    wanted = carry_vanished(manifest, known)
    if previous is not None and (previous.manifest_hash, previous.config_hash) == (wanted.hash, hash_config(source)):
        return previous, False
    events = (
        normalize(chunk, hour=wanted.archive_hour, mapping=source.mapping, keep_members=source.keep_members)
        for chunk in read_chunks(source, wanted, chunk_bytes=settings.memory.chunk_bytes)
    )
    return write_hour(settings.lake, source, wanted, events, previous=previous, shape=settings.memory.shape), True


def load_note(
    settings: Settings,
    source: Source,
    note: HourNote,
    *,
    reload: bool = False,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LoadResult:
    """One hour of the lake merged into the warehouse in one transaction; an hour that is loaded is skipped.

    Two processes may call it for one hour at once: the ledger is asked again under the merge lock. Raises
    `WarehouseError`.
    """
    warehouse = Warehouse.open(settings.warehouse, memory_bytes=settings.memory.engine_bytes)
    result = load_hour(
        warehouse,
        hour_of_note(settings.lake, source, note),
        reload=reload,
        budgets=settings.budgets,
        limits=settings.memory.limits,
        run_id=run_id,
        now=now,
    )
    if settings.publish is not None:
        warehouse.publish(settings.publish, every=settings.publish_every, now=now())
    return result


def hour_of_note(lake: Lake, source: Source, note: HourNote) -> Hour:
    """What the loader is handed: plain values, and three readers of the lake."""

    def rows_of(hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
        return lookup(lake, source.name, hour, keys)

    return Hour(
        source=source.name,
        schema=source.schema,
        archive_hour=note.archive_hour,
        manifest_hash=note.manifest_hash,
        config_hash=note.config_hash,
        files=tuple(
            LoadedFile(file.file, file.bytes, file.etag, file.lines, file.bad, file.vanished) for file in note.files
        ),
        counts=note_counts(note),
        events=partial(read_hour, lake, note),
        lookup=rows_of,
        quarantine=lambda: read_quarantine(lake, note, QUARANTINE_ROWS, head_bytes=QUARANTINE_BYTES),
    )


def note_counts(note: HourNote) -> dict[str, int]:
    """The counts of an hour in the lake, by the names of `loads`."""
    return dict(asdict(note.counts))


def describe(step: str, hour: datetime, counts: Mapping[str, object]) -> str:
    """The log line of a step of an hour: the same names as in the ledger and in the UI."""
    return " ".join([f"{hour:%Y-%m-%dT%H}", step, *(f"{name}={value}" for name, value in counts.items())])


def _usable_note(lake: Lake, source: str, hour: datetime, *, reload: bool) -> HourNote | None:
    try:
        note = read_note(lake, source, hour)
    except LakeError:
        if not reload:
            raise
        lake.remove(note_path(source, hour))
        return None
    whole = note is None or not reload or all(lake.exists(path) for path in (*note.parquet, *note.quarantine))
    return note if whole else None


def _known_file(file: FileNote) -> ArchiveFile:
    return ArchiveFile(key=file.file, size=file.bytes, etag=file.etag)
