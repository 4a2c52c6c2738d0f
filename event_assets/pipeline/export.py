"""Event tables and users as typed Parquet for people who read files: refreshed where loads touched a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import quote

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.config.settings import Settings, SettingsError
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.store import Lake
from loaders.connection.warehouse import Warehouse
from loaders.queries.export import NO_DAY, Dataset, read_datasets, read_rows

NOTE: Final = "_tideline.json"
"""What of the warehouse a dataset has taken in. Readers of folders pass over names that begin with `_`."""
SCHEMA_FILE: Final = "_common_metadata"
"""A Parquet file without rows that has every column."""
_GROUP_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Taken:
    """What a dataset's files hold: the type of each column, and of each day the newest load in it."""

    columns: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """What became of one table: days written, days whose last row went, rows written; `days` are all that it has."""

    source: str
    table: str
    path: str
    days: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    rows: int

    @property
    def changed(self) -> bool:
        """Whether a file of the table was written or removed."""
        return bool(self.written or self.removed)

    def __str__(self) -> str:
        return f"export {self.path} days={len(self.written)} removed={len(self.removed)} rows={self.rows}"


def export_tables(settings: Settings, target: Lake, tables: Sequence[str] = ()) -> Iterator[Exported]:
    """Bring the files below `target` up to what the warehouse holds, table by table; of all tables or the named ones.

    A day's file is replaced whole, and what was taken in is written down last: killed, it goes on from there. The
    warehouse is looked into for a day at a time, so loads wait for no more than that. Raises `WarehouseError`;
    `SettingsError` for a table that is not there.
    """
    warehouse = open_warehouse(settings)
    with target.alone(".tideline-export"):
        found = {source.name: _datasets(warehouse, source) for source in settings.sources.values()}
        known = {table for datasets in found.values() for table in datasets}
        if missing := sorted(set(tables) - known):
            raise SettingsError(
                f"There is no table {missing[0]!r}; the warehouse has {', '.join(sorted(known)) or 'none'}."
            )
        for source in settings.sources.values():
            for table, dataset in found[source.name].items():
                if not tables or table in tables:
                    yield _export(warehouse, target, source, dataset)
            if not tables:
                yield from _remove_others(target, source, found[source.name])


def _datasets(warehouse: Warehouse, source: Source) -> dict[str, Dataset]:
    with warehouse.reading() as session, session.transaction():
        return read_datasets(session, source.schema)


def _export(warehouse: Warehouse, target: Lake, source: Source, dataset: Dataset) -> Exported:
    folder = f"{_safe(dataset.schema)}/{_safe(dataset.table)}"
    taken = _read_note(target, folder)
    due = _due_days(dataset, taken)
    rows = {day: _write_day(warehouse, target, folder, dataset, day) for day in due if day in dataset.days}
    gone = [day for day in due if not rows.get(day)]
    for day in gone:
        target.remove(_day_file(folder, day))
    columns = dict(dataset.columns)
    if due or taken.columns != columns or list(taken.columns) != list(columns):
        with target.draft_file(f"{folder}/{SCHEMA_FILE}") as draft:
            pq.write_metadata(dataset.arrow_schema, draft)
        content = msgspec.json.encode({"columns": columns, "days": dict(dataset.days)})
        target.publish_bytes(content, f"{folder}/{NOTE}")
    written = tuple(day for day, count in rows.items() if count)
    days = len(set(dataset.days) - set(gone))
    return Exported(source.name, dataset.table, folder, days, written, tuple(gone), sum(rows.values()))


def _due_days(dataset: Dataset, taken: Taken) -> list[str]:
    """Days that loads touched since, or all where a column has another type or is gone; a new column has its values in
    touched days only."""
    retyped = any(dataset.columns.get(name) != kind for name, kind in taken.columns.items())
    days = {*dataset.days, *taken.days}
    return sorted(day for day in days if retyped or dataset.days.get(day) != taken.days.get(day))


def _write_day(warehouse: Warehouse, target: Lake, folder: str, dataset: Dataset, day: str) -> int:
    """Replace the file of a day; how many rows it has. One without rows is not written."""
    with target.spool_folder() as spool:
        draft = spool / "rows"
        with warehouse.reading() as session, session.transaction():
            rows = _write_file(str(draft), dataset.arrow_schema, read_rows(session, dataset, day))
        if rows:
            target.publish_file(draft, _day_file(folder, day))
    return rows


def _write_file(path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(batches):
            writer.write_table(pa.Table.from_batches(group, schema))
            rows += sum(batch.num_rows for batch in group)
    return rows


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches for one row group each."""
    group, size = list[pa.RecordBatch](), 0
    for batch in batches:
        group.append(batch)
        size += batch.nbytes
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _remove_others(target: Lake, source: Source, datasets: Mapping[str, Dataset]) -> Iterator[Exported]:
    """Take away the files of datasets of ours whose table is no longer there."""
    standing = {_safe(table) for table in datasets}
    for folder in target.list_folders(_safe(source.schema)):
        name = folder.rpartition("/")[2]
        if name not in standing and target.exists(f"{folder}/{NOTE}"):
            days = tuple(_read_note(target, folder).days)
            for path in (*(_day_file(folder, day) for day in days), f"{folder}/{SCHEMA_FILE}", f"{folder}/{NOTE}"):
                target.remove(path)
            yield Exported(source.name, name, folder, 0, (), days, 0)


def _read_note(target: Lake, folder: str) -> Taken:
    """What the dataset has taken in; nothing where that cannot be told, so that all of it is written again."""
    try:
        return msgspec.json.decode(target.read_bytes(f"{folder}/{NOTE}") or b"{}", type=Taken)
    except msgspec.DecodeError:
        return Taken()


def _day_file(folder: str, day: str) -> str:
    if day == NO_DAY:
        return f"{folder}/rows.parquet"
    return f"{folder}/event_date={date.fromisoformat(day):%Y-%m-%d}/rows.parquet"


def _safe(name: str) -> str:
    """The name as one folder: whatever is not a letter, a digit, `_` or `-` is escaped as in a URL."""
    return quote(name, safe="").replace(".", "%2E").replace("~", "%7E")
