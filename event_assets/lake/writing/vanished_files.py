"""What the lake keeps of files that have vanished from the archive's listing (contract §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import FileNote, HourNote
from event_assets.lake.packs import Part
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.read import read_groups
from event_assets.lake.store import Lake


def carry_notes(manifest: Manifest, previous: HourNote | None) -> dict[str, FileNote]:
    """The former notes of the vanished files, by key. Raises LakeError when the lake never had one of them."""
    known = {note.file: note for note in previous.files} if previous else {}
    unknown = sorted(manifest.vanished - known.keys())
    if unknown:
        message = (
            f"file {unknown[0]!r} of {format_hour(manifest.archive_hour)} is gone from the archive and the lake holds"
            " nothing of it: put it back, or accept the loss with --accept-removals"
        )
        raise LakeError(message)
    return {key: replace(known[key], vanished=True) for key in sorted(manifest.vanished)}


def carry_rows(
    lake: Lake, parts: Iterable[Part], column: str, files: Mapping[str, FileNote] | Set[str]
) -> Iterator[pl.DataFrame]:
    """The rows of these files in the lake's former Parquet, a row group at a time; `column` names a row's file."""
    if not files:
        return
    for frame in read_groups(lake, parts):
        yield frame.filter(pl.col(column).is_in(list(files)))
