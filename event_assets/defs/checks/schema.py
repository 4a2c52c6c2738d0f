"""Checks of the tables' schema: budgets that are used up, and columns whose type could not be changed yet.

Covered by tests/defs/checks/test_counts.py.
"""

from typing import Final

import dagster as dg

from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import SHOWN
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.resources import Tideline
from event_assets.health.budgets import full_budgets
from loaders.load.online_ddl import find_waiting
from loaders.schema.introspect import read_layout

BUDGETS: Final = "within_budgets"
WAITING: Final = "no_type_waits"


def within_budgets(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that no budget of columns or event tables is used up."""
    promise = (
        "Every table has fewer columns, and the schema fewer event tables, than their budgets allow. Beyond a budget, "
        "values are kept in `_rescued`; `[budgets]` in the configuration raises it."
    )

    @dg.asset_check(asset=keys.warehouse, name=BUDGETS, description=describe_check(BUDGETS, promise))
    def check(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with open_ledger(settings) as session:
            layout = {} if session is None else read_layout(session, settings.sources[source].schema)
        pairs = [(table, column) for table, columns in layout.items() for column in columns]
        full = full_budgets(pairs, settings.budgets)
        return dg.AssetCheckResult(
            passed=not full,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(full[:3]) or "The budgets allow new columns and tables.",
            metadata={"full": len(full), "columns": len(pairs), "tables": full[:SHOWN]},
        )

    return check


def no_type_waits(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that no column waits for another type."""
    promise = (
        "No column waits for a type that a load could not give it, because a view depends on it or because its table "
        "is large. Loads continue; values that do not fit are in `_rescued` until `tideline retype` is run."
    )

    @dg.asset_check(asset=keys.warehouse, name=WAITING, description=describe_check(WAITING, promise))
    def check(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with open_ledger(settings) as session:
            waiting = [] if session is None else find_waiting(session, settings.sources[source].schema)
        columns = [f"{column}. {column.remedy}" for column in waiting]
        return dg.AssetCheckResult(
            passed=not waiting,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(columns[:3]) or "Every column has the type of its values.",
            metadata={"waiting": len(waiting), "columns": columns[:SHOWN]},
        )

    return check
