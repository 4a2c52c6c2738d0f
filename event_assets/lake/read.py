"""Reading the lake: notes, an hour's events, single events by identity, and the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import FSSpecHandler, PyFileSystem

from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA
from event_assets.lake.errors import LakeError
from event_assets.lake.location import Lake, checked_name, format_hour, note_path, parse_hour
from event_assets.lake.note import HourNote, decode_note


def read_note(lake: Lake, source_name: str, hour: datetime) -> HourNote | None:
    """The hour's note, or None where the lake has no such hour. Raises LakeError when it is damaged."""
    path = note_path(source_name, hour)
    content = lake.read_bytes(path)
    return None if content is None else decode_note(content, path)


def list_hours(lake: Lake, source_name: str) -> list[datetime]:
    """The archive hours that the lake holds of a source, in order."""
    names = lake.list_folder(f"{checked_name(source_name)}/hours")
    return sorted(
        parse_hour(path.stem)
        for path in map(PurePosixPath, names)
        if path.suffix == ".json" and not path.name.startswith(".")
    )


def list_notes(
    lake: Lake, source_name: str, *, start: datetime | None = None, end: datetime | None = None
) -> Iterator[HourNote]:
    """The notes of a source's hours from `start` to `end`, both inclusive, in order, one at a time."""
    for hour in list_hours(lake, source_name):
        if (start is None or start <= hour) and (end is None or hour <= end):
            note = read_note(lake, source_name, hour)
            if note is not None:
                yield note


def scan_hour(lake: Lake, note: HourNote) -> pl.LazyFrame:
    """The hour's events, LAKE_SCHEMA, sorted by (type, event, timestamp, id); filters and columns reach the Parquet.

    Raises LakeError when a file that the note names is gone.
    """
    if not note.parquet:
        return pl.LazyFrame(schema=LAKE_SCHEMA)
    _check_files(lake, note)
    places = [lake.locate(path) for path in note.parquet]
    if lake.local:
        return pl.scan_parquet(places, glob=False, hive_partitioning=False)
    filesystem = PyFileSystem(FSSpecHandler(lake.filesystem))
    return pl.scan_pyarrow_dataset(ds.dataset(places, filesystem=filesystem, format="parquet"))


def read_hour(lake: Lake, note: HourNote, types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """The hour's events as `scan_hour` has them, a row group at a time: all, or at least those of these types.

    Raises LakeError when a file that the note names is gone.
    """
    _check_files(lake, note)
    yield from read_groups(lake, note.parquet, types)


def _check_files(lake: Lake, note: HourNote) -> None:
    missing = [path for path in note.parquet if not lake.exists(path)]
    if missing:
        message = f"{missing[0]} of {format_hour(note.archive_hour)} is gone from the lake: load it with --reload"
        raise LakeError(message)


def lookup(lake: Lake, source_name: str, hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
    """The hour's events whose (type, id) is among `keys`, LAKE_SCHEMA; none where the lake has no such hour.

    Ids are read first; other columns only of row groups that hold one of them.
    """
    note = read_note(lake, source_name, hour)
    found = [pl.DataFrame(schema=LAKE_SCHEMA)]
    if note is not None and not keys.is_empty():
        _check_files(lake, note)
        for path in note.parquet:
            found += _find_rows(lake, path, keys.select("type", "id").unique())
    return pl.concat(found)


def _find_rows(lake: Lake, path: str, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows of one Parquet file with the wanted (type, id), in order; a row group is held at a time."""
    with lake.filesystem.open(lake.locate(path), "rb") as content, pq.ParquetFile(content) as parquet:
        for group in range(parquet.num_row_groups):
            ids = pl.DataFrame(parquet.read_row_group(group, columns=["type", "id"])).with_row_index()
            rows = ids.join(wanted, on=["type", "id"], how="semi", maintain_order="left")["index"]
            if len(rows):
                yield pl.DataFrame(parquet.read_row_group(group).take(rows.to_arrow()))


def read_quarantine(
    lake: Lake, note: HourNote, per_reason: int | None, *, head_bytes: int | None = None
) -> pl.DataFrame:
    """The hour's quarantine, QUARANTINE_SCHEMA, by (file, line): the first `per_reason` of each reason, or all.

    `raw` is whole, or cut to its first `head_bytes`: lines may be as large as 32 MiB. A row group is held at a time.
    """
    seen: Counter[str] = Counter()
    parts = [pl.DataFrame(schema=QUARANTINE_SCHEMA)]
    for frame in read_groups(lake, note.quarantine):
        rank = pl.int_range(pl.len()).over("reason") + pl.col("reason").replace_strict(
            list(seen), list(seen.values()), default=0, return_dtype=pl.Int64
        )
        kept = frame if per_reason is None else frame.filter(rank < per_reason)
        seen.update(frame["reason"])
        raw = pl.col("raw") if head_bytes is None else pl.col("raw").bin.slice(0, head_bytes)
        parts.append(kept.with_columns(raw).rechunk())
    return pl.concat(parts)


def read_groups(lake: Lake, paths: Sequence[str], types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """The rows of some Parquet files of the lake, a row group at a time; groups without these types are left out."""
    for path in paths:
        with lake.filesystem.open(lake.locate(path), "rb") as content, pq.ParquetFile(content) as parquet:
            for group in range(parquet.num_row_groups):
                if types is None or _may_hold(parquet.metadata.row_group(group), types):
                    yield pl.DataFrame(parquet.read_row_group(group))


def _may_hold(group: pq.RowGroupMetaData, types: Collection[str]) -> bool:
    columns = (group.column(number) for number in range(group.num_columns))
    known = next(column.statistics for column in columns if column.path_in_schema == "type")
    return known is None or any(known.min <= each <= known.max for each in types)


def count_rows(lake: Lake, note: HourNote) -> int:
    """The events that the hour's Parquet files hold, from their footers."""
    return sum(read_footer(lake, path).num_rows for path in note.parquet)


def read_footer(lake: Lake, path: str) -> pq.FileMetaData:
    with lake.filesystem.open(lake.locate(path), "rb") as content:
        return pq.read_metadata(content)
