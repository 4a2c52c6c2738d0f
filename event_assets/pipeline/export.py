"""Export event tables and users as typed Parquet files; only days that loads have touched are written again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
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
from loaders.interface.disk import translating_disk_errors
from loaders.queries.export import NO_DAY, Dataset, read_datasets, read_rows

NOTE: Final = "_tideline.json"
"""The record of what a dataset's files hold. Readers of folders ignore names that begin with `_`."""
SCHEMA_FILE: Final = "_common_metadata"
"""A Parquet file without rows that has every column."""
_GROUP_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class FileContent:
    """The content of a dataset's files: the type of each column, and the newest load of each day."""

    columns: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """The result of one table: days written, days whose last row is removed, rows written; `days` counts all days."""

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
    """Update the files below `target` to the rows of the warehouse, table by table; of all tables or the named ones.

    A day's file is replaced whole, and the record is written last, so a killed export continues where it ended. The
    warehouse is read a day at a time, so loads wait for no more than a day. Raises `WarehouseError`;
    `SettingsError` for a table that does not exist.
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
    known = _read_note(target, folder)
    due = _due_days(dataset, known)
    rows = {day: _write_day(warehouse, target, folder, dataset, day) for day in due if day in dataset.days}
    empty = [day for day in due if not rows.get(day)]
    for day in empty:
        target.remove(_day_file(folder, day))
    columns = dict(dataset.columns)
    if due or known.columns != columns or list(known.columns) != list(columns):
        with target.draft_file(f"{folder}/{SCHEMA_FILE}") as draft:
            pq.write_metadata(dataset.arrow_schema, draft)
        content = msgspec.json.encode({"columns": columns, "days": dict(dataset.days)})
        target.publish_bytes(content, f"{folder}/{NOTE}")
    written = tuple(day for day, count in rows.items() if count)
    days = len(set(dataset.days) - set(empty))
    return Exported(source.name, dataset.table, folder, days, written, tuple(empty), sum(rows.values()))


def _due_days(dataset: Dataset, content: FileContent) -> list[str]:
    """Return the days that loads have touched since, or all days where a column has another type or was removed; a new
    column has its values in touched days only."""
    retyped = any(dataset.columns.get(name) != kind for name, kind in content.columns.items())
    days = {*dataset.days, *content.days}
    return sorted(day for day in days if retyped or dataset.days.get(day) != content.days.get(day))


def _write_day(warehouse: Warehouse, target: Lake, folder: str, dataset: Dataset, day: str) -> int:
    """Replace the file of a day; return how many rows it has. A file without rows is not written."""
    with target.spool_folder() as spool:
        draft = spool / "rows"
        with warehouse.reading() as session, session.transaction():
            rows = _write_file(str(draft), dataset.arrow_schema, read_rows(session, dataset, day))
        if rows:
            target.publish_file(draft, _day_file(folder, day))
    return rows


def _write_file(path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with (
        translating_disk_errors("Exporting", Path(path)),
        pq.ParquetWriter(path, schema, compression="zstd") as writer,
    ):
        for group in _groups(batches):
            writer.write_table(pa.Table.from_batches(group, schema))
            rows += sum(batch.num_rows for batch in group)
    return rows


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Yield the batches of one row group at a time."""
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
    """Remove the files of our datasets whose table no longer exists."""
    existing = {_safe(table) for table in datasets}
    for folder in target.list_folders(_safe(source.schema)):
        name = folder.rpartition("/")[2]
        if name not in existing and target.exists(f"{folder}/{NOTE}"):
            days = tuple(_read_note(target, folder).days)
            for path in (*(_day_file(folder, day) for day in days), f"{folder}/{SCHEMA_FILE}", f"{folder}/{NOTE}"):
                target.remove(path)
            yield Exported(source.name, name, folder, 0, (), days, 0)


def _read_note(target: Lake, folder: str) -> FileContent:
    """Return what the dataset's files hold; nothing where the record is damaged, so that all is written again."""
    try:
        return msgspec.json.decode(target.read_bytes(f"{folder}/{NOTE}") or b"{}", type=FileContent)
    except msgspec.DecodeError:
        return FileContent()


def _day_file(folder: str, day: str) -> str:
    if day == NO_DAY:
        return f"{folder}/rows.parquet"
    return f"{folder}/event_date={date.fromisoformat(day):%Y-%m-%d}/rows.parquet"


def _safe(name: str) -> str:
    """Return the name as one folder: characters other than letters, digits, `_` and `-` are escaped as in a URL."""
    return quote(name, safe="").replace(".", "%2E").replace("~", "%7E")
