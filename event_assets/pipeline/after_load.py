"""Maintenance after loads, for the command and for Dagster: drop old days and hours, publish the copy, export tables,
remove what killed processes have left.

Covered by tests/cli/test_app.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.maintenance.vacuum import clean_spools
from event_assets.lake.writing.scratch_shards import scratch_of
from event_assets.pipeline.export import export_tables
from event_assets.pipeline.lake_maintenance import retire_hours
from event_assets.pipeline.publish import publish_change
from event_assets.pipeline.retention import drop_days
from loaders.interface.errors import Busy


def maintain(settings: Settings) -> Iterator[str]:
    """Maintain every source of the settings; yield a line for each change.

    Every step can be repeated at any time, and completes what an interrupted one has left: run it also where no hour
    was pending. Raises `WarehouseError` and `LakeError`.
    """
    yield from map(str, drop_days(settings, settings.sources.values()))
    for retired in retire_hours(settings):
        if retired.hours or retired.waiting:
            yield str(retired)
    with suppress(Busy):  # the load that holds the warehouse publishes the copy after its commit
        publish_change(settings, open_warehouse(settings), now=datetime.now(UTC))
    if settings.export is not None:
        for exported in export_tables(settings, settings.export):
            if exported.changed:
                yield str(exported)
    for lake in filter(None, (settings.lake, scratch_of(settings.lake), settings.export)):
        clean_spools(lake, now=datetime.now(UTC))
