"""The settings at the top of the configuration file that belong to no other group.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from event_assets.config.declaration import declared, inline_schema, read_values, setting
from event_assets.config.kinds import COUNT, DURATION, HOUR, OPTIONS, PATH, TEXT, TEXTS, Kind
from event_assets.config.parse import SettingsError, refuse_unknown
from event_assets.lake.store import Lake


@dataclass(frozen=True)
class _LocationTable:
    """The members of a location that is written as a table."""

    url: str | None = setting(TEXT, None, "Folder or fsspec URL.", unset="required")
    storage_options: Mapping[str, object] = setting(
        OPTIONS, {}, "Options for the storage's fsspec package: endpoint, credentials, profile.", secret=True
    )


LOCATION_TABLE: Final = declared(_LocationTable)


def _read_location(key: str, value: object) -> Lake | None:
    """Return a location, or None for a table without a URL."""
    table = {"url": value} if isinstance(value, str) else value
    if not isinstance(table, dict):
        raise SettingsError(f"{key} is a URL or path in quotes, or a table with url and storage_options.")
    refuse_unknown(table, LOCATION_TABLE, f"[{key}]")
    values = read_values(LOCATION_TABLE, table, above=f"{key}.")
    return Lake(**values) if "url" in values else None


LOCATION: Final = Kind[Lake | None](
    "text or table",
    _read_location,
    {"anyOf": [TEXT.schema, inline_schema(LOCATION_TABLE)]},
)


@dataclass(frozen=True)
class TopTable:
    """The top of the file, after flags and environment variables."""

    lake: Lake | None = setting(
        LOCATION,
        None,
        "Folder or fsspec URL of the lake.",
        more="Or a table with `url` and `storage_options`.",
        unset="required",
        variable="TIDELINE_LAKE",
        secret=True,
    )
    warehouse: str | None = setting(
        TEXT,
        None,
        "SQLAlchemy URL such as `ducklake:///catalog.ducklake?data_path=tables`, or the path of a DuckDB file.",
        unset="required",
        variable="TIDELINE_WAREHOUSE",
        secret=True,
    )
    grace: timedelta = setting(
        DURATION,
        timedelta(minutes=10),
        "How long after its end the schedule and the sensor load an hour; files that arrive later are late.",
    )
    hours_per_run: int = setting(
        COUNT, 240, "The largest number of hours in one Dagster run of a backfill or of the late-files sensor."
    )
    hours_per_load: int | None = setting(
        COUNT,
        None,
        "The largest number of archive hours that are merged in one transaction; 1 loads every hour by itself.",
        more="Which hours share a load changes no table.",
        unset="as many pending hours as `memory_mib` holds staged",
    )
    partitions_start: datetime | None = setting(
        HOUR, None, "First archive hour of the partitions in Dagster.", unset="the first of each archive"
    )
    partitions_end: datetime | None = setting(
        HOUR, None, "Last archive hour of the partitions in Dagster.", unset="none"
    )
    owners: tuple[str, ...] = setting(TEXTS, ("team:data",), "Owners of the assets in Dagster.")
    publish: Path | None = setting(
        PATH,
        None,
        "Path of a copy of a DuckDB warehouse, replaced after loads by an atomic rename.",
        more="A dashboard that has the copy open does not block a load, and never sees a part of one.",
        unset="none",
    )
    publish_every: timedelta = setting(
        DURATION,
        timedelta(minutes=5),
        "Shortest time between two copies; a copy that is as new as the warehouse is kept.",
    )
    lake_retain_days: int | None = setting(
        COUNT,
        None,
        "Days of arrival before today (UTC) that stay in the lake; at least two more than any `retain_days`.",
        more="[Older hours are removed](lake.md#old-hours) after loads and by `tideline lake retain`.",
        unset="all hours",
    )
    export: Lake | None = setting(
        LOCATION,
        None,
        "Folder or fsspec URL of [tables as files](lake.md#tables-as-files), refreshed after every `tideline load`.",
        more="Or a table with `url` and `storage_options`.",
        unset="none",
        secret=True,
    )
    contracts: Path | None = setting(
        PATH,
        None,
        "Folder of [contracts](contracts.md): the JSON Schemas of your events.",
        unset="`contracts` beside the file, if there is one",
    )
    status_page: Lake | None = setting(
        LOCATION,
        None,
        "Folder or fsspec URL where Dagster writes `status.html`, [a page for people without "
        "it](checks.md#a-page-for-people-without-dagster), every hour.",
        more="Or a table with `url` and `storage_options`.",
        unset="none",
        secret=True,
    )
    rollups: Path | None = setting(
        PATH,
        None,
        "Folder of [your own rollups](rollups.md): each is added, or replaces the shipped one of its name.",
        unset="none",
    )


TOP: Final = declared(TopTable)
