"""Parts of a large hour: some of its files each, written by any number of machines and merged once (ADR 0016)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.normalize import Normalized
from event_assets.lake.config_hash import hash_config
from event_assets.lake.errors import LakeError, TransientLakeError
from event_assets.lake.hour_note import FileNote, HourNote, decode_note, encode_note
from event_assets.lake.maintenance.vacuum import is_old
from event_assets.lake.packs import Part
from event_assets.lake.parquet import DEFAULT_SHAPE, Shape
from event_assets.lake.paths import checked_name, hour_folder
from event_assets.lake.reading.read import read_groups
from event_assets.lake.store import Lake
from event_assets.lake.writing.vanished_files import carry_notes
from event_assets.lake.writing.write_hour import (
    Gathered,
    carry_into,
    gather_rows,
    name_token,
    open_spools,
    swap_hour,
    write_rows,
)

PARTS_FOLDER: Final = ".parts"
"""The scratch place of a lake: a lake of its own whose hours hold parts. No reader of the lake looks there."""


def write_part(
    lake: Lake, source: ArchiveSource, manifest: Manifest, chunks: Iterable[Normalized], *, shape: Shape = DEFAULT_SHAPE
) -> HourNote:
    """Write the rows of some files of an hour, sorted, each copy once; gives the note of the part.

    `manifest` names those files alone. A part's name follows from what its bytes depend on, and its note is written
    last: one that is there is not written again, and two writers of one part write the same bytes. Raises
    IncompleteHour when the chunks do not bring every file to its end.
    """
    known = read_part(lake, source, manifest, shape=shape)
    if known is not None:
        return known
    scratch = parts_of(lake)
    with scratch.spool_folder() as folder:
        gathered = gather_rows(scratch, manifest, chunks, None, folder, shape)
        note = write_rows(scratch, source, manifest, None, gathered, shape)
    scratch.publish_bytes(encode_note(note), part_path(note, note.config_hash, shape))
    return note


def read_part(
    lake: Lake, source: ArchiveSource, manifest: Manifest, *, shape: Shape = DEFAULT_SHAPE
) -> HourNote | None:
    """The note of a part, or None where it has not been written. Raises LakeError when it is damaged."""
    path = part_path(manifest, hash_config(source), shape)
    content = parts_of(lake).read_bytes(path)
    return None if content is None else decode_note(content, f"{PARTS_FOLDER}/{path}")


def merge_parts(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    parts: Sequence[HourNote],
    *,
    previous: HourNote | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    shape: Shape = DEFAULT_SHAPE,
) -> HourNote:
    """Write an archive hour from its parts and swap it in, as `write_hour` does from its chunks: the same bytes.

    The parts hold every file of the manifest that has not vanished, each once; afterwards they are removed. Rows of
    vanished files come from `previous`. Raises LakeError when a file is missing, TransientLakeError when a part is
    gone: another run has merged the hour meanwhile, or must write the part again.
    """
    with lake.spool_folder() as folder:
        gathered = gather_parts(lake, manifest, parts, previous, folder, shape)
        note = write_rows(lake, source, manifest, previous, gathered, shape)
    swap_hour(lake, note, moment=now())
    remove_parts(lake, parts, shape)
    return note


def gather_parts(
    lake: Lake,
    manifest: Manifest,
    parts: Sequence[HourNote],
    previous: HourNote | None,
    folder: Path,
    shape: Shape,
) -> Gathered:
    """What `gather_rows` gives, of parts: each is a sorted run already, and counted."""
    scratch = parts_of(lake)
    carried = carry_notes(manifest, previous)
    brought = [file for part in parts for file in part.files] + list(carried.values())
    if sorted(file.file for file in brought) != [file.key for file in manifest.files]:
        message = f"the parts of {manifest.archive_hour:%Y-%m-%dT%H} are not its files: list the hour again and load it"
        raise LakeError(message)
    events, quarantine = open_spools(folder, shape)
    for part in parts:
        try:
            events.add_sorted(read_rows(scratch, part.parquet))
            quarantine.add_sorted(read_rows(scratch, part.quarantine))
        except FileNotFoundError as error:
            scratch.remove(part_path(part, part.config_hash, shape))  # so that the part is written again
            message = f"a part of {part.archive_hour:%Y-%m-%dT%H} is gone from {scratch.url}: run the hour again"
            raise TransientLakeError(message) from error
    carry_into(events, quarantine, lake, previous, carried)
    return Gathered(events.finish(), quarantine.finish(), {file.file: file for file in sorted(brought, key=by_key)})


def by_key(file: FileNote) -> str:
    """In a manifest's order."""
    return file.file


def read_rows(scratch: Lake, paths: Iterable[str]) -> Iterator[pl.DataFrame]:
    """The rows of files of one part in their order, a row group at a time. Raises FileNotFoundError."""
    return read_groups(scratch, [Part(path) for path in paths])


def remove_parts(lake: Lake, parts: Iterable[HourNote], shape: Shape) -> None:
    """Take parts away, each note first: what has no note is written again."""
    scratch = parts_of(lake)
    for part in parts:
        scratch.remove(part_path(part, part.config_hash, shape))
        for path in (*part.parquet, *part.quarantine):
            scratch.remove(path)


def clean_parts(lake: Lake, source_name: str, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Remove parts and values that were written more than a day ago: their runs have ended, or were killed.

    Gives their paths below the lake.
    """
    scratch, name = parts_of(lake), checked_name(source_name)
    days = [day for kind in ("events", "quarantine") for day in scratch.list_folders(f"{name}/{kind}")]
    folders = [hour for day in days for hour in scratch.list_folders(day)] + scratch.list_folders(f"{name}/values")
    removed = [path for folder in folders for path in scratch.list_folder(folder) if is_old(scratch, path, now)]
    for path in removed if not dry_run else []:
        scratch.remove(path)
    return tuple(f"{PARTS_FOLDER}/{path}" for path in removed)


def value_path(source_name: str, run_id: str, name: str) -> str:
    """What a step of a run hands to others, below the lake."""
    return f"{PARTS_FOLDER}/{checked_name(source_name)}/values/{run_id}/{name}.json"


def parts_of(lake: Lake) -> Lake:
    """The lake's scratch place."""
    return replace(lake, url=f"{lake.url.rstrip('/')}/{PARTS_FOLDER}")


def part_path(part: HourNote | Manifest, config_hash: str, shape: Shape) -> str:
    """The note of a part, below the scratch place: it stands beside the part's events, and is named as they are."""
    named = part.hash if isinstance(part, Manifest) else part.manifest_hash
    token = name_token(config_hash, Manifest(part.source, part.archive_hour, ()), None, shape)
    return f"{hour_folder(part.source, 'events', part.archive_hour)}/{named}-{token}.json"
