"""Read the lake: notes, an hour's events, single events by identity, and the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
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
from event_assets.lake.packs import ARCHIVE_HOUR, Extent, find_extents, require_extents
from event_assets.lake.paths import checked_name, note_path, parse_hour
from event_assets.lake.reading.verified import open_extent, read_group
from event_assets.lake.store import Lake

SCANNED_SCHEMA: Final = pl.Schema({**LAKE_SCHEMA, ARCHIVE_HOUR: INSTANT})
"""The columns of events of several hours."""


def read_note(lake: Lake, source_name: str, hour: datetime) -> HourNote | None:
    """Return the hour's note, or None where the lake has no such hour. Raises DamagedHour when it is damaged."""
    path = note_path(source_name, hour)
    content = lake.read_bytes(path)
    return None if content is None else decode_note(content, path, hour.astimezone(UTC))


def list_hours(
    lake: Lake, source_name: str, *, start: datetime | None = None, end: datetime | None = None
) -> list[datetime]:
    """Return the archive hours that the lake holds of a source from `start` to `end`, both inclusive, in order."""
    names = lake.list_folder(f"{checked_name(source_name)}/hours")
    hours = sorted(
        parse_hour(path.stem)
        for path in map(PurePosixPath, names)
        if path.suffix == ".json" and not path.name.startswith(".")
    )
    return [hour for hour in hours if (start is None or start <= hour) and (end is None or hour <= end)]


def list_notes(
    lake: Lake, source_name: str, *, start: datetime | None = None, end: datetime | None = None
) -> Iterator[HourNote]:
    """Yield the notes of a source's hours from `start` to `end`, both inclusive, in order."""
    for hour in list_hours(lake, source_name, start=start, end=end):
        note = read_note(lake, source_name, hour)
        if note is not None:
            yield note


def scan_hour(lake: Lake, note: HourNote) -> pl.LazyFrame:
    """Return the hour's events, LAKE_SCHEMA, sorted by (type, event, timestamp, id).

    Filters and columns reach the Parquet, whose checksums are not compared. Raises LakeError when a file that the note
    names is missing.
    """
    extents = find_extents(lake, note, "events")
    if not extents:
        return pl.LazyFrame(schema=LAKE_SCHEMA)
    require_extents(lake, note, extents)
    if not lake.local:
        return pl.scan_pyarrow_dataset(open_dataset(lake, [(note.archive_hour, extent) for extent in extents])).drop(
            ARCHIVE_HOUR
        )
    paths = [lake.locate(extent.path) for extent in extents]
    rows = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
    packed = any(extent.pack for extent in extents)
    return rows.filter(pl.col(ARCHIVE_HOUR) == note.archive_hour).drop(ARCHIVE_HOUR) if packed else rows


def open_dataset(lake: Lake, extents: Iterable[tuple[datetime, Extent]]) -> LiveRows:
    """Return extents of hours as one Arrow dataset, with the hour of an extent as the column `_archive_hour`.

    A filter on the hour leaves the other hours' files unopened, and of a pack only the hour's row groups are read.
    """
    filesystem = LocalFileSystem() if lake.local else lake.arrow
    form, schema = ds.ParquetFileFormat(), scanned_schema()
    kind = schema.field(ARCHIVE_HOUR).type
    fragments = [
        form.make_fragment(
            lake.locate(extent.path),
            filesystem,
            partition_expression=ds.field(ARCHIVE_HOUR) == pa.scalar(hour, kind),
            row_groups=group,
        )
        for hour, extent in extents
        for group in (
            [None] if extent.groups is None else [[number] for number in extent.groups]
        )  # several groups would be one fragment
    ]
    return LiveRows(fragments, schema, form, filesystem)


@cache
def scanned_schema() -> pa.Schema:
    """Return the columns of events of several hours as Arrow types; not a constant, as polars starts threads for it."""
    return pl.DataFrame(schema=SCANNED_SCHEMA).to_arrow(compat_level=pl.CompatLevel.oldest()).schema


class LiveRows(ds.FileSystemDataset):  # type: ignore[misc]  # pyarrow has no types
    """A dataset that counts its own rows: Arrow counts all rows of a file of which it reads only some row groups."""

    def count_rows(self, **options: object) -> int:
        """Return the number of rows that `to_table` gives with these options."""
        return sum(batch.num_rows for batch in self.to_batches(columns=[], **options))


