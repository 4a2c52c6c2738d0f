"""The hours of a source: the listing of its archive against the loads of its ledger.

Covered by tests/pipeline/test_lake_maintenance.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from event_assets.archive.listing.list_hours import Listing, list_hours
from event_assets.archive.manifest import ArchiveFile
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.pending import HourState, LoadedHour, compare_hours
from event_assets.lake.config_hash import hash_config
from loaders.connection.session import Session
from loaders.queries.loads import Load, newest_files, newest_loads


@dataclass(frozen=True)
class Survey:
    """The state of every hour of a source, in order."""

    source: Source
    """The source with the layout that its archive has, never `auto`."""
    states: tuple[HourState, ...]
    ignored_files: int
    unfit_files: int = 0
    """Ignored files that look like data."""
    unfit_keys: tuple[str, ...] = ()

    def loaded_by_other_settings(self) -> tuple[datetime, ...]:
        """Return the hours that were loaded under other settings than those of today."""
        current = self.source.hash_loads(hash_config(self.source))
        return tuple(
            state.archive_hour for state in self.states if state.loaded and state.loaded.config_hash != current
        )


def survey_source(
    settings: Settings,
    source: Source,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    accept_removals: bool = False,
    wait: float | None = None,
) -> Survey:
    """Return the state of every archive hour from `start` to `end` (inclusive) that archive or ledger contains.

    Raise `ArchiveError`; raise `Transient` if a load holds the warehouse for more than `wait` seconds.
    """
    listing = list_hours(source, start=start, end=end)
    with open_ledger(settings, wait=wait) as session:
        loaded = {} if session is None else loaded_hours(session, source.name, start=start, end=end)
    return survey_listing(listing, loaded, accept_removals=accept_removals)


def survey_listing(listing: Listing[Source], loaded: Mapping[datetime, LoadedHour], *, accept_removals: bool) -> Survey:
    """Return the state of every archive hour that a listing or its loads contain."""
    states = compare_hours(listing.source.name, listing.hours, loaded, accept_removals=accept_removals)
    return Survey(listing.source, tuple(states), listing.ignored, listing.unfit, listing.unfit_keys)


def loaded_hours(
    session: Session, source: str, *, start: datetime | None = None, end: datetime | None = None, after: str = ""
) -> dict[datetime, LoadedHour]:
    """Return the newest load of every archive hour from `start` to `end`, both inclusive.

    Loads up to the load id `after` are left out.
    """
    files: dict[str, list[ArchiveFile]] = {}
    for file in newest_files(session, source, start=start, end=end, after=after):
        files.setdefault(file.load_id, []).append(ArchiveFile(file.file, file.bytes, file.etag))
    loads = newest_loads(session, source, start=start, end=end, after=after)
    return {load.archive_hour: _loaded_hour(load, files.get(load.load_id, [])) for load in loads}


def _loaded_hour(load: Load, files: list[ArchiveFile]) -> LoadedHour:
    return LoadedHour(
        archive_hour=load.archive_hour,
        load_id=load.load_id,
        manifest_hash=load.manifest_hash,
        files=tuple(files),
        counts=load.counts,
        started_at=load.started_at,
        finished_at=load.finished_at,
        run_id=load.run_id,
        config_hash=load.config_hash,
    )
