"""Reading the lake: notes, an hour's events, single events by identity, and the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq

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
    missing = [path for path in note.parquet if not lake.exists(path)]
    if missing:
        message = f"{missing[0]} of {format_hour(note.archive_hour)} is gone from the lake: load it with --reload"
        raise LakeError(message)
    places = [lake.locate(path) for path in note.parquet]
    if lake.local:
        return pl.scan_parquet(places, glob=False, hive_partitioning=False)
    return pl.scan_pyarrow_dataset(ds.dataset(places, filesystem=lake.arrow, format="parquet"))


def lookup(lake: Lake, source_name: str, hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
    """The hour's events whose (type, id) is among `keys`, LAKE_SCHEMA; none where the lake has no such hour.

    Ids are read first; other columns only of row groups that hold one of them.
    """
    note = read_note(lake, source_name, hour)
    if note is None or keys.is_empty():
        return pl.DataFrame(schema=LAKE_SCHEMA)
    wanted = keys.select("type", "id").unique()
    found = pl.col("id").is_in(wanted["id"].implode()) & pl.col("type").is_in(wanted["type"].unique().implode())
    return (
        scan_hour(lake, note).filter(found).collect().join(wanted, on=["type", "id"], how="semi", maintain_order="left")
    )


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


def read_groups(lake: Lake, paths: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows of some Parquet files of the lake, a row group at a time."""
    for path in paths:
        with lake.open_file(path) as content, pq.ParquetFile(content) as parquet:
            yield from (pl.DataFrame(parquet.read_row_group(group)) for group in range(parquet.num_row_groups))


def count_rows(lake: Lake, note: HourNote) -> int:
    """The events that the hour's Parquet files hold, from their footers."""
    return sum(read_footer(lake, path).num_rows for path in note.parquet)


def read_footer(lake: Lake, path: str) -> pq.FileMetaData:
    with lake.open_file(path) as content:
        return pq.read_metadata(content)
