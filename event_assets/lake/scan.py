"""The lake for people: its live events as one lazy frame of polars, or one dataset for DuckDB and pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import polars as pl
import pyarrow.dataset as ds

from event_assets.events.schema import INSTANT
from event_assets.lake.packs import ARCHIVE_HOUR, Extent, find_extents
from event_assets.lake.reading.read import SCANNED_SCHEMA, list_notes, open_dataset
from event_assets.lake.store import Lake

_PATH = "path of the file"


def scan(
    lake: Lake | str,
    source: str = "default",
    start: datetime | None = None,
    end: datetime | None = None,
    storage_options: Mapping[str, object] | None = None,
) -> pl.LazyFrame:
    """Return the live events of a source from archive hour `start` to `end`, both inclusive, in no order.

    `lake` is a folder or an fsspec URL. The columns are those of the lake and `_archive_hour`; filters and columns
    reach the Parquet. `start` and `end` leave other hours unopened; without a zone they are UTC. Live files are
    looked up at the call: read within a day, or call it again. Raises LakeError where a note of the range is damaged.
    """
    store = _open(lake, storage_options)
    extents = list(_live_extents(store, source, start, end))
    if not store.local:
        return pl.scan_pyarrow_dataset(open_dataset(store, extents))
    loose = [store.locate(extent.path) for _, extent in extents if extent.pack is None]
    packed: dict[str, list[datetime]] = {}
    for hour, extent in extents:
        if extent.pack is not None:
            packed.setdefault(store.locate(extent.path), []).append(hour)
    frames = [_scan_loose(loose)] if loose else []
    frames += [_scan_pack(path, hours) for path, hours in packed.items()]
    return pl.concat(frames) if frames else pl.LazyFrame(schema=SCANNED_SCHEMA)


def dataset(
    lake: Lake | str,
    source: str = "default",
    start: datetime | None = None,
    end: datetime | None = None,
    storage_options: Mapping[str, object] | None = None,
) -> ds.Dataset:
    """Return the same events as a `pyarrow.dataset.Dataset`, which DuckDB queries by the name of its variable.

    A filter on `_archive_hour` leaves other hours unopened too.
    """
    store = _open(lake, storage_options)
    return open_dataset(store, _live_extents(store, source, start, end))


def _open(lake: Lake | str, storage_options: Mapping[str, object] | None) -> Lake:
    return lake if isinstance(lake, Lake) else Lake(str(lake), storage_options or {})


def _live_extents(
    lake: Lake, source: str, start: datetime | None, end: datetime | None
) -> Iterator[tuple[datetime, Extent]]:
    for note in list_notes(lake, source, start=_as_utc(start), end=_as_utc(end)):
        for extent in find_extents(lake, note, "events"):
            yield note.archive_hour.astimezone(UTC), extent


def _scan_loose(paths: list[str]) -> pl.LazyFrame:
    """Scan files of one hour each; the folder of a file names its hour."""
    folder = pl.col(_PATH).str.extract_groups(
        r"^.*/archive_date=(?<date>\d{4}-\d{2}-\d{2})/archive_hour=(?<hour>\d{2})/[^/]*$"
    )
    text = pl.format("{}T{}:00", folder.struct.field("date"), folder.struct.field("hour"))
    hour = text.str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us").dt.replace_time_zone("UTC")
    rows = pl.scan_parquet(paths, glob=False, hive_partitioning=False, include_file_paths=_PATH)
    return rows.with_columns(hour.alias(ARCHIVE_HOUR)).drop(_PATH)


def _scan_pack(path: str, hours: list[datetime]) -> pl.LazyFrame:
    wanted = pl.Series(hours, dtype=INSTANT)
    rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    return rows.filter(pl.col(ARCHIVE_HOUR).is_in(wanted.implode()))


def _as_utc(hour: datetime | None) -> datetime | None:
    return hour.replace(tzinfo=UTC) if hour is not None and hour.tzinfo is None else hour
