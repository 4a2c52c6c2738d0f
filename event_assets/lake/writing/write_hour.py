"""Write an archive hour: its shards gathered once, into the hour's Parquet files, its quarantine and its note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import xxhash

from event_assets.archive.errors import ArchiveError
from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.masking.rules import NO_MASKING, Masking
from event_assets.events.normalize import Normalized
from event_assets.lake.config_hash import hash_config
from event_assets.lake.erasure.suppression import NOBODY, Suppression
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import FileNote, HourNote, encode_note, sum_counts, sum_names
from event_assets.lake.maintenance.vacuum import clean_hour, clean_spools
from event_assets.lake.parquet import DEFAULT_SHAPE, Shape, cut_groups, write_files
from event_assets.lake.paths import format_hour, hour_folder, note_path
from event_assets.lake.reading.read import read_note
from event_assets.lake.row_kinds import EVENTS, QUARANTINE, RowKind
from event_assets.lake.store import Lake
from event_assets.lake.writing.dedup import find_losers, keep_all, mark_winners
from event_assets.lake.writing.duplicate_libraries import count_libraries
from event_assets.lake.writing.event_name_counts import NameCount
from event_assets.lake.writing.file_counts import BAD_FILE, add_conflicts, add_losers
from event_assets.lake.writing.merge_runs import merge_runs
from event_assets.lake.writing.noticed_samples import SampledRows, first_samples
from event_assets.lake.writing.shards import ShardRows, SortedShard, sort_shard
from event_assets.lake.writing.sorted_runs import SortedRuns, open_runs
from event_assets.lake.writing.vanished_files import carry_shard


@dataclass(frozen=True)
class Gathered:
    """All rows of an hour's files, before copies are compared, and the note of each file by key."""

    events: SortedRuns
    quarantine: SortedRuns
    files: Mapping[str, FileNote]

    @property
    def bad(self) -> frozenset[str]:
        """The keys of bad files."""
        return frozenset(key for key, note in self.files.items() if note.bad)


Normalize = Callable[[Path], Sequence[ShardRows]]
"""Normalizes every file of an hour that has not vanished into shards; the folder is for their local files."""


def write_hour(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    chunks: Iterable[Normalized],
    *,
    previous: HourNote | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    shape: Shape = DEFAULT_SHAPE,
) -> HourNote:
    """Write an archive hour from the chunks of its files, as `write_shards` does from one shard; return the note.

    Raises IncompleteHour when a file of the manifest has no end in the chunks; the previous hour then stays.
    """

    def normalize(folder: Path) -> list[SortedShard]:
        return [sort_shard(manifest, chunks, folder / "rows", shape, on_disk=bool(manifest.vanished))]

    return write_shards(lake, source, manifest, normalize, previous=previous, now=now, shape=shape)


def write_shards(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    normalize: Normalize,
    *,
    previous: HourNote | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    shape: Shape = DEFAULT_SHAPE,
    suppression: Suppression = NOBODY,
) -> HourNote:
    """Write an archive hour from its shards and swap it in by its note, which is written last (contract §7, §8).

    Return the note. Memory is bounded whatever the hour's size. The bytes of the hour's files depend on the manifest's
    files, the configuration and the `suppression` that `normalize` applies alone, not on the shards. Rows of vanished
    files come from `previous`, by default the note that the lake has now. Raises what `normalize` raises, and LakeError
    when the shards do not hold the manifest's files, or the previous note does not name a vanished file, and
    ArchiveError where none of the hour's files may be read; the previous hour then stays.
    """
    if manifest.vanished and previous is None:
        previous = read_note(lake, source.name, manifest.archive_hour)
    with lake.spool_folder() as folder:
        shards = normalize(folder)
        masking = source.masking.before("lake").without(previous.masked if previous else ())
        gathered = gather_shards(
            lake, manifest, shards, previous, folder, shape, suppression=suppression, masking=masking
        )
        refuse_denied(gathered)
        note = write_rows(lake, source, manifest, previous, gathered, shape, erasures=suppression.tokens)
    swap_hour(lake, note, moment=now())
    for shard in shards:
        shard.remove()
    return note


def swap_hour(lake: Lake, note: HourNote, *, moment: datetime) -> None:
    """Remove files that are no longer needed, then publish the note, which makes the hour's written files live."""
    clean_hour(lake, note.source, note.archive_hour, now=moment)
    clean_spools(lake, now=moment)
    lake.publish_bytes(encode_note(note), note_path(note.source, note.archive_hour))


