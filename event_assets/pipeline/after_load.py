"""What follows loads, of the command and of Dagster alike: old days and old hours dropped, tables exported as files."""

from __future__ import annotations

from collections.abc import Iterator

from event_assets.config.settings import Settings
from event_assets.pipeline.export import export_tables
from event_assets.pipeline.lake_maintenance import retire_hours
from event_assets.pipeline.retention import drop_days


def maintain(settings: Settings) -> Iterator[str]:
    """Do it for every source of the settings; a line for each thing that was done.

    Each step can be done again at any time, and takes up what an earlier one left. Raises `WarehouseError` and
    `LakeError`.
    """
    yield from map(str, drop_days(settings, settings.sources.values()))
    for retired in retire_hours(settings):
        if retired.hours or retired.waiting:
            yield str(retired)
    if settings.export is not None:
        for exported in export_tables(settings, settings.export):
            if exported.changed:
                yield str(exported)
