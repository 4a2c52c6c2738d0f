"""Checks of what the hours' notes count as noticed: clocks that could not be read, and ids that are no ids."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import reported_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.metadata import Metadata
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.noticed import odd_ids, reused_between_hours, unread_clocks
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import read_note
from loaders.queries.conflicts import reused_ids

CLOCKS: Final = "clocks_are_read"
IDS: Final = "ids_are_ids"
REUSED: Final = "ids_are_not_reused"
FEW: Final = "Of the hours of the run, and of the hours reported within the last day, fewer than one event in a hundred"


def clocks_are_read(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that the events' clocks are in forms that are read."""
    promise = (
        f"{FEW} has a clock (`timestamp`, `sentAt`, `originalTimestamp`, `receivedAt`) that cannot be read "
        "(contract §4). Without its own clock, an event is as old as its arrival."
    )
    return note_check(CLOCKS, promise, unread_clocks, "Every clock could be read, but for a few.", source, keys)


def ids_are_ids(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that the events' ids are no placeholders."""
    promise = (
        f"{FEW} has a placeholder such as `undefined` as `messageId` (`not_ids` of the source). The bytes of "
        "such events distinguish them, so that a copy with other bytes is another event. And fewer are left out as "
        "copies of an event that has another name or user, or is more than a day apart: ids that are reused."
    )
    return note_check(IDS, promise, odd_ids, "Every id is an id, but for a few.", source, keys)


def ids_are_not_reused(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that ids are not given again to other events in other hours."""
    promise = (
        f"{FEW} has the id of an event of another hour that has another name or user, or is more than a day apart "
        "(contract §9): one of both is left out."
    )

    def of_hours(settings: Settings, hours: Sequence[datetime]) -> tuple[list[Finding], Metadata]:
        with open_ledger(settings) as session:
            reused = {} if session is None else reused_ids(session, source, hours)
        return reused_between_hours((read_note(settings.lake, source, hour) for hour in reused), reused), {}

    return hours_check(dg.AssetCheckKey(keys.warehouse, REUSED), promise, of_hours, "No id is reused, but for a few.")


def note_check(
    name: str,
    promise: str,
    find: Callable[[Iterable[HourNote | None]], list[Finding]],
    passed: str,
    source: str,
    keys: SourceKeys,
) -> dg.AssetChecksDefinition:
    """Return a warning check of `lake` by what is found in the notes of the hours; an hour stays for a day."""

    def of_hours(settings: Settings, hours: Sequence[datetime]) -> tuple[list[Finding], Metadata]:
        return find(read_note(settings.lake, source, hour) for hour in hours), {}

    return hours_check(dg.AssetCheckKey(keys.lake, name), promise, of_hours, passed)


def hours_check(
    key: dg.AssetCheckKey,
    promise: str,
    find: Callable[[Settings, Sequence[datetime]], tuple[list[Finding], Metadata]],
    passed: str,
) -> dg.AssetChecksDefinition:
    """Return a warning check by what is found of the hours of a run, with metadata; an hour stays for a day."""

    @dg.asset_check(asset=key.asset_key, name=key.name, description=describe_check(key.name, promise))
    def check(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings, now = tideline.settings(), utc_now()
        since = reported_hours(context.instance, key, now)
        hours = sorted({*run_hours(context.run.tags), *since})
        findings, metadata = find(settings, hours)
        return warning_result(key, findings, passed=passed, since=since, now=now, metadata=metadata)

    return check
