"""The checks of the counts that must add up (contract §9). They alone block."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.config.settings import parse_hour
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import SHOWN, last_json
from event_assets.defs.checks.runbook import GUIDES, describe_check
from event_assets.defs.metadata import Metadata, escape, hour_link
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.reconciliation import IDENTITIES, Difference, find_differences, parse_hours

DIFFERENT_HOURS: Final = "different_hours"


def count_checks(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return a check per identity of `health.reconciliation`."""
    specs = [
        dg.AssetCheckSpec(
            name, asset=keys.warehouse, description=describe_check(name, identity.__doc__ or ""), blocking=True
        )
        for name, identity in IDENTITIES.items()
    ]

    @dg.multi_asset_check(name="_".join([*keys.warehouse.path, "counts"]), specs=specs, can_subset=True)
    def counts(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> Iterator[dg.AssetCheckResult]:
        settings, of_run = tideline.settings(), run_hours(context.run.tags)
        selected = {key.name: key for key in context.selected_asset_check_keys}
        hours = {*of_run, *_different_before(context.instance, selected.values())} if of_run else None
        differences = find_differences(settings, settings.sources[source], selected, hours)
        for name, key in selected.items():
            yield _result(key, differences[name], of_run)

    return counts


def _result(
    key: dg.AssetCheckKey, differences: Sequence[Difference], of_run: Sequence[datetime]
) -> dg.AssetCheckResult:
    guide = GUIDES[key.name]
    first = "; ".join(str(difference) for difference in differences[:3])
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not differences,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{first}. {guide.remedy}" if differences else "It adds up.",
        metadata=_metadata(key, differences, of_run),
    )


def _metadata(key: dg.AssetCheckKey, differences: Sequence[Difference], of_run: Sequence[datetime]) -> Metadata:
    lines = [
        f"* {hour_link(key.asset_key, difference.archive_hour)} {escape(str(difference))}"
        for difference in differences[:SHOWN]
    ]
    return {
        "differences": len(differences),
        DIFFERENT_HOURS: parse_hours(differences),
        "hours_checked": len(of_run) if of_run else "all that are loaded",
        "first_differences": dg.MetadataValue.md("\n".join(lines) or "none"),
        "how_to_look": GUIDES[key.name].look,
        "what_to_do": dg.MetadataValue.md(GUIDES[key.name].remedy),
    }


def _different_before(instance: dg.DagsterInstance, keys: Collection[dg.AssetCheckKey]) -> set[datetime]:
    """Return the hours that the last evaluations named.

    A check has one state for all hours: it must not turn green because another hour adds up.
    """
    named = [last_json(instance, key, DIFFERENT_HOURS) for key in keys]
    return {parse_hour(str(text)) for hours in named if isinstance(hours, list) for text in hours}