def gather_shards(
    lake: Lake,
    manifest: Manifest,
    shards: Sequence[ShardRows],
    previous: HourNote | None,
    folder: Path,
    shape: Shape,
    *,
    suppression: Suppression = NOBODY,
    masking: Masking = NO_MASKING,
) -> Gathered:
    """Return the runs of all shards and of the vanished files together; `masking` is for rows of these alone.

    Raises LakeError when they do not hold each file of the manifest once.
    """
    vanished = carry_shard(lake, manifest, previous, folder / "vanished", shape, suppression, masking)
    members = [*shards, vanished] if vanished else shards
    notes = sorted((note for shard in members for note in shard.files.values()), key=lambda note: note.file)
    if [note.file for note in notes] != [file.key for file in manifest.files]:
        hour = format_hour(manifest.archive_hour)
        raise LakeError(f"the shards of {hour} are not its files: list the hour again and load it")
    opened = [shard.open(folder / f"opened-{number}", shape) for number, shard in enumerate(members)]
    return Gathered(
        open_runs(EVENTS, [shard.events for shard in opened]),
        open_runs(QUARANTINE, [shard.quarantine for shard in opened]),
        {note.file: note for note in notes},
    )


def refuse_denied(gathered: Gathered) -> None:
    """Raise ArchiveError if a permission is missing for every file: then it is the hour that cannot be read."""
    notes = list(gathered.files.values())
    if notes and all(note.unread == "denied" for note in notes):
        raise ArchiveError(f"none of the {len(notes)} files of the hour may be read: {notes[0].reason}")


def write_rows(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    previous: HourNote | None,
    gathered: Gathered,
    shape: Shape,
    *,
    erasures: Sequence[str] = (),
    config_hash: str | None = None,
    masked: Sequence[str] | None = None,
    keep_copies: bool = False,
) -> HourNote:
    """Write the winning rows, or with `keep_copies` all; return the note that makes them live once it is published.

    `config_hash` is that of the source, unless rows of another configuration are carried over, and `masked` are its
    rules of masking, unless the rows were masked by others.
    """
    rows = gathered.events
    losers = keep_all(rows) if keep_copies else find_losers(rows, gathered.bad, hashes_at_once=shape.hashes_at_once)
    counted = add_losers(gathered.files, count_libraries(gathered.events, losers.lost))
    files = tuple(add_conflicts(counted, losers.conflicts).values())
    config_hash = config_hash or hash_config(source)
    unread = [note.file for note in files if note.unread]
    token = name_token(config_hash, manifest, previous, shape, unread=unread, erasures=erasures)
    noticed = sum_names(file.noticed for file in files)
    names, samples = NameCount(), SampledRows(noticed, source.not_ids)

    def write(kind: RowKind, frames: Iterable[pl.DataFrame]) -> dict[str, str]:
        stem = f"{hour_folder(source.name, kind.name, manifest.archive_hour)}/{manifest.hash}-{token}"
        return write_files(lake, cut_groups(frames, kind, shape), kind, lambda number: f"{stem}-{number}.parquet")

    winners = mark_winners(gathered.events, losers.lost, gathered.bad)
    parquet = write(EVENTS, samples.watch(names.watch(merge_runs(gathered.events, winners))))
    quarantine = write(QUARANTINE, drop_lines(gathered))
    return HourNote(
        source=source.name,
        archive_hour=manifest.archive_hour,
        manifest_hash=manifest.hash,
        config_hash=config_hash,
        files=files,
        parquet=tuple(parquet),
        quarantine=tuple(quarantine),
        counts=sum_counts(files, ignored=manifest.ignored, distinct=names.rows),
        duplicates_by_library=sum_names(file.duplicates_by_library for file in files),
        quarantined_by_reason=sum_names(file.quarantined_by_reason for file in files),
        events_by_name=names.top(),
        members=sum_names(file.members for file in files),
        noticed=noticed,
        samples=tuple(first_samples([*samples.found, *losers.samples])),
        checksums=parquet | quarantine,
        masked=source.masking.before("lake").tokens if masked is None else tuple(masked),
    )


def drop_lines(gathered: Gathered) -> Iterator[pl.DataFrame]:
    """Yield the quarantined lines of sound files, and the one entry of each bad file."""
    believed = (pl.col("reason") == BAD_FILE) | ~pl.col("file").is_in(list(gathered.bad))
    for frame in merge_runs(gathered.quarantine, [None] * len(gathered.quarantine.runs)):
        yield frame.filter(believed)


def name_token(
    config_hash: str,
    manifest: Manifest,
    previous: HourNote | None,
    shape: Shape,
    *,
    unread: Sequence[str] = (),
    erasures: Sequence[str] = (),
) -> str:
    """Return a hash for the files' names of everything that their bytes depend on beside the manifest.

    So a live file is never overwritten by other bytes: a re-run either repeats it or uses another name.
    """
    inputs = [config_hash, pa.__version__, str(shape.group_bytes), str(shape.groups_per_file)]
    inputs += [*unread, *erasures]
    if previous is not None and manifest.vanished:
        inputs += [*sorted(manifest.vanished), *previous.parquet, *previous.quarantine]
    return xxhash.xxh3_64_hexdigest("\n".join(inputs).encode())
