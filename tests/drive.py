"""Drives an archive through the real functions: list -> normalize -> lake -> load, one archive hour after the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import duckdb

from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.events.mapping.shipped import preset as read_preset
from event_assets.lake.hour_note import HourNote
from event_assets.lake.store import Lake
from event_assets.pipeline.hour import LoadOptions, load_note, normalize_hour
from event_assets.pipeline.load import Choice, Outcome, load_plans, plan_hours
from event_assets.pipeline.shared_loads.run_hours import HourLoads
from loaders.load.load import LoadResult
from loaders.transform.catalog import Budgets
from tests.postgres import Database
from tests.s3 import Bucket, Store


@dataclass(frozen=True)
class Place:
    """Where one archive goes: its source, and a folder for a lake and a warehouse."""

    source: Source
    folder: Path
    budgets: Budgets = Budgets()
    database: Database | None = None
    """The warehouse, where it is one of a PostgreSQL server."""
    bucket: Bucket | None = None
    """Where archive and lake lie, where that is no folder: the archive's folder is then copied there before it is
    listed, so that a test changes files as it always does."""
    hours_per_load: int | None = 1
    """How many hours `load_archive` loads together; None: as many as the memory holds."""

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of the warehouse; of a database, a copy as it is now."""
        path = self.folder / "warehouse.duckdb"
        if self.database:
            self.database.mirror(path)
        return path

    @property
    def settings(self) -> Settings:
        """What the command would read from its flags."""
        return Settings(
            sources={self.source.name: self.located},
            lake=self.lake,
            warehouse=self.database.warehouse_url if self.database else f"duckdb:///{self.warehouse}",
            budgets=self.budgets,
            hours_per_load=self.hours_per_load,
        )

    @property
    def lake(self) -> Lake:
        """The lake of this place."""
        if self.bucket:
            return Lake(self.bucket.url(self._prefix("lake", self.folder)), self.bucket.options)
        return Lake(str(self.folder / "lake"))

    @property
    def located(self) -> Source:
        """The source as it is loaded."""
        if not self.bucket:
            return self.source
        url = self.bucket.url(self._prefix("archive", Path(self.source.archive)))
        return replace(self.source, archive=url, storage_options=self.bucket.options)

    @property
    def stored(self) -> Source:
        """The source as it is loaded; a bucket has the archive's files as they are now."""
        if self.bucket:
            folder = Path(self.source.archive)
            self.bucket.copy_from(folder, self._prefix("archive", folder))
        return self.located

    def _prefix(self, kind: str, folder: Path) -> str:
        return f"{kind}/{sha256(str(folder).encode()).hexdigest()[:12]}"

    def copy_lake(self, other: Place) -> None:
        """Give another place, which has no lake, what lies in this one's."""
        other.folder.mkdir(parents=True, exist_ok=True)
        for path, content in self.lake_files().items():
            other.lake.publish_bytes(content, path)

    def lake_files(self) -> dict[str, bytes]:
        """Every file of the lake by its path."""
        filesystem = self.lake.filesystem
        root = self.lake.locate("")
        return {path.removeprefix(root): filesystem.cat_file(path) for path in filesystem.find(root.rstrip("/"))}

    def drop_lake(self) -> None:
        """Take the whole lake away."""
        if self.bucket:
            prefix = self._prefix("lake", self.folder)
            self.bucket.remove(*self.bucket.keys(prefix))
        else:
            shutil.rmtree(self.folder / "lake", ignore_errors=True)

    def elsewhere(self, folder: Path) -> Place:
        """The same archive with another lake and another, empty warehouse of the same kind."""
        folder.mkdir(parents=True, exist_ok=True)
        return replace(self, folder=folder, database=self.database and self.database.beside())

    def with_archive(self, archive: Path) -> Place:
        """The same lake and warehouse for another archive."""
        return replace(self, source=replace(self.source, archive=str(archive)))

    def copy_to(self, folder: Path) -> Place:
        """The same archive with another lake and a copy of the loaded warehouse."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.database:
            return replace(self, folder=folder, database=self.database.beside(copied=True))
        copied = replace(self, folder=folder)
        shutil.copyfile(self.warehouse, copied.warehouse)
        return copied

    def execute(self, statement: str) -> int:
        """Change the warehouse by hand; how many rows that touched."""
        if self.database:
            return self.database.execute(statement)
        with duckdb.connect(str(self.warehouse)) as connection:
            touched = connection.execute(statement).fetchone()
        return touched[0] if touched else 0


def place(
    archive: Path,
    folder: Path,
    *,
    layout: str = "rudderstack",
    preset: str | None = None,
    database: Database | None = None,
    store: Store | None = None,
) -> Place:
    """A place for an archive, in a DuckDB file or in a database; `preset` names a shipped mapping.

    With a store, archive and lake are in a new bucket of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mapping = read_preset(preset) if preset else None
    source = Source(archive=str(archive), layout=layout, mapping=mapping)
    return Place(source, folder, database=database, bucket=store.new_bucket() if store else None)


def archive_hours(where: Place) -> list[datetime]:
    """The archive hours that are there, in order."""
    return list(list_hours(where.stored, start=None, end=None).hours)


def write_lake(where: Place, hour: datetime, *, accept_removals: bool = False) -> HourNote:
    """One hour of the archive in the lake."""
    source = where.stored
    manifest = list_hours(source, start=hour, end=hour).hours[hour]
    return normalize_hour(where.settings, source, manifest, accept_removals=accept_removals).note


def load_archive(where: Place, hours: Iterable[datetime] | None = None, *, reload: bool = False) -> list[LoadResult]:
    """Lake and warehouse for the hours in the order given; all of the archive's, in order, when none are."""
    chosen = archive_hours(where) if hours is None else hours
    if where.hours_per_load == 1:
        return [load_note(where.settings, where.source, write_lake(where, hour), reload=reload) for hour in chosen]

    def stop(_hour: datetime, error: Exception) -> NoReturn:
        raise error

    options, read = LoadOptions(reload=reload), partial(write_lake, where)
    loads = HourLoads(where.settings, where.source, options, read, lambda _: None, stop, lambda *_: False)
    return [loaded.result for loaded in loads.load(chosen).done.values()]


def load_pending(settings: Settings, choice: Choice) -> list[Outcome]:
    """Load the hours of the choice, as the command does; no hour fails."""
    outcomes = list(load_plans(settings, plan_hours(settings, choice), choice, lambda *_: None))
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return outcomes


def utc(text: str) -> datetime:
    """An archive hour from its text form."""
    return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)
