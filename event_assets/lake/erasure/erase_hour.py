"""An hour of the lake written again without erased persons, from the lake alone (contract §13).

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.lake.erasure.leave_out import ID_COLUMNS, find_erased, find_erased_lines
from event_assets.lake.erasure.suppression import Suppression
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.compact import rewrite_packs
from event_assets.lake.maintenance.vacuum import KEPT_FOR, remove_unnamed
from event_assets.lake.packs import find_extents, forget_packs
from event_assets.lake.parquet import Shape
from event_assets.lake.reading.read import read_columns, read_groups
from event_assets.lake.store import Lake
from event_assets.lake.writing.scratch_shards import clean_scratch
from event_assets.lake.writing.write_hour import gather_shards, swap_hour, write_rows


def holds_erased_events(lake: Lake, note: HourNote, suppression: Suppression) -> bool:
    """Return whether the hour has an erased event; only the ids are read. Raises DamagedHour."""
    events = read_columns(lake, find_extents(lake, note, "events"), ID_COLUMNS)
    return any(find_erased(frame, suppression).any() for frame in events)


def holds_erased_lines(lake: Lake, note: HourNote, suppression: Suppression) -> bool:
    """Return whether the hour has a quarantined line of an erased person. Raises DamagedHour."""
    lines = read_groups(lake, find_extents(lake, note, "quarantine"))
    return any(find_erased_lines(frame, suppression).any() for frame in lines)


def erase_hour(
    lake: Lake, source: ArchiveSource, note: HourNote, suppression: Suppression, *, shape: Shape, moment: datetime
) -> HourNote:
    """Write the hour again from its own rows, without those of erased persons; return its note.

    Files, manifest and configuration of the hour stay. Raises DamagedHour.
    """
    files = tuple(ArchiveFile(file.file, file.bytes, file.etag) for file in note.files)
    keys = frozenset(file.key for file in files)
    manifest = Manifest(note.source, note.archive_hour.astimezone(UTC), files, note.counts.ignored_files, keys)
    gone = {file.file: file.vanished for file in note.files}
    with lake.spool_folder() as folder:
        found = gather_shards(lake, manifest, [], note, folder, shape, suppression=suppression)
        kept = {key: replace(file, vanished=gone[key]) for key, file in found.files.items()}
        written = write_rows(
            lake,
            source,
            manifest,
            note,
            replace(found, files=kept),
            shape,
            erasures=suppression.tokens,
            config_hash=note.config_hash,
            masked=note.masked,
        )
    written = replace(written, manifest_hash=note.manifest_hash)
    swap_hour(lake, written, moment=moment)
    return written


def remove_former_files(
    lake: Lake, source_name: str, hours: list[datetime], clean: Iterable[HourNote], *, started: datetime
) -> None:
    """Remove every file of the source that nothing names and that is older than the erasure's start, at once.

    `clean` are the notes of hours that do not hold the persons.

    These are the files of hours before they were written again. Packs that hold former rows of one of the hours are
    written again without them. A writer that loses files so has begun before the erasure, and writes its hour again.
    """
    for hour in hours:
        forget_packs(lake, source_name, hour)
    for day in sorted({hour.date() for hour in hours}):
        rewrite_packs(lake, source_name, day, now=started)
    remove_unnamed(lake, source_name, before=started, clean=clean)
    clean_scratch(lake, source_name, now=started + KEPT_FOR)
