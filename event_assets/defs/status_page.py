"""The asset `tideline/status_page`: the page of `tideline status --html`, written to the configured folder every hour.

Covered by tests/defs/test_status_asset.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings, redacted
from event_assets.defs.assets import warehouse_pool
from event_assets.defs.metadata import Metadata, markdown_table
from event_assets.defs.resources import Tideline
from event_assets.defs.tables.specs import LEDGER
from event_assets.health.pages.status_page import build_page
from event_assets.health.status import SourceStatus, source_statuses
from event_assets.lake.errors import LakeError
from event_assets.lake.store import Lake
from loaders.interface.errors import WarehouseError

HOURLY: Final = "20 * * * *"
"""When the page is written: after the loads of the hour that closed."""
FILE: Final = "status.html"


def status_definitions(settings: Settings, warehouses: Sequence[dg.AssetKey]) -> dg.Definitions:
    """Return the asset, its job and its schedule; nothing where no folder is configured."""
    if settings.status_page is None:
        return dg.Definitions()
    asset = _status_asset(settings, settings.status_page, warehouses)
    job = dg.define_asset_job(
        "write_status_page",
        dg.AssetSelection.assets(asset),
        description="Writes the status page.",
    )
    schedule = dg.ScheduleDefinition(
        name="hourly_status_page",
        job=job,
        cron_schedule=HOURLY,
        execution_timezone="UTC",
        description="Writes the status page every hour.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(assets=[asset], jobs=[job], schedules=[schedule])


def _status_asset(settings: Settings, folder: Lake, warehouses: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(
        key=[LEDGER, "status_page"],
        deps=warehouses,
        group_name=LEDGER,
        owners=list(settings.owners),
        kinds={"html"},
        pool=warehouse_pool(settings),  # it reads a DuckDB file between loads
        description="The state of every source as one page for people without Dagster, readable on a phone.",
        metadata={"dagster/uri": _address(folder)},
    )
    def status_page(tideline: Tideline) -> dg.MaterializeResult[None]:
        now = tideline.settings()
        target = now.status_page or folder
        try:
            statuses = source_statuses(now)
            content = build_page(now, statuses, datetime.now(UTC)).encode()
            target.publish_bytes(content, FILE)
        except (ArchiveError, WarehouseError, LakeError) as error:
            raise dg.Failure(f"The page of the last hour stays: {redacted(str(error))}") from None
        return dg.MaterializeResult(metadata=_metadata(statuses, target, len(content)))

    return status_page


def _address(folder: Lake) -> str:
    url = folder.url if "://" in folder.url else f"file://{folder.locate('')}"
    return redacted(f"{url.rstrip('/')}/{FILE}")


def _metadata(statuses: Sequence[SourceStatus], folder: Lake, size: int) -> Metadata:
    rows = [
        (
            status.source,
            f"{status.totals.get('events', 0):,}",
            f"{len(status.loaded):,}",
            f"{len(status.pending):,}",
            f"{len(status.failing):,}",
            redacted(status.error or ""),
        )
        for status in statuses
    ]
    header = ("source", "events", "loaded hours", "pending", "failing", "error")
    address = _address(folder)
    return {
        "page": dg.MetadataValue.url(address),
        "dagster/uri": address,
        "sources": dg.MetadataValue.md(markdown_table(header, rows)),
        "bytes": size,
    }
