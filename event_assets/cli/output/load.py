"""What `tideline load` prints: a log line per hour and step, the pending hours, and the result."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from event_assets.cli.output.counts import SHOWN_COUNTS, sum_outcomes
from event_assets.cli.output.printing import (
    advise_reload,
    cells,
    counted,
    format_hour,
    new_table,
    print_json,
    print_message,
    print_warnings,
    result_console,
)
from event_assets.cli.output.progress import log_line
from event_assets.cli.output.rollups import recomputed_rows
from event_assets.config.parse import redacted

if TYPE_CHECKING:
    from rich.progress import Progress

    from event_assets.health.warnings import Warned
    from event_assets.pipeline.load import Outcome, Planned
    from event_assets.pipeline.rollups import Recomputed


@dataclass(frozen=True)
class LoadReport:
    """The result of `tideline load`."""

    planned: Planned
    outcomes: Sequence[Outcome]
    recomputed: Sequence[Recomputed]
    warnings: Sequence[Warned]
    several_sources: bool
    """Whether the name of an hour needs the name of its source."""

    @property
    def failed(self) -> list[Outcome]:
        """The hours that failed."""
        return [outcome for outcome in self.outcomes if outcome.state == "failed"]

    @property
    def left(self) -> int:
        """Planned hours that were not begun."""
        return len(self.planned.plans) - len(self.outcomes)

    @property
    def complete(self) -> bool:
        """Whether every hour of every source is loaded and every due day recomputed."""
        errors = any(result.errors for result in self.recomputed)
        return not self.failed and not self.planned.unreachable and not errors


def log_outcome(progress: Progress, outcome: Outcome, *, several_sources: bool) -> None:
    """Log the error and the warnings of an hour."""
    hour = _name_hour(outcome, several_sources=several_sources)
    named = {"source": outcome.source, "archive_hour": outcome.archive_hour}
    if outcome.error is not None:
        log_line(progress, f"{hour} failed: {redacted(outcome.error)}", "error", **named)
    for warning in outcome.warnings:
        log_line(progress, f"{hour} warning: {warning}", "warning", **named)


def log_unreachable(unreachable: Mapping[str, str]) -> None:
    """Log a line per source whose archive cannot be listed."""
    for source, error in unreachable.items():
        print_message(f"tideline: source {source} is skipped: {error}", "error", source=source)


def print_plan(planned: Planned, *, as_json: bool) -> None:
    """Print the pending hours, and why a load would take them."""
    rows: list[dict[str, Any]] = [
        {
            "source": plan.source.name,
            "archive_hour": plan.state.archive_hour,
            "why": plan.state.why or "reload",
            "files": len(plan.state.manifest.files),
            "bytes": plan.state.manifest.size,
        }
        for plan in planned.plans
    ]
    if as_json:
        print_json({"pending": rows})
        return
    table = new_table(f"{len(rows)} pending hours", "source", "hour", "why", "files>", "bytes>")
    for row in rows:
        hour = format_hour(row["archive_hour"])
        table.add_row(*cells(row["source"], hour, row["why"], row["files"], row["bytes"]))
    result_console().print(table)


def print_load(report: LoadReport, *, as_json: bool) -> None:
    """Print the result, and the hours that failed as one line on standard error."""
    if as_json:
        print_json(_load_document(report))
    else:
        result_console().print(_load_table(report) if report.planned.plans else "Nothing is pending.")
    print_warnings(report.warnings)
    for source, other in report.planned.other_settings.items():
        print_message(f"tideline: {advise_reload(source, other)}", "warning", source=source)
    if report.failed:
        hours = ", ".join(_name_hour(outcome, several_sources=report.several_sources) for outcome in report.failed)
        stopped = (
            f" Stopped, as the others would fail as well; {counted(report.left, 'hour is', 'hours are')} left pending."
        )
        print_message(f"tideline: failed: {hours}.{stopped if report.left else ''}", "error")


def _load_document(report: LoadReport) -> dict[str, Any]:
    states = Counter(outcome.state for outcome in report.outcomes)
    return {
        "loaded": states["loaded"],
        "skipped": states["skipped"],
        "failed": states["failed"],
        "left": report.left,
        "totals": sum_outcomes(report.outcomes),
        "hours": [dataclasses.asdict(outcome) for outcome in report.outcomes],
        "unreachable": {name: redacted(error) for name, error in report.planned.unreachable.items()},
        "warnings": [dataclasses.asdict(warning) for warning in report.warnings],
        "other_settings": report.planned.other_settings,
        "rollups": recomputed_rows(report.recomputed),
    }


def _load_table(report: LoadReport) -> Table:
    states = Counter(outcome.state for outcome in report.outcomes)
    table = new_table("Loaded", "", ">", header=False)
    for state in ("loaded", "skipped", "failed"):
        table.add_row(f"hours {state}", f"{states[state]:,}")
    if report.left:
        table.add_row("hours left pending", f"{report.left:,}")
    for name, total in sum_outcomes(report.outcomes).items():
        if name in SHOWN_COUNTS and states["loaded"]:
            table.add_row(name, f"{total:,}")
    return table


def _name_hour(outcome: Outcome, *, several_sources: bool) -> str:
    return f"{outcome.source} " * several_sources + format_hour(outcome.archive_hour)
