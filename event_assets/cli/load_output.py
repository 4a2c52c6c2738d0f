"""What the command prints: log lines and progress on standard error, results on standard output."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from event_assets.cli.lateness_output import late_parts
from event_assets.cli.output import cells, new_table, print_json, result_console
from event_assets.cli.rollup_output import recompute_and_log, recomputed_rows
from event_assets.config.settings import HOUR_FORMAT, Settings, redacted
from event_assets.health.status import SourceStatus
from event_assets.pipeline.hour import describe
from event_assets.pipeline.load import FAILURES_IN_A_ROW, Choice, Outcome, Plan, Planned, Step, load_plans
from loaders.queries.quarantine import QuarantinedLine
from loaders.rollups.recompute import find_rollups

SHOWN_HOURS: Final = 20
SUMMARY: Final = (
    "files", "bad_files", "lines", "events", "duplicates", "quarantined", "late", "clocks_corrected", "excluded",
    "rescued", "staged", "inserted", "updated", "ignored", "deleted",
)  # fmt: skip


@contextmanager
def progress_lines(hours: int) -> Iterator[Progress]:
    """A progress bar on standard error, only where that is a terminal; lines printed to it go above the bar."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        progress.add_task("hours", total=hours)
        yield progress


def load_hours(settings: Settings, plans: Sequence[Plan], choice: Choice, *, quiet: bool = False) -> list[Outcome]:
    """Load the planned hours and log a line per hour and step (with `quiet` only failures and the bar)."""
    outcomes = []
    with progress_lines(len(plans)) as progress:

        def told(plan: Plan, step: Step, counts: Mapping[str, object]) -> None:
            if not quiet:
                _log(progress, _of(settings, plan.source.name) + describe(step, plan.state.archive_hour, counts))

        for outcome in load_plans(settings, plans, choice, told):
            outcomes.append(outcome)
            if outcome.error is not None:
                _log(progress, f"{_hour_of(settings, outcome)} failed: {redacted(outcome.error)}")
            for warning in outcome.warnings:
                _log(progress, f"{_hour_of(settings, outcome)} warning: {warning}")
            progress.advance(progress.task_ids[0])
    return outcomes


def _hour_of(settings: Settings, outcome: Outcome) -> str:
    return f"{_of(settings, outcome.source)}{outcome.archive_hour:%Y-%m-%dT%H}"


def _of(settings: Settings, source: str) -> str:
    """Whose hour a line tells of, where there are several sources."""
    return f"{source} " if len(settings.sources) > 1 else ""


def load_and_report(
    settings: Settings, planned: Planned, choice: Choice, *, as_json: bool, rollups: bool = True
) -> bool:
    """Load, recompute the days of rollups that are due, tell the result; whether all of it is done now."""
    if rollups:
        find_rollups(settings.rollups)  # a folder that is not there is told before an hour is loaded
    plans = planned.plans
    tell_unreachable(planned.unreachable)
    outcomes = load_hours(settings, plans, choice)
    loaded = {outcome.source for outcome in outcomes if outcome.state == "loaded"}
    recomputed = recompute_and_log(settings, loaded) if rollups else []
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    left = len(plans) - len(outcomes)
    if as_json:
        found = {"unreachable": {name: redacted(why) for name, why in planned.unreachable.items()}}
        print_json({**load_document(outcomes, left), **found, "rollups": recomputed_rows(recomputed)})
    else:
        result_console().print(_load_table(outcomes, left) if plans else "Nothing is pending.")
    if failed:
        hours = ", ".join(_hour_of(settings, each) for each in failed)
        stopped = (
            f" Stopped after {FAILURES_IN_A_ROW} failures in a row; {left} hours are left pending." if left else ""
        )
        sys.stderr.write(f"tideline: failed: {hours}.{stopped}\n")
    return not failed and not planned.unreachable and not any(each.errors for each in recomputed)


def tell_unreachable(unreachable: Mapping[str, str]) -> None:
    """A line per source whose archive cannot be listed, on standard error."""
    for source, why in unreachable.items():
        line = " ".join(redacted(why).split())
        sys.stderr.write(f"tideline: source {source} is left out: {line}\n")


def load_document(outcomes: Sequence[Outcome], left: int) -> dict[str, Any]:
    """The result of `tideline load --json`."""
    states = Counter(outcome.state for outcome in outcomes)
    return {
        "loaded": states["loaded"],
        "skipped": states["skipped"],
        "failed": states["failed"],
        "left": left,
        "totals": sum_outcomes(outcomes),
        "hours": [dataclasses.asdict(outcome) for outcome in outcomes],
    }


