"""The check of contracts: it warns of violations in the hours of a run, with a table by event, path and SDK."""

from typing import Final

import dagster as dg

from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import reported_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.governance.violations import violations_table
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.contracts import find_violations
from loaders.queries.contract import read_contract_counts, read_violations

HOLD: Final = "contracts_hold"


def contracts_hold(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that loaded events satisfy their contracts; an hour stays for a day."""
    key = dg.AssetCheckKey(keys.warehouse, HOLD)
    promise = (
        "No event of the hours of the run, and of the hours reported within the last day, violates the schema in the "
        "folder of contracts (contract §13)."
    )

    @dg.asset_check(asset=key.asset_key, name=key.name, description=describe_check(key.name, promise))
    def check(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings, now = tideline.settings(), utc_now()
        since = reported_hours(context.instance, key, now)
        hours = sorted({*run_hours(context.run.tags), *since})
        with open_ledger(settings) as session:
            counts = {} if session is None else read_contract_counts(session, source, hours)
            violations = [] if session is None else read_violations(session, source, hours)
        return warning_result(
            key,
            find_violations(counts, violations),
            passed="Every event satisfies its contract.",
            since=since,
            now=now,
            metadata={"violations": violations_table(violations)},
        )

    return check
