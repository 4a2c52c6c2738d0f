"""The asset checks of a source; here those of the counts that must add up (contract §9), which alone block."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.config.settings import parse_hour
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import SHOWN, last_told
from event_assets.defs.checks.runbook import GUIDES, describe_check
from event_assets.defs.metadata import escape, hour_link
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.reconciliation import IDENTITIES, Difference, find_differences, parse_hours

DIFFERENT_HOURS: Final = "different_hours"


def count_checks(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            name, asset=keys.warehouse, description=describe_check(name, function.__doc__ or ""), blocking=True
        )
        for name, function in IDENTITIES.items()
    ]

    @dg.multi_asset_check(name=_op_name("counts", keys), specs=specs, can_subset=True)
    def counts(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> Iterator[dg.AssetCheckResult]:
        settings = tideline.settings()
        selected = {key.name: key for key in context.selected_asset_check_keys}
        asked = run_hours(context.run.tags)
        hours = None if not asked else {*asked, *_formerly_different(context.instance, list(selected.values()))}
        found = find_differences(settings, settings.sources[source], selected, hours)
        for name, key in selected.items():
            yield _identity_result(key, found[name], asked)

    return counts


def _identity_result(
    key: dg.AssetCheckKey, differences: Sequence[Difference], asked: Sequence[datetime]
) -> dg.AssetCheckResult:
    told = [str(difference) for difference in differences[:SHOWN]]
    guide = GUIDES[key.name]
    named = [(hour_link(key.asset_key, each.archive_hour), str(each)) for each in differences[:SHOWN]]
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not differences,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{'; '.join(told[:3])}. {guide.remedy}" if told else "It adds up.",
        metadata={
            "differences": len(differences),
            DIFFERENT_HOURS: parse_hours(differences),
            "hours_checked": len(asked) if asked else "all that are loaded",
            "first_differences": dg.MetadataValue.md(
                "\n".join(f"* {link} {escape(line)}" for link, line in named) or "none"
            ),
            "how_to_look": guide.look,
            "what_to_do": dg.MetadataValue.md(guide.remedy),
        },
    )


def _formerly_different(instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]) -> set[datetime]:
    """The hours that the last evaluation named: a check has one state for all hours, and must not turn green because
    another hour is sound."""
    told = [last_told(instance, key, DIFFERENT_HOURS) for key in keys]
    return {parse_hour(str(text)) for named in told if isinstance(named, list) for text in named}


def _op_name(name: str, keys: SourceKeys) -> str:
    return "_".join([*keys.warehouse.path, name])
