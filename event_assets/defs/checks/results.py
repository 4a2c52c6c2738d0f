"""The result of a check that warns: the findings, their hours and since when, how to look, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import parse_hour
from event_assets.defs.checks.runbook import GUIDES
from event_assets.defs.metadata import Metadata, escape, hour_link

SHOWN: Final = 50
SINCE: Final = "told_since"
"""The metadata key of the reported hours. Older evaluations in an instance have it, so it keeps its name."""
REPORTED_FOR: Final = timedelta(hours=24)
"""How long an hour stays reported after its first report, although later runs are of other hours."""


def reported_hours(instance: dg.DagsterInstance, key: dg.AssetCheckKey, now: datetime) -> dict[datetime, datetime]:
    """Return the hours of the last evaluation that were first reported less than a day ago, and since when.

    A check has one state for all hours: it must not turn green because the next run is of another hour.
    """
    last = last_json(instance, key, SINCE)
    entries = last.items() if isinstance(last, dict) else ()
    since = {parse_hour(str(hour)): datetime.fromisoformat(str(first)) for hour, first in entries}
    return {hour: first for hour, first in since.items() if now - first < REPORTED_FOR}


def last_json(instance: dg.DagsterInstance, key: dg.AssetCheckKey, name: str) -> object:
    """Return a JSON value from the metadata of a check's last evaluation; None where it has none."""
    for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=10):
        if isinstance(record.evaluation, dg.AssetCheckEvaluation):
            metadata = record.evaluation.metadata.get(name)
            return metadata.value if isinstance(metadata, dg.JsonMetadataValue) else None
    return None


def warning_result(
    key: dg.AssetCheckKey,
    findings: Sequence[Finding],
    *,
    passed: str,
    since: Mapping[datetime, datetime],
    now: datetime,
    metadata: Metadata | None = None,
) -> dg.AssetCheckResult:
    """Return a WARN with its findings, new ones first.

    `passed` is the description where there are none; `since` is the result of `reported_hours`.
    """
    guide = GUIDES[key.name]
    findings = sorted(findings, key=lambda finding: since.get(finding.archive_hour, now), reverse=True)
    hours = {finding.archive_hour: since.get(finding.archive_hour, now) for finding in findings}
    first = "; ".join(f"{finding}" for finding in findings[:3])
    more = f" and {len(findings) - 3} more" if len(findings) > 3 else ""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not findings,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{first}{more}. {guide.remedy}" if findings else passed,
        metadata={
            "findings": len(findings),
            **({"what": dg.MetadataValue.md(_list(findings, key.asset_key))} if findings else {}),
            "how_to_look": guide.look.replace("`", ""),  # shown at once, as it is
            "what_to_do": dg.MetadataValue.md(guide.remedy),
            SINCE: dg.MetadataValue.json({f"{hour:%Y-%m-%dT%H}": first.isoformat() for hour, first in hours.items()}),
            **(metadata or {}),
        },
    )


def _list(findings: Sequence[Finding], asset: dg.AssetKey) -> str:
    lines = [
        f"* {hour_link(asset, finding.archive_hour)} {escape(finding.subject)}: {escape(finding.message)}"
        for finding in findings[:SHOWN]
    ]
    if len(findings) > SHOWN:
        lines.append(f"* {len(findings) - SHOWN} more")
    return "\n".join(lines)


def utc_now() -> datetime:
    """Return the time at which a check is evaluated."""
    return datetime.now(UTC)
