"""The result of a check that warns: what was found, in which hours, how to look, what to do, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import parse_hour
from event_assets.defs.checks.runbook import GUIDES
from event_assets.defs.metadata import Metadata, escape, hour_link

SHOWN: Final = 50
TOLD: Final = "told_since"
STAYS: Final = timedelta(hours=24)
"""How long an hour stays named after it was first told, although later runs are of sound hours."""


def told_hours(instance: dg.DagsterInstance, key: dg.AssetCheckKey, now: datetime) -> dict[datetime, datetime]:
    """The hours that the last evaluation named less than a day ago, and since when.

    A check has one state for all hours: it must not turn green because the next run is of another hour.
    """
    since = {parse_hour(hour): datetime.fromisoformat(told) for hour, told in _entries(last_told(instance, key, TOLD))}
    return {hour: told for hour, told in since.items() if now - told < STAYS}


def last_told(instance: dg.DagsterInstance, key: dg.AssetCheckKey, name: str) -> object:
    """A JSON value in the metadata of a check's last evaluation; None where there was none."""
    for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=10):
        if isinstance(record.evaluation, dg.AssetCheckEvaluation):
            metadata = record.evaluation.metadata.get(name)
            return metadata.value if isinstance(metadata, dg.JsonMetadataValue) else None
    return None


def _entries(named: object) -> list[tuple[str, str]]:
    return [(str(hour), str(told)) for hour, told in named.items()] if isinstance(named, dict) else []


def warning_result(
    key: dg.AssetCheckKey,
    findings: Sequence[Finding],
    *,
    sound: str,
    known: dict[datetime, datetime],
    now: datetime,
    metadata: Metadata | None = None,
) -> dg.AssetCheckResult:
    """A WARN with its findings, new ones first; `sound` describes a green one, `known` is what `told_hours` gave."""
    guide = GUIDES[key.name]
    findings = sorted(findings, key=lambda each: known.get(each.archive_hour, now), reverse=True)
    since = {f"{each.archive_hour:%Y-%m-%dT%H}": known.get(each.archive_hour, now).isoformat() for each in findings}
    first = "; ".join(f"{each}" for each in findings[:3])
    more = f" and {len(findings) - 3} more" if len(findings) > 3 else ""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not findings,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{first}{more}. {guide.remedy}" if findings else sound,
        metadata={
            "findings": len(findings),
            "what": dg.MetadataValue.md(_list(findings, key.asset_key)),
            "how_to_look": guide.look,
            "what_to_do": dg.MetadataValue.md(guide.remedy),
            TOLD: dg.MetadataValue.json(since),
            **(metadata or {}),
        },
    )


def _list(findings: Sequence[Finding], asset: dg.AssetKey) -> str:
    lines = [
        f"* {hour_link(asset, each.archive_hour)} {escape(each.subject)}: {escape(each.told)}"
        + (f"\n\n  {escape(each.look)}" if each.look else "")
        for each in findings[:SHOWN]
    ]
    if len(findings) > SHOWN:
        lines.append(f"* {len(findings) - SHOWN} more")
    return "\n".join(lines) or "none"


def utc_now() -> datetime:
    """The time at which a check is asked."""
    return datetime.now(UTC)
