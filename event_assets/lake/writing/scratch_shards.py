"""The lake's scratch area: shards that any machine writes and another one gathers, and values between steps (ADR 0016).

The area is a lake of its own below the lake, whose hours hold one shard each. No reader of the lake looks there.

Covered by tests/lake/writing/test_scratch_shards.py and tests/pipeline/test_fan_out.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.normalize import Normalized
from event_assets.lake.config_hash import hash_config
from event_assets.lake.errors import DamagedHour, TransientLakeError
from event_assets.lake.hour_note import FileNote, HourNote, decode_note, encode_note
from event_assets.lake.maintenance.vacuum import is_old
from event_assets.lake.packs import Extent
from event_assets.lake.parquet import DEFAULT_SHAPE, Shape
from event_assets.lake.paths import checked_name, hour_folder
from event_assets.lake.reading.read import read_groups
from event_assets.lake.store import Lake
from event_assets.lake.writing.shards import SortedShard, open_spools, sort_shard
from event_assets.lake.writing.write_hour import gather_shards, name_token, write_rows

SCRATCH_FOLDER: Final = ".parts"
"""The scratch area below the lake."""


@dataclass(frozen=True)
class ScratchShard:
    """A shard in the scratch area: its rows are sorted, all copies among them."""

    lake: Lake
    note: HourNote
    shape: Shape
    erasures: tuple[str, ...] = ()

    @property
    def files(self) -> Mapping[str, FileNote]:
        """The note of each file of the shard, by key."""
        return {file.file: file for file in self.note.files}

    @property
    def _path(self) -> str:
        return shard_path(self.note, self.note.config_hash, self.shape, self.erasures)

    def open(self, folder: Path, shape: Shape) -> SortedShard:
        """Copy the shard's rows to the folder as one sorted run.

        Raises TransientLakeError when a file of the shard is missing or damaged: another run has gathered the hour
        meanwhile, or must write the shard again.
        """
        scratch, note = scratch_of(self.lake), self.note
        events, quarantine = open_spools(folder, shape)
        try:
            events.add_sorted(read_rows(scratch, note, note.parquet))
            quarantine.add_sorted(read_rows(scratch, note, note.quarantine))
        except DamagedHour as error:
            scratch.remove(self._path)  # so that the shard is written again
            lost = f"a shard of {note.archive_hour:%Y-%m-%dT%H} is missing or damaged in {scratch.url}"
            message = f"{lost}: run the hour again"
            raise TransientLakeError(message) from error
        return SortedShard(self.files, events.close(on_disk=True), quarantine.close(on_disk=True))

    def remove(self) -> None:
        """Remove the shard, its note first: a shard without a note is written again."""
        scratch = scratch_of(self.lake)
        scratch.remove(self._path)
        for path in (*self.note.parquet, *self.note.quarantine):
            scratch.remove(path)


def write_shard(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    chunks: Iterable[Normalized],
    *,
    shape: Shape = DEFAULT_SHAPE,
    erasures: tuple[str, ...] = (),
) -> ScratchShard:
    """Write the rows of some files of an hour into the scratch area, sorted; return the shard.

    Copies stay: which of them stays, and which conflict with it, is decided among those of the whole hour.

    `manifest` names those files alone. A shard is named by everything that its bytes depend on, and its note is written
    last: a shard that has a note is not written again, and two writers of one shard write the same bytes. Raises
    IncompleteHour when a file of the manifest has no end in the chunks.
    """
    note = read_shard_note(lake, source, manifest, shape=shape, erasures=erasures)
    if note is None:
        scratch = scratch_of(lake)
        with scratch.spool_folder() as folder:
            shard = sort_shard(manifest, chunks, folder / "rows", shape, on_disk=False)
            gathered = gather_shards(scratch, manifest, [shard], None, folder, shape)
            note = write_rows(scratch, source, manifest, None, gathered, shape, erasures=erasures, keep_copies=True)
        scratch.publish_bytes(encode_note(note), shard_path(note, note.config_hash, shape, erasures))
    return ScratchShard(lake, note, shape, erasures)


def read_shard_note(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    *,
    shape: Shape = DEFAULT_SHAPE,
    erasures: tuple[str, ...] = (),
) -> HourNote | None:
    """Return the note of a shard, or None where it has not been written. Raises LakeError when it is damaged."""
    path = shard_path(manifest, hash_config(source), shape, erasures)
    content = scratch_of(lake).read_bytes(path)
    return None if content is None else decode_note(content, f"{SCRATCH_FOLDER}/{path}")


def read_rows(scratch: Lake, note: HourNote, paths: Iterable[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a shard's files in their order, a row group at a time. Raises DamagedHour."""
    return read_groups(scratch, [Extent(path, checksum=note.checksums.get(path, "")) for path in paths])


def clean_scratch(lake: Lake, source_name: str, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Remove shards and values that were written more than a day ago: their runs have ended, or were killed.

    Return their paths below the lake.
    """
    scratch, name = scratch_of(lake), checked_name(source_name)
    days = [day for kind in ("events", "quarantine") for day in scratch.list_folders(f"{name}/{kind}")]
    folders = [hour for day in days for hour in scratch.list_folders(day)] + scratch.list_folders(f"{name}/values")
    removed = [path for folder in folders for path in scratch.list_folder(folder) if is_old(scratch, path, now)]
    for path in removed if not dry_run else []:
        scratch.remove(path)
    return tuple(f"{SCRATCH_FOLDER}/{path}" for path in removed)


def value_path(source_name: str, run_id: str, name: str) -> str:
    """Return the path, below the lake, of a value that a step of a run passes to other steps."""
    return f"{SCRATCH_FOLDER}/{checked_name(source_name)}/values/{run_id}/{name}.json"


def scratch_of(lake: Lake) -> Lake:
    """Return the lake's scratch area as a lake."""
    return replace(lake, url=f"{lake.url.rstrip('/')}/{SCRATCH_FOLDER}")


def shard_path(shard: HourNote | Manifest, config_hash: str, shape: Shape, erasures: tuple[str, ...] = ()) -> str:
    """Return the path of a shard's note below the scratch area: beside the shard's events, and named as they are."""
    files_hash = shard.hash if isinstance(shard, Manifest) else shard.manifest_hash
    token = name_token(config_hash, Manifest(shard.source, shard.archive_hour, ()), None, shape, erasures=erasures)
    return f"{hour_folder(shard.source, 'events', shard.archive_hour)}/{files_hash}-{token}.json"
