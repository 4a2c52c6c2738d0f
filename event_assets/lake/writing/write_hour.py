"""Writing an hour: normalized chunks in any order into the hour's Parquet, its quarantine and its note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import xxhash

from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.normalize import Normalized
from event_assets.lake.config_hash import hash_config
from event_assets.lake.hour_note import FileNote, HourNote, encode_note, sum_counts, sum_names
from event_assets.lake.maintenance.vacuum import clean_hour, clean_spools
from event_assets.lake.packs import find_parts
from event_assets.lake.parquet import DEFAULT_SHAPE, Shape, cut_groups, write_files
from event_assets.lake.paths import hour_folder, note_path
from event_assets.lake.reading.read import read_note
from event_assets.lake.row_kinds import EVENTS, QUARANTINE, Kind
from event_assets.lake.store import Lake
from event_assets.lake.writing.dedup import find_losers, mark_winners
from event_assets.lake.writing.duplicate_libraries import count_libraries
from event_assets.lake.writing.event_name_counts import NameCount
from event_assets.lake.writing.file_counts import BAD_FILE, Tally, add_losers
from event_assets.lake.writing.merge_runs import MARKS_PER_RANGE, merge_runs
from event_assets.lake.writing.sorted_runs import SortedRuns, Spool
from event_assets.lake.writing.vanished_files import carry_notes, carry_rows


@dataclass(frozen=True)
class Gathered:
    """Everything the files of an hour brought, before copies are compared."""

    events: SortedRuns
    quarantine: SortedRuns
    files: dict[str, FileNote]

    @property
    def bad(self) -> frozenset[str]:
        """The keys of bad files."""
        return frozenset(key for key, note in self.files.items() if note.bad)


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
    """Write an archive hour and swap it in by its note, which is written last; gives the note (contract §7, §8).

    Memory is bounded whatever the hour's size; the files' bytes depend on the manifest's files and the configuration
    alone. Rows of vanished files come from `previous`, by default the lake's note of now. Raises IncompleteHour when
    the chunks do not bring every file of the manifest to its end, LakeError when the former note does not know a
    vanished file; the former hour then stays.
    """
    if manifest.vanished and previous is None:
        previous = read_note(lake, source.name, manifest.archive_hour)
    with lake.spool_folder() as folder:
        gathered = gather_rows(lake, manifest, chunks, previous, folder, shape)
        note = write_rows(lake, source, manifest, previous, gathered, shape)
    swap_hour(lake, note, moment=now())
    return note


def swap_hour(lake: Lake, note: HourNote, *, moment: datetime) -> None:
    """Make an hour's written files live by its note, once what nobody needs any more is removed."""
    clean_hour(lake, note.source, note.archive_hour, now=moment)
    clean_spools(lake, now=moment)
    lake.publish_bytes(encode_note(note), note_path(note.source, note.archive_hour))


def gather_rows(
    lake: Lake,
    manifest: Manifest,
    chunks: Iterable[Normalized],
    previous: HourNote | None,
    folder: Path,
    shape: Shape,
) -> Gathered:
    """Take every chunk, count it by file and keep its rows as sorted runs; add the rows of vanished files."""
    tally, events, quarantine = take_chunks(chunks, folder, shape)
    carried = carry_notes(manifest, previous)
    carry_into(events, quarantine, lake, previous, carried)
    return Gathered(events.finish(), quarantine.finish(), tally.close(manifest, carried))


def take_chunks(chunks: Iterable[Normalized], folder: Path, shape: Shape) -> tuple[Tally, Spool, Spool]:
    """Count every chunk by file and take its events and its quarantine."""
    tally = Tally()
    events, quarantine = open_spools(folder, shape)
    for chunk in chunks:
        tally.add(chunk)
        events.add(chunk.events)
        quarantine.add(chunk.quarantine)
    return tally, events, quarantine


def open_spools(folder: Path, shape: Shape) -> tuple[Spool, Spool]:
    """Where the events and the quarantine of an hour are gathered."""
    mark_bytes = max(1, shape.range_bytes // MARKS_PER_RANGE)
    events, quarantine = (Spool(kind, folder / kind.name, shape.run_bytes, mark_bytes) for kind in (EVENTS, QUARANTINE))
    return events, quarantine


def carry_into(
    events: Spool, quarantine: Spool, lake: Lake, previous: HourNote | None, carried: Mapping[str, FileNote]
) -> None:
    """Add the rows that the lake has of vanished files."""
    if previous is None or not carried:
        return
    for frame in carry_rows(lake, find_parts(lake, previous, "events"), "_file", carried):
        events.add(frame)
    for frame in carry_rows(lake, find_parts(lake, previous, "quarantine"), "file", carried):
        quarantine.add(frame)


def write_rows(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    previous: HourNote | None,
    gathered: Gathered,
    shape: Shape,
) -> HourNote:
    """Write what wins; gives the note that will make it live."""
    lost = find_losers(gathered.events, gathered.bad, hashes_at_once=shape.hashes_at_once)
    files = add_losers(gathered.files, count_libraries(gathered.events, lost)).values()
    config_hash = hash_config(source)
    token = name_token(config_hash, manifest, previous, shape)
    names = NameCount()

    def write(kind: Kind, frames: Iterable[pl.DataFrame]) -> tuple[str, ...]:
        stem = f"{hour_folder(source.name, kind.name, manifest.archive_hour)}/{manifest.hash}-{token}"
        return write_files(lake, cut_groups(frames, kind, shape), kind, lambda number: f"{stem}-{number}.parquet")

    winners = mark_winners(gathered.events, lost, gathered.bad)
    parquet = write(EVENTS, names.watch(merge_runs(gathered.events, winners)))
    quarantine = write(QUARANTINE, drop_lines(gathered))
    return HourNote(
        source=source.name,
        archive_hour=manifest.archive_hour,
        manifest_hash=manifest.hash,
        config_hash=config_hash,
        files=tuple(files),
        parquet=parquet,
        quarantine=quarantine,
        counts=sum_counts(files, ignored=manifest.ignored, distinct=names.rows),
        duplicates_by_library=sum_names(file.duplicates_by_library for file in files),
        quarantined_by_reason=sum_names(file.quarantined_by_reason for file in files),
        events_by_name=names.top(),
        members=sum_names(file.members for file in files),
    )


def drop_lines(gathered: Gathered) -> Iterator[pl.DataFrame]:
    """The quarantined lines of sound files, and the one entry of each bad file."""
    believed = (pl.col("reason") == BAD_FILE) | ~pl.col("file").is_in(list(gathered.bad))
    for frame in merge_runs(gathered.quarantine, [None] * len(gathered.quarantine.runs)):
        yield frame.filter(believed)


def name_token(config_hash: str, manifest: Manifest, previous: HourNote | None, shape: Shape) -> str:
    """What stands in the files' names beside the manifest's hash: everything else that their bytes depend on.

    So a live file is never overwritten by other bytes: a re-run either repeats it or takes another name.
    """
    parts = [config_hash, pa.__version__, str(shape.group_bytes), str(shape.groups_per_file)]
    if previous is not None and manifest.vanished:
        parts += [*sorted(manifest.vanished), *previous.parquet, *previous.quarantine]
    return xxhash.xxh3_64_hexdigest("\n".join(parts).encode())
