"""The command `tideline load`.

Covered by tests/cli/test_app.py and tests/defs/test_several_sources.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED, WARNED
from event_assets.cli.options import AsJson, LastHour, with_settings
from event_assets.config.settings import Settings, parse_range

if TYPE_CHECKING:
    from event_assets.cli.output.load import LoadReport
    from event_assets.health.warnings import Warned
    from event_assets.pipeline.load import Choice, Outcome, Plan, Planned, Step

LOAD_EXAMPLES: Final = """Examples:

tideline load --archive s3://bucket/prefix --lake lake --warehouse duckdb:///warehouse.duckdb

tideline load --config tideline.toml --from 2026-01-31 --to 2026-02-01T05 --json

tideline load --archive gh --layout gharchive --mapping gharchive --lake lake --warehouse gh.duckdb

Exit code 0: every hour is loaded (bad data is counted and reported, and is no failure); 1: an hour failed, or the \
archive of a source cannot be listed; 2: change a flag, a variable or the configuration first; 3: with --strict, all \
is loaded and there is a warning (files that fit no layout or cannot be read, hours that are mostly quarantined, \
events that violate a contract). A failed hour is named, \
`tideline status` shows since when and why, and every other hour is loaded. Only if the lake, the warehouse or the \
archive of a source does not answer, the hours that need it are left pending."""


@with_settings(mapping=True)
def load(
    *,
    settings: Settings,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="HOUR", help="First archive hour or day, such as 2026-01-31T07 or 2026-01-31 (UTC)."
        ),
    ] = None,
    end: LastHour = None,
    reload: Annotated[bool, typer.Option("--reload", help="Also load hours that are loaded already.")] = False,
    accept_removals: Annotated[
        bool, typer.Option("--accept-removals", help="Delete the rows of files that vanished from the archive.")
    ] = False,
    retry_files: Annotated[
        bool,
        typer.Option(
            "--retry-files", help="Also read files again that the storage did not give: archived, forbidden, bad links."
        ),
    ] = False,
    no_rollups: Annotated[bool, typer.Option("--no-rollups", help="Do not recompute rollups.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 where the load ends with a warning about the archive.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the pending hours and load nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load the pending archive hours in order (new, late and rewritten files), then recompute the due rollups."""
    from event_assets.cli.output.load import log_unreachable, print_load, print_plan
    from event_assets.cli.output.printing import print_message
    from event_assets.pipeline.after_load import maintain
    from event_assets.pipeline.load import Choice, plan_sources

    first, last = parse_range(start, end)
    choice = Choice(first, last, reload=reload, accept_removals=accept_removals, retry_files=retry_files)
    planned = plan_sources(settings, choice)
    if dry_run:
        log_unreachable(planned.unreachable)
        print_plan(planned, as_json=as_json)
        raise typer.Exit(FAILED if planned.unreachable else 0)
    report = _load_planned(settings, planned, choice, rollups=not no_rollups)
    print_load(report, as_json=as_json)
    for line in maintain(settings):
        print_message(line)
    if not report.complete:
        raise typer.Exit(FAILED)
    if strict and report.warnings:
        raise typer.Exit(WARNED)


def load_hours(settings: Settings, plans: Sequence[Plan], choice: Choice, *, quiet: bool = False) -> list[Outcome]:
    """Load the planned hours and log a line per hour and step, or with `quiet` only failures and warnings."""
    from event_assets.cli.output.load import log_outcome
    from event_assets.cli.output.progress import advance, log_line, progress_bar
    from event_assets.pipeline.hour import describe
    from event_assets.pipeline.load import load_plans

    outcomes = []
    several = len(settings.sources) > 1
    with progress_bar(len(plans)) as progress:

        def log_step(plan: Plan, step: Step, counts: Mapping[str, object]) -> None:
            if not quiet:
                source = f"{plan.source.name} " if several else ""
                hour = plan.state.archive_hour
                named = {"source": plan.source.name, "archive_hour": hour, "step": step}
                log_line(progress, source + describe(step, hour, counts), "info", **named, **counts)

        for outcome in load_plans(settings, plans, choice, log_step):
            outcomes.append(outcome)
            log_outcome(progress, outcome, several_sources=several)
            advance(progress)
    return outcomes


def _find_warnings(settings: Settings, planned: Planned, outcomes: Sequence[Outcome]) -> tuple[Warned, ...]:
    from event_assets.health.contracts import warn_of_violations
    from event_assets.health.noticed import find_examples
    from event_assets.health.warnings import CountedHour, find_warnings

    found: list[Warned] = []
    for source, (files, keys) in planned.unfit.items():
        own = [outcome for outcome in outcomes if outcome.source == source]
        hours = [
            CountedHour(
                outcome.archive_hour,
                outcome.counts,
                outcome.noticed,
                find_examples(outcome.samples, outcome.reused_ids),
            )
            for outcome in own
        ]
        found += find_warnings(source, hours, unfit_files=files, unfit_keys=keys)
        loaded = [
            outcome.archive_hour for outcome in outcomes if outcome.state == "loaded" and outcome.source == source
        ]
        found += warn_of_violations(settings, settings.sources[source], loaded)
    return tuple(found)


def _load_planned(settings: Settings, planned: Planned, choice: Choice, *, rollups: bool) -> LoadReport:
    from event_assets.cli.output.load import LoadReport, log_unreachable
    from event_assets.cli.output.printing import print_message
    from event_assets.cli.rollups import recompute_due
    from event_assets.health.file_names import warn_of_names
    from event_assets.pipeline.catalog import create_columns
    from event_assets.pipeline.erasure.forget import finish_erasures
    from loaders.rollups.recompute import find_rollups

    if rollups:
        find_rollups(settings.rollups)  # a missing folder is reported before an hour is loaded
    log_unreachable(planned.unreachable)
    for warning in warn_of_names(settings):
        print_message(f"tideline: warning: {warning}")
    for done in finish_erasures(settings):
        print_message(f"tideline: completed the erasure {done.erasure_id} of {done.source}")
    for change in create_columns(settings):
        print_message(f"tideline: {change}")
    outcomes = load_hours(settings, planned.plans, choice)
    loaded = {outcome.source for outcome in outcomes if outcome.state == "loaded"}
    recomputed = recompute_due(settings, loaded) if rollups else []
    warnings = _find_warnings(settings, planned, outcomes)
    return LoadReport(planned, outcomes, recomputed, warnings, len(settings.sources) > 1)