def read_hour(lake: Lake, note: HourNote, types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the hour's events as `scan_hour` has them, a row group at a time: all, or at least those of these types.

    Raises DamagedHour when a file that the note names is missing, or is not the one that was written.
    """
    extents = find_extents(lake, note, "events")
    require_extents(lake, note, extents)
    yield from read_groups(lake, extents, types)


def lookup(lake: Lake, note: HourNote | None, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the hour's events whose (type, id) is among `keys`, LAKE_SCHEMA; none where the lake has no such hour.

    Ids are read first; other columns only of row groups that hold one of them. Raises DamagedHour, as `read_hour`.
    """
    found = [pl.DataFrame(schema=LAKE_SCHEMA)]
    if note is not None and not keys.is_empty():
        extents = find_extents(lake, note, "events")
        require_extents(lake, note, extents)
        wanted = keys.select("type", "id").unique()
        found += [rows for extent in extents for rows in _find_rows(lake, extent, wanted)]
    return pl.concat(found)


def _find_rows(lake: Lake, extent: Extent, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of one extent with the wanted (type, id), in order; a row group is held at a time."""
    with open_extent(lake, extent) as parquet:
        for group in groups_of(extent, parquet):
            ids = pl.DataFrame(read_group(parquet, extent, group, ["type", "id"])).with_row_index()
            rows = ids.join(wanted, on=["type", "id"], how="semi", maintain_order="left")["index"]
            if len(rows):
                yield pl.DataFrame(read_group(parquet, extent, group).take(rows.to_arrow())).select(LAKE_SCHEMA.names())


def read_quarantine(
    lake: Lake, note: HourNote, per_reason: int | None, *, head_bytes: int | None = None
) -> pl.DataFrame:
    """Return the hour's quarantine, QUARANTINE_SCHEMA, by (file, line): the first `per_reason` of each reason, or all.

    `raw` is whole, or cut to its first `head_bytes`: lines may be as large as 32 MiB. A row group is held at a time.
    """
    seen: Counter[str] = Counter()
    frames = [pl.DataFrame(schema=QUARANTINE_SCHEMA)]
    for frame in read_groups(lake, find_extents(lake, note, "quarantine")):
        rank = pl.int_range(pl.len()).over("reason") + pl.col("reason").replace_strict(
            list(seen), list(seen.values()), default=0, return_dtype=pl.Int64
        )
        kept = frame if per_reason is None else frame.filter(rank < per_reason)
        seen.update(frame["reason"])
        raw = pl.col("raw") if head_bytes is None else pl.col("raw").bin.slice(0, head_bytes)
        frames.append(kept.with_columns(raw).rechunk())
    return pl.concat(frames)


def read_groups(lake: Lake, extents: Iterable[Extent], types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows of some extents, a row group at a time, in the columns of their kind; groups without these types
    are left out. Raises DamagedHour."""
    for extent in extents:
        with open_extent(lake, extent) as parquet:
            for group in groups_of(extent, parquet):
                if types is None or _may_hold(parquet.metadata.row_group(group), types):
                    frame = pl.DataFrame(read_group(parquet, extent, group))
                    yield frame.drop(ARCHIVE_HOUR) if extent.pack else frame


def read_columns(lake: Lake, extents: Iterable[Extent], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield some columns of the rows of some extents, a row group at a time. Raises DamagedHour."""
    for extent in extents:
        with open_extent(lake, extent) as parquet:
            for group in groups_of(extent, parquet):
                yield pl.DataFrame(read_group(parquet, extent, group, columns))


def groups_of(extent: Extent, parquet: pq.ParquetFile) -> Sequence[int]:
    """Return the row groups of a file that belong to the extent."""
    return range(parquet.num_row_groups) if extent.groups is None else extent.groups


def _may_hold(group: pq.RowGroupMetaData, types: Collection[str]) -> bool:
    columns = (group.column(number) for number in range(group.num_columns))
    known = next(column.statistics for column in columns if column.path_in_schema == "type")
    return known is None or any(known.min <= kind <= known.max for kind in types)


def count_rows(lake: Lake, note: HourNote) -> int:
    """Return how many events the hour's Parquet files hold, by their footers."""
    return sum(count_extent(lake, extent) for extent in find_extents(lake, note, "events"))


def count_extent(lake: Lake, extent: Extent) -> int:
    """Return how many rows an extent has, by its file's footer."""
    footer = read_footer(lake, extent.path)
    groups = range(footer.num_row_groups) if extent.groups is None else extent.groups
    return sum(footer.row_group(group).num_rows for group in groups if group < footer.num_row_groups)


def read_footer(lake: Lake, path: str) -> pq.FileMetaData:
    with lake.open_file(path) as content:
        return pq.read_metadata(content)
