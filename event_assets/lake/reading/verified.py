"""A file of the lake, opened once its bytes are known to be those that were written.

Covered by tests/lake/reading/test_damaged.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.lake.checksums import PARQUET_ERRORS, Content, copy_spans, hash_spans, spans_of
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.packs import Extent, KindName, find_extents
from event_assets.lake.paths import format_hour
from event_assets.lake.store import Lake

KINDS: tuple[KindName, ...] = ("events", "quarantine")


@contextmanager
def open_extent(lake: Lake, extent: Extent) -> Iterator[pq.ParquetFile]:
    """Open an extent's file after its bytes were compared with their checksum, for extents that have one.

    Raises DamagedHour when the file is missing, is another one, or is no Parquet file.
    """
    with _open_content(lake, extent) as content:
        with translating_damage(extent):
            parquet = pq.ParquetFile(content)
        with parquet:
            yield parquet


@contextmanager
def _open_content(lake: Lake, extent: Extent) -> Iterator[Content]:
    """Open the file. From an object store it is copied once: its ranges would be requested a second time."""
    with translating_damage(extent):
        opened = lake.open_file(extent.path)
    with opened as content:
        if not extent.checksum:
            yield content
            return
        with translating_damage(extent):
            spans = spans_of(content, extent.groups)
        if lake.local:
            _compare(extent, hash_spans(content, spans))
            content.seek(0)
            yield content
            return
        with lake.spool_folder() as folder, copy_spans(content, spans, folder / "copy") as (copy, checksum):
            _compare(extent, checksum)
            yield copy


def read_group(parquet: pq.ParquetFile, extent: Extent, group: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a row group. Raises DamagedHour when they cannot be read."""
    with translating_damage(extent):
        return parquet.read_row_group(group, columns=columns)


def verify_extent(lake: Lake, extent: Extent) -> None:
    """Return if the extent's bytes are those that were written; without a checksum, if its rows can be read.

    Raises DamagedHour.
    """
    with open_extent(lake, extent) as parquet:
        for group in range(parquet.num_row_groups) if extent.groups is None else extent.groups:
            if not extent.checksum:
                read_group(parquet, extent, group)


def verify_extents(lake: Lake, extents: Iterable[Extent]) -> None:
    """Verify extents one after the other. Raises DamagedHour for the first damaged one."""
    for extent in extents:
        verify_extent(lake, extent)


def size_extent(lake: Lake, extent: Extent) -> int:
    """Return the size of an extent's file in bytes. Raises DamagedHour when it is missing."""
    with translating_damage(extent):
        return lake.size(extent.path)


def is_sound(lake: Lake, note: HourNote) -> bool:
    """Return whether every file that holds rows of the hour is the one that was written."""
    try:
        verify_extents(lake, [extent for kind in KINDS for extent in find_extents(lake, note, kind)])
    except DamagedHour:
        return False
    return True


@contextmanager
def translating_damage(extent: Extent) -> Iterator[None]:
    """Translate a missing file and errors of Parquet in the block into DamagedHour, which names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise damaged(extent, "missing from the lake") from error
    except PARQUET_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise damaged(extent, f"damaged in the lake ({reason})") from error


def _compare(extent: Extent, checksum: str) -> None:
    if checksum != extent.checksum:
        raise damaged(extent, "damaged in the lake (it is not what was written)")


def damaged(extent: Extent, state: str) -> DamagedHour:
    """Return the error for an extent that cannot be used."""
    hour = f" of {format_hour(extent.hour)}" if extent.hour else ""
    return DamagedHour(f"{extent.path}{hour} is {state}: load the hour with --reload", extent.hour)
