"""The asset `tideline/status_page`: the page of `tideline status --html`, written to the configured folder every hour.

A sensor asks for it, and not a schedule: the first page is there as soon as the daemon runs.

Covered by tests/defs/test_status_asset.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import dagster as dg

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings, redacted
from event_assets.defs.assets import warehouse_pool
from event_assets.defs.metadata import Metadata, escape, markdown_table
from event_assets.defs.resources import Tideline
from event_assets.defs.summary import NAMED
from event_assets.defs.tables.specs import LEDGER
from event_assets.lake.errors import LakeError
from event_assets.lake.store import Lake
from loaders.interface.errors import WarehouseError
from loaders.interface.words import counted

if TYPE_CHECKING:
    from event_assets.health.status import SourceStatus

_AFTER: Final = timedelta(minutes=20)
"""When in an hour the page is written: after the loads of the hour that closed."""
FILE: Final = "status.html"
_HEADER: Final = (
    "source",
    "events",
    "loaded hours",
    "pending hours",
    "failing hours",
    "late events",
    "quarantined lines",
)


def status_definitions(settings: Settings, warehouses: Sequence[dg.AssetKey]) -> dg.Definitions:
    """Return the asset, its job and its sensor; nothing where no folder is configured."""
    if settings.status_page is None:
        return dg.Definitions()
    asset = _status_asset(settings, settings.status_page, warehouses)
    job = dg.define_asset_job(
        "write_status_page",
        dg.AssetSelection.assets(asset),
        description="Writes the status page.",
    )
    return dg.Definitions(assets=[asset], jobs=[job], sensors=[_hourly(job.name, settings)])


def _hourly(job: str, settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="hourly_status_page",
        job_name=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Writes the status page: at once, and then every hour after the loads.",
        owners=list(settings.owners),
    )
    def hourly() -> dg.RunRequest:
        return dg.RunRequest(run_key=page_of(datetime.now(UTC)))

    return hourly


def page_of(now: datetime) -> str:
    """Return which page is due, as the key of its only run: the next one twenty minutes after the hour."""
    return f"{now - _AFTER:%Y-%m-%dT%H}"


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
        from event_assets.health.pages.status_page import build_page  # only a run needs these, and not the definitions
        from event_assets.health.status import source_statuses

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
    """Return where the page is: a path on this machine, or an address. Browsers refuse links to files from the UI."""
    remote = "://" in folder.url and not folder.url.startswith("file:")
    return redacted(f"{folder.url.rstrip('/')}/{FILE}" if remote else folder.locate(FILE))


def _metadata(statuses: Sequence[SourceStatus], folder: Lake, size: int) -> Metadata:
    return {
        "summary": dg.MetadataValue.md("\n\n".join(_sentences(status) for status in statuses)),
        "page": dg.MetadataValue.path(_address(folder)),
        "open_it": "Copy the path, or write the page where you are: tideline status --html status.html",
        "sources": dg.MetadataValue.md(markdown_table(_HEADER, [_numbers(status) for status in statuses])),
        "dagster/uri": _address(folder),
        "bytes": size,
    }


def _sentences(status: SourceStatus) -> str:
    """Return what the page shows first, and what needs a person."""
    name = f"**{escape(status.source)}:**"
    if status.error:
        return f"{name} {escape(redacted(status.error))}"
    last = f"{status.last_loaded_at:%Y-%m-%d %H:%M} UTC" if status.last_loaded_at else "never"
    came = counted(status.totals.get("events", 0), "event", "events")
    text = f"{name} {came} in {counted(len(status.loaded), 'loaded hour', 'loaded hours')}, the last load {last}."
    person = [
        *([f"{counted(len(status.failing), 'hour fails', 'hours fail')}"] if status.failing else []),
        *(escape(warning.message) for warning in status.warnings[:NAMED]),
        *([f"and {len(status.warnings) - NAMED:,} more on the page"] if len(status.warnings) > NAMED else []),
    ]
    return (
        "\n".join([f"{text} Needs a person:", *(f"* {one}" for one in person)])
        if person
        else f"{text} Needs a person: nothing."
    )


def _numbers(status: SourceStatus) -> tuple[str, ...]:
    totals = status.totals
    return (
        status.source,
        f"{totals.get('events', 0):,}",
        f"{len(status.loaded):,}",
        f"{len(status.pending):,}",
        f"{len(status.failing):,}",
        f"{totals.get('late', 0):,}",
        f"{totals.get('quarantined', 0):,}",
    )
