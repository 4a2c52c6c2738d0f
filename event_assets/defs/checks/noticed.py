"""Checks of what the hours' notes count as noticed: clocks that could not be read."""

from typing import Final

import dagster as dg

from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import reported_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.noticed import unread_clocks
from event_assets.lake.reading.read import read_note

CLOCKS: Final = "clocks_are_read"


def clocks_are_read(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that the events' clocks are in forms that are read."""
    promise = (
        "Of the hours of the run, and of the hours reported within the last day, fewer than one event in a hundred has "
        "a clock (`timestamp`, `sentAt`, `originalTimestamp`, `receivedAt`) that cannot be read (contract §4). Without "
        "its own clock, an event is as old as its arrival."
    )
    key = dg.AssetCheckKey(keys.events, CLOCKS)

    @dg.asset_check(asset=keys.events, name=CLOCKS, description=describe_check(CLOCKS, promise))
    def check(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings, now = tideline.settings(), utc_now()
        since = reported_hours(context.instance, key, now)
        hours = sorted({*run_hours(context.run.tags), *since})
        findings = unread_clocks(read_note(settings.lake, source, hour) for hour in hours)
        return warning_result(key, findings, passed="Every clock could be read.", since=since, now=now)

    return check
