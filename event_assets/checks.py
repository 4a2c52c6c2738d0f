"""Asset checks: the counts that must add up (SPEC §9), and files that vanished from the archive."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.assets import SourceKeys
from event_assets.budgets import full_budgets
from event_assets.identities import IDENTITIES, Difference, find_differences, parse_hours
from event_assets.partitions import run_hours
from event_assets.pending import HourState
from event_assets.resources import Tideline
from event_assets.settings import parse_hour
from event_assets.survey import Question, ask, reading, survey_source
from loaders.prepare import find_waiting

VANISHED: Final = "no_file_vanished"
BUDGETS: Final = "within_budgets"
WAITING: Final = "no_type_waits"
SHOWN: Final = 50
DIFFERENT_HOURS: Final = "different_hours"


def source_checks(source: str, keys: SourceKeys) -> list[dg.AssetChecksDefinition]:
    """The checks of a source: one per identity, of the files of its archive, of the room its tables have left, and of
    columns that wait for another type."""
    return [
        _identity_checks(source, keys),
        _vanished_check(source, keys),
        _budget_check(source, keys),
        _waiting_check(source, keys),
    ]


def _identity_checks(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(name, asset=keys.warehouse, description=function.__doc__)
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
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not differences,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(told[:3]) or "It adds up.",
        metadata={
            "differences": len(differences),
            DIFFERENT_HOURS: parse_hours(differences),
            "hours_checked": len(asked) if asked else "all that are loaded",
            "first_differences": dg.MetadataValue.md("\n".join(f"* `{line}`" for line in told) or "none"),
        },
    )


def _formerly_different(instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]) -> set[datetime]:
    """The hours that the last evaluation named: a check has one state for all hours, and must not turn green because
    another hour is sound."""
    hours: set[datetime] = set()
    for key in keys:
        for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=10):
            evaluation = record.evaluation
            if isinstance(evaluation, dg.AssetCheckEvaluation):
                hours.update(_named_hours(evaluation))
                break
    return hours


def _named_hours(evaluation: dg.AssetCheckEvaluation) -> list[datetime]:
    metadata = evaluation.metadata.get(DIFFERENT_HOURS)
    named = metadata.value if isinstance(metadata, dg.JsonMetadataValue) else None
    return [parse_hour(str(text)) for text in named] if isinstance(named, list) else []


def _vanished_check(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=keys.events,
        name=VANISHED,
        description="Every loaded file is still in the archive. A file that vanished keeps its rows; only "
        "`tideline load --accept-removals` takes them away.",
    )
    def no_file_vanished(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        asked = run_hours(context.run.tags)
        start, end = (asked[0], asked[-1]) if asked else (None, None)
        survey = survey_source(settings, settings.sources[source], start=start, end=end)
        return _vanished_result(survey.states)

    return no_file_vanished


def _vanished_result(states: Sequence[HourState]) -> dg.AssetCheckResult:
    files = [f"{state.archive_hour:%Y-%m-%dT%H} {file}" for state in states for file in state.vanished_files]
    return dg.AssetCheckResult(
        passed=not files,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(files[:3]) or "Every loaded file is still listed.",
        metadata={"vanished_files": len(files), "files": files[:SHOWN]},
    )


def _budget_check(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=keys.warehouse,
        name=BUDGETS,
        description="No table has all the columns it may have, nor the schema all its event tables. Past these budgets "
        "values are kept in `_rescued`; `[budgets]` in the configuration raises them.",
    )
    def within_budgets(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with reading(settings) as session:
            question = Question("layout", {"schema": settings.sources[source].schema})
            rows = [] if session is None else ask(session, question)
        full = full_budgets(((row["table_name"], row["column_name"]) for row in rows), settings.budgets)
        return dg.AssetCheckResult(
            passed=not full,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(full[:3]) or "There is room for new columns and tables.",
            metadata={"full": len(full), "columns": len(rows), "tables": full[:SHOWN]},
        )

    return within_budgets


def _waiting_check(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=keys.warehouse,
        name=WAITING,
        description="No column waits for a type that a load could not give it, because a view depends on it or because "
        "its table is large. Loads go on meanwhile; what does not fit is in `_rescued` until `tideline retype` is run.",
    )
    def no_type_waits(tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        with reading(settings) as session:
            waiting = [] if session is None else find_waiting(session, settings.sources[source].schema)
        told = [f"{each}. {each.remedy}" for each in waiting]
        return dg.AssetCheckResult(
            passed=not waiting,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(told[:3]) or "Every column has the type that its values ask for.",
            metadata={"waiting": len(waiting), "columns": told[:SHOWN]},
        )

    return no_type_waits


def _op_name(name: str, keys: SourceKeys) -> str:
    return "_".join([*keys.warehouse.path, name])
