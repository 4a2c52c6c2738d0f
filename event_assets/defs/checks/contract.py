"""The check of contracts: it warns of violations in the hours of a run, with a table by event, path and SDK."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.noticed import hours_check
from event_assets.defs.governance.violations import violations_table
from event_assets.defs.metadata import Metadata
from event_assets.health.contracts import find_violations
from loaders.queries.contract import read_contract_counts, read_violations

HOLD: Final = "contracts_hold"


def contracts_hold(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that loaded events satisfy their contracts; an hour stays for a day."""
    promise = (
        "No event of the hours of the run, and of the hours reported within the last day, violates the schema in the "
        "folder of contracts (contract §13)."
    )

    def of_hours(settings: Settings, hours: Sequence[datetime]) -> tuple[list[Finding], Metadata]:
        with open_ledger(settings) as session:
            counts = {} if session is None else read_contract_counts(session, source, hours)
            violations = [] if session is None else read_violations(session, source, hours)
        return find_violations(counts, violations), {"violations": violations_table(violations)}

    return hours_check(dg.AssetCheckKey(keys.warehouse, HOLD), promise, of_hours, "Every event satisfies its contract.")
