"""Reading the lake: notes, an hour's events, single events by identity, and the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from event_assets.events.schema import INSTANT, LAKE_SCHEMA, QUARANTINE_SCHEMA
from event_assets.lake.hour_note import HourNote, decode_note
from event_assets.lake.packs import ARCHIVE_HOUR, Part, find_parts, require_parts
from event_assets.lake.paths import checked_name, note_path, parse_hour
from event_assets.lake.store import Lake

SCANNED_SCHEMA: Final = pl.Schema({**LAKE_SCHEMA, ARCHIVE_HOUR: INSTANT})
"""The columns of events of several hours."""


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
    parts = find_parts(lake, note, "events")
    if not parts:
        return pl.LazyFrame(schema=LAKE_SCHEMA)
    require_parts(lake, note, parts)
    if not lake.local:
        return pl.scan_pyarrow_dataset(open_dataset(lake, [(note.archive_hour, part) for part in parts])).drop(
            ARCHIVE_HOUR
        )
    places = [lake.locate(part.path) for part in parts]
    rows = pl.scan_parquet(places, glob=False, hive_partitioning=False)
    packed = any(part.pack for part in parts)
    return rows.filter(pl.col(ARCHIVE_HOUR) == note.archive_hour).drop(ARCHIVE_HOUR) if packed else rows


def open_dataset(lake: Lake, parts: Iterable[tuple[datetime, Part]]) -> LiveRows:
    """Parts of hours as one dataset of Arrow's, with the hour of each as the column `_archive_hour`.

    A filter on the hour leaves the other hours' files unopened, and of a pack only the hour's row groups are read.
    """
    filesystem = LocalFileSystem() if lake.local else lake.arrow
    form, schema = ds.ParquetFileFormat(), scanned_schema()
    kind = schema.field(ARCHIVE_HOUR).type
    fragments = [
        form.make_fragment(
            lake.locate(part.path),
            filesystem,
            partition_expression=ds.field(ARCHIVE_HOUR) == pa.scalar(hour, kind),
            row_groups=group,
        )
        for hour, part in parts
        for group in ([[number] for number in row_groups(part)] if part.pack else [None])  # of several it makes a set
    ]
    return LiveRows(fragments, schema, form, filesystem)


@cache
def scanned_schema() -> pa.Schema:
    """The columns of events of several hours, as Arrow has them. Asked for, not made on import: it starts threads."""
    return pl.DataFrame(schema=SCANNED_SCHEMA).to_arrow(compat_level=pl.CompatLevel.oldest()).schema


class LiveRows(ds.FileSystemDataset):  # type: ignore[misc]  # pyarrow has no types
    """A dataset that counts its own rows: Arrow counts all of a file of which only some row groups were asked for."""

    def count_rows(self, **options: object) -> int:
        """The rows that `to_table` would give with these options."""
        return sum(batch.num_rows for batch in self.to_batches(columns=[], **options))


def row_groups(part: Part) -> range:
    """The row groups of a pack that are the hour's."""
    return range(part.pack.first_group, part.pack.first_group + part.pack.groups) if part.pack else range(0)


def read_hour(lake: Lake, note: HourNote, types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """The hour's events as `scan_hour` has them, a row group at a time: all, or at least those of these types.

    Raises LakeError when a file that the note names is gone.
    """
    parts = find_parts(lake, note, "events")
    require_parts(lake, note, parts)
    yield from read_groups(lake, parts, types)


def lookup(lake: Lake, source_name: str, hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
    """The hour's events whose (type, id) is among `keys`, LAKE_SCHEMA; none where the lake has no such hour.

    Ids are read first; other columns only of row groups that hold one of them.
    """
    note = read_note(lake, source_name, hour)
    found = [pl.DataFrame(schema=LAKE_SCHEMA)]
    if note is not None and not keys.is_empty():
        parts = find_parts(lake, note, "events")
        require_parts(lake, note, parts)
        wanted = keys.select("type", "id").unique()
        found += [rows for part in parts for rows in _find_rows(lake, part, wanted)]
    return pl.concat(found)


def _find_rows(lake: Lake, part: Part, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows of one part with the wanted (type, id), in order; a row group is held at a time."""
    with lake.open_file(part.path) as content, pq.ParquetFile(content) as parquet:
        for group in groups_of(part, parquet):
            ids = pl.DataFrame(parquet.read_row_group(group, columns=["type", "id"])).with_row_index()
            rows = ids.join(wanted, on=["type", "id"], how="semi", maintain_order="left")["index"]
            if len(rows):
                yield pl.DataFrame(parquet.read_row_group(group).take(rows.to_arrow())).select(LAKE_SCHEMA.names())


def read_quarantine(
    lake: Lake, note: HourNote, per_reason: int | None, *, head_bytes: int | None = None
) -> pl.DataFrame:
    """The hour's quarantine, QUARANTINE_SCHEMA, by (file, line): the first `per_reason` of each reason, or all.

    `raw` is whole, or cut to its first `head_bytes`: lines may be as large as 32 MiB. A row group is held at a time.
    """
    seen: Counter[str] = Counter()
    parts = [pl.DataFrame(schema=QUARANTINE_SCHEMA)]
    for frame in read_groups(lake, find_parts(lake, note, "quarantine")):
        rank = pl.int_range(pl.len()).over("reason") + pl.col("reason").replace_strict(
            list(seen), list(seen.values()), default=0, return_dtype=pl.Int64
        )
        kept = frame if per_reason is None else frame.filter(rank < per_reason)
        seen.update(frame["reason"])
        raw = pl.col("raw") if head_bytes is None else pl.col("raw").bin.slice(0, head_bytes)
        parts.append(kept.with_columns(raw).rechunk())
    return pl.concat(parts)


def read_groups(lake: Lake, parts: Iterable[Part], types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """The rows of some parts of the lake, a row group at a time, in the columns of their kind; groups without these
    types are left out."""
    for part in parts:
        with lake.open_file(part.path) as content, pq.ParquetFile(content) as parquet:
            for group in groups_of(part, parquet):
                if types is None or _may_hold(parquet.metadata.row_group(group), types):
                    frame = pl.DataFrame(parquet.read_row_group(group))
                    yield frame.drop(ARCHIVE_HOUR) if part.pack else frame


def groups_of(part: Part, parquet: pq.ParquetFile) -> range:
    """The row groups of a file that are the part's."""
    return row_groups(part) if part.pack else range(parquet.num_row_groups)


def _may_hold(group: pq.RowGroupMetaData, types: Collection[str]) -> bool:
    columns = (group.column(number) for number in range(group.num_columns))
    known = next(column.statistics for column in columns if column.path_in_schema == "type")
    return known is None or any(known.min <= each <= known.max for each in types)


def count_rows(lake: Lake, note: HourNote) -> int:
    """The events that the hour's Parquet files hold, from their footers."""
    return sum(count_part(lake, part) for part in find_parts(lake, note, "events"))


def count_part(lake: Lake, part: Part) -> int:
    """The rows of a part, from its file's footer."""
    footer = read_footer(lake, part.path)
    groups = row_groups(part) if part.pack else range(footer.num_row_groups)
    return sum(footer.row_group(group).num_rows for group in groups if group < footer.num_row_groups)


def read_footer(lake: Lake, path: str) -> pq.FileMetaData:
    with lake.open_file(path) as content:
        return pq.read_metadata(content)
