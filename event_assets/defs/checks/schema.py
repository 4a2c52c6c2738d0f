"""Checks of the tables' schema: the room they have left, and columns that wait for another type."""

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
    """That tables have room left."""

    @dg.asset_check(
        asset=keys.warehouse,
        name=BUDGETS,
        description=describe_check(
            BUDGETS,
            "No table has all the columns it may have, nor the schema all its event tables. Past these budgets "
            "values are kept in `_rescued`; `[budgets]` in the configuration raises them.",
        ),
    )
    def within_budgets(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with open_ledger(settings) as session:
            layout = {} if session is None else read_layout(session, settings.sources[source].schema)
        pairs = [(table, column) for table, columns in layout.items() for column in columns]
        full = full_budgets(pairs, settings.budgets)
        return dg.AssetCheckResult(
            passed=not full,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(full[:3]) or "There is room for new columns and tables.",
            metadata={"full": len(full), "columns": len(pairs), "tables": full[:SHOWN]},
        )

    return within_budgets


def no_type_waits(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """That no column waits for another type."""

    @dg.asset_check(
        asset=keys.warehouse,
        name=WAITING,
        description=describe_check(
            WAITING,
            "No column waits for a type that a load could not give it, because a view depends on it or because "
            "its table is large. Loads go on; what does not fit is in `_rescued` until `tideline retype` is run.",
        ),
    )
    def no_type_waits(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with open_ledger(settings) as session:
            waiting = [] if session is None else find_waiting(session, settings.sources[source].schema)
        told = [f"{each}. {each.remedy}" for each in waiting]
        return dg.AssetCheckResult(
            passed=not waiting,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(told[:3]) or "Every column has the type that its values ask for.",
            metadata={"waiting": len(waiting), "columns": told[:SHOWN]},
        )

    return no_type_waits
