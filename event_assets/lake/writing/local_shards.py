"""Shares of a large hour: some of its files each, gathered by other processes of this machine and written by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events.normalize import Normalized
from event_assets.lake.hour_note import FileNote, HourNote
from event_assets.lake.parquet import Shape
from event_assets.lake.row_kinds import EVENTS, QUARANTINE
from event_assets.lake.store import Lake
from event_assets.lake.writing.sorted_runs import Spooled, open_runs
from event_assets.lake.writing.vanished_files import carry_notes
from event_assets.lake.writing.write_hour import (
    Gathered,
    carry_into,
    open_spools,
    swap_hour,
    take_chunks,
    write_rows,
)


@dataclass(frozen=True)
class Share:
    """What some files of an hour brought: their notes by key, and their rows as sorted runs in local files."""

    files: dict[str, FileNote]
    events: Spooled
    quarantine: Spooled


Gather = Callable[[Path], Sequence[Share]]
"""Gathers every file of an hour that has not vanished into shares, below a folder."""


def gather_share(manifest: Manifest, chunks: Iterable[Normalized], folder: Path, shape: Shape) -> Share:
    """Take the chunks of the manifest's files, count them by file and leave their rows as sorted runs in the folder.

    Raises IncompleteHour when the chunks do not bring every file to its end.
    """
    tally, events, quarantine = take_chunks(chunks, folder, shape)
    return Share(tally.close(manifest, {}), events.leave(), quarantine.leave())


def write_shares(
    lake: Lake,
    source: ArchiveSource,
    manifest: Manifest,
    gather: Gather,
    *,
    shape: Shape,
    previous: HourNote | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> HourNote:
    """Write an archive hour from its shares and swap it in, as `write_hour` does from its chunks: the same bytes.

    Rows of vanished files come from `previous`. Raises what `gather` raises, and LakeError when the former note does
    not know a vanished file.
    """
    with lake.spool_folder() as folder:
        shares = gather(folder)
        carried = carry_notes(manifest, previous)
        events, quarantine = open_spools(folder, shape)
        carry_into(events, quarantine, lake, previous, carried)
        notes = {key: note for share in shares for key, note in share.files.items()} | dict(carried)
        gathered = Gathered(
            open_runs(EVENTS, [*(share.events for share in shares), events.leave()]),
            open_runs(QUARANTINE, [*(share.quarantine for share in shares), quarantine.leave()]),
            {file.key: notes[file.key] for file in manifest.files},
        )
        note = write_rows(lake, source, manifest, previous, gathered, shape)
    swap_hour(lake, note, moment=now())
    return note