def sum_outcomes(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """The counts of the hours that this command loaded."""
    totals: Counter[str] = Counter({name: 0 for name in SUMMARY})
    for outcome in outcomes:
        if outcome.state == "loaded":
            totals.update(outcome.counts)
    return dict(totals)


def report_plan(planned: Planned, *, as_json: bool) -> None:
    """Tell which hours a load would take, and why."""
    plans = planned.plans
    tell_unreachable(planned.unreachable)
    rows = [
        {
            "source": plan.source.name,
            "archive_hour": plan.state.archive_hour,
            "why": _why(plan),
            "files": len(plan.state.manifest.files),
            "bytes": plan.state.manifest.size,
        }
        for plan in plans
    ]
    if as_json:
        print_json({"pending": rows})
        return
    table = new_table(f"{len(rows)} pending hours", "source", "hour", "why", "files>", "bytes>")
    for row in rows:
        hour = f"{row['archive_hour']:{HOUR_FORMAT}}"
        table.add_row(*cells(row["source"], hour, row["why"], row["files"], row["bytes"]))
    result_console().print(table)


def report_status(sources: Sequence[SourceStatus], *, as_json: bool) -> None:
    """Tell the state of every source."""
    if as_json:
        print_json({"sources": [dataclasses.asdict(source) for source in sources]})
        return
    console = result_console()
    for source in sources:
        for part in status_parts(source):
            console.print(part)


def status_parts(source: SourceStatus) -> Iterator[Table | Text]:
    """A source's state in a few short tables."""
    if source.error:
        yield Text(f"Source {source.source} -> schema {source.schema}: {redacted(source.error)}")
        return
    late = sum(len(hour.files) for hour in source.late)
    overview = new_table(f"Source {source.source} -> schema {source.schema}", "", "", header=False)
    overview.add_row("loaded hours", f"{len(source.loaded)} {_span(source.loaded)}")
    overview.add_row("pending hours", f"{len(source.pending)} {_span(source.pending)}")
    overview.add_row("late or rewritten files", f"{late} in {len(source.late)} loaded hours")
    overview.add_row("vanished files", f"{sum(map(len, source.vanished.values()))} (they keep their rows)")
    overview.add_row("files that fit no layout", f"{source.ignored_files:,}")
    for name in SUMMARY:
        if name in source.totals:
            overview.add_row(name, f"{source.totals[name]:,}")
    yield overview
    if source.late:
        yield _hours_table("Late or rewritten files", [(hour.archive_hour, hour.files) for hour in source.late])
    if source.vanished:
        yield _hours_table("Vanished files", list(source.vanished.items()))
    if source.quarantine:
        yield _quarantine_table(source)
    if source.excluded:
        yield _excluded_table(source)
    if source.other_settings:
        yield Text(_other_settings(source))
    yield from late_parts(source.late_rows)
    if source.tables:
        yield tables_table(source.tables)


def tables_table(tables: Mapping[str, int]) -> Table:
    """Tables with their rows."""
    table = new_table("Tables", "table", "rows>")
    for name, rows in tables.items():
        table.add_row(*cells(name, rows))
    return table


def _quarantine_table(source: SourceStatus) -> Table:
    table = new_table("Quarantine (the lake holds every line whole)", "reason", "held>", "for example")
    for reason in source.quarantine:
        held = f"{reason.held:,}{' or more' if reason.capped else ''}"
        table.add_row(*cells(reason.reason, held, "\n".join(_example(row) for row in reason.examples)))
    return table


def _excluded_table(source: SourceStatus) -> Table:
    table = new_table("Left out by include and exclude (the lake holds them)", "type", "event", "events>")
    for row in source.excluded:
        table.add_row(*cells(row.type, "" if row.event is None else row.event, row.events))
    return table


def _other_settings(source: SourceStatus) -> str:
    hours = source.other_settings
    first, last = (f"{hour:{HOUR_FORMAT}}" for hour in (hours[0], hours[-1]))
    return (
        f"{len(hours)} hours of {source.source} were loaded under other settings (mapping, include, exclude, "
        f"not_users ...). To load them by those of today: tideline load --reload --from {first} --to {last}"
    )


def _example(line: QuarantinedLine) -> str:
    where = f"{line.file}:{line.line}" if line.line is not None else line.file
    shown = " ".join(str(line.raw).split())[:60]
    return f"{where}  {line.detail}  {shown}".rstrip()


def _hours_table(title: str, hours: Sequence[tuple[datetime | str, Sequence[str]]]) -> Table:
    table = new_table(title, "hour", "files")
    for hour, files in hours[:SHOWN_HOURS]:
        text = hour if isinstance(hour, str) else f"{hour:{HOUR_FORMAT}}"
        table.add_row(*cells(text, "\n".join(files[:5]) + (f"\n... {len(files) - 5} more" if len(files) > 5 else "")))
    if len(hours) > SHOWN_HOURS:
        table.add_row(f"... {len(hours) - SHOWN_HOURS} more", "")
    return table


def _load_table(outcomes: Sequence[Outcome], left: int) -> Table:
    states = Counter(outcome.state for outcome in outcomes)
    table = new_table("Loaded", "", ">", header=False)
    for state in ("loaded", "skipped", "failed"):
        table.add_row(f"hours {state}", f"{states[state]:,}")
    if left:
        table.add_row("hours left pending", f"{left:,}")
    for name, total in sum_outcomes(outcomes).items():
        if name in SUMMARY and states["loaded"]:
            table.add_row(name, f"{total:,}")
    return table


def _why(plan: Plan) -> str:
    if plan.state.loaded is None:
        return "never loaded"
    changed = len(plan.state.changed_files)
    return f"{changed} late or rewritten files" if changed else "files removed" if plan.state.pending else "reload"


def _span(hours: Sequence[datetime]) -> str:
    return f"({hours[0]:{HOUR_FORMAT}} to {hours[-1]:{HOUR_FORMAT}})" if hours else ""


def _log(progress: Progress, line: str) -> None:
    progress.console.print(line, markup=False, soft_wrap=True)
