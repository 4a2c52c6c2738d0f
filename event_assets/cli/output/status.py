"""What `tideline status` and `tideline doctor` print: the state of every source, and what works on this machine.

Covered by tests/cli/test_app.py, tests/cli/catalog/test_usage.py and tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from event_assets.cli.output.counts import SHOWN_COUNTS
from event_assets.cli.output.lateness import lateness_tables
from event_assets.cli.output.printing import (
    advise_reload,
    cells,
    describe_examples,
    describe_warning,
    format_hour,
    new_table,
    print_json,
    result_console,
)
from event_assets.config.parse import redacted

if TYPE_CHECKING:
    from event_assets.health.doctor.diagnosis import Diagnosis
    from event_assets.health.status import SourceStatus
    from event_assets.lake.failures import HourFailure
    from loaders.queries.quarantine import QuarantinedLine

SHOWN_HOURS: Final = 20
SHOWN_FILES: Final = 5
SHOWN_LIBRARIES: Final = 10

_STYLES: Final[Mapping[str, str]] = {"ok": "green", "warning": "bold yellow", "failed": "bold red"}


def print_status(sources: Sequence[SourceStatus], warnings: Sequence[str], *, as_json: bool) -> None:
    """Print the state of every source, and the warnings about the warehouse as a whole."""
    if as_json:
        print_json({"sources": [dataclasses.asdict(source) for source in sources], "warnings": list(warnings)})
        return
    console = result_console()
    for warning in warnings:
        console.print(Text(f"Warning: {warning}"), soft_wrap=True)
    for source in sources:
        for part in _status_parts(source):
            console.print(part, soft_wrap=isinstance(part, Text))


def tables_table(tables: Mapping[str, int]) -> Table:
    """Return the tables of a schema with their rows."""
    table = new_table("Tables", "table", "rows>")
    for name, rows in tables.items():
        table.add_row(*cells(name, rows))
    return table


def _status_parts(source: SourceStatus) -> Iterator[Table | Text]:
    if source.error:
        yield Text(f"Source {source.source} -> schema {source.schema}: {redacted(source.error)}")
        return
    yield _overview(source)
    for warning in source.warnings:
        yield Text("\n".join([describe_warning(warning), *describe_examples(warning)]), style="yellow")
    if source.failing:
        yield _failing_table(source.failing)
    if source.late:
        yield _hours_table("Late or rewritten files", [(hour.archive_hour, hour.files) for hour in source.late])
    if source.vanished:
        yield _hours_table("Vanished files", list(source.vanished.items()))
    if source.quarantine:
        yield _quarantine_table(source)
    if source.duplicates_by_library:
        yield _libraries_table(source.duplicates_by_library)
    if source.excluded:
        yield _excluded_table(source)
    for table, reason in source.without_table.items():
        yield Text(
            f"{source.schema}.{table} does not exist: {reason}. Its events are in {source.schema}.tracks, with their "
            "properties in _rescued; rename or drop what has the name, then load their hours again with --reload."
        )
    if source.other_settings:
        yield Text(advise_reload(source.source, source.other_settings))
    yield from lateness_tables(source.late_rows)
    if source.tables:
        yield tables_table(source.tables)


def _overview(source: SourceStatus) -> Table:
    late = sum(len(hour.files) for hour in source.late)
    table = new_table(f"Source {source.source} -> schema {source.schema}", "", "", header=False)
    table.add_row("loaded hours", f"{len(source.loaded)} {_span(source.loaded)}")
    table.add_row("pending hours", f"{len(source.pending)} {_span(source.pending)}")
    if source.failing:
        table.add_row("failing hours", Text(f"{len(source.failing)} of the pending", style="bold red"))
    table.add_row("late or rewritten files", f"{late} in {len(source.late)} loaded hours")
    table.add_row("vanished files", f"{sum(map(len, source.vanished.values()))} (they keep their rows)")
    table.add_row("ignored files, which fit no layout", f"{source.ignored_files:,}")
    for name in SHOWN_COUNTS:
        if name in source.totals:
            table.add_row(name, f"{source.totals[name]:,}")
    return table


def _failing_table(failures: Sequence[HourFailure]) -> Table:
    table = new_table("Failing hours (the next load tries them again)", "hour", "since", "attempts>", "why")
    for failure in failures[-SHOWN_HOURS:]:
        hour, since = format_hour(failure.archive_hour), f"{failure.since:%Y-%m-%d %H:%M}"
        table.add_row(*cells(hour, since, failure.attempts, redacted(failure.error)))
    if len(failures) > SHOWN_HOURS:
        table.add_row(f"{len(failures) - SHOWN_HOURS} older", "", "", "")
    return table


def _quarantine_table(source: SourceStatus) -> Table:
    table = new_table("Quarantine by reason (the lake holds every line whole)", "reason", "held>", "for example")
    for reason in source.quarantine:
        held = f"{reason.held:,}{' or more' if reason.capped else ''}"
        table.add_row(*cells(reason.reason, held, "\n".join(_example(row) for row in reason.examples)))
    return table


def _libraries_table(libraries: Mapping[str, int]) -> Table:
    table = new_table("Duplicates by library", "library", "duplicates>")
    ranked = list(libraries.items())
    for library, number in ranked[:SHOWN_LIBRARIES]:
        table.add_row(*cells(library, number))
    if len(ranked) > SHOWN_LIBRARIES:
        rest = ranked[SHOWN_LIBRARIES:]
        table.add_row(*cells(f"... {len(rest)} more", sum(number for _, number in rest)))
    return table


def _excluded_table(source: SourceStatus) -> Table:
    table = new_table("Excluded by include and exclude (the lake holds them)", "type", "event", "events>")
    for row in source.excluded:
        table.add_row(*cells(row.type, "" if row.event is None else row.event, row.events))
    return table


def _example(line: QuarantinedLine) -> str:
    position = f"{line.file}:{line.line}" if line.line is not None else line.file
    shown = " ".join(str(line.raw).split())[:60]
    return f"{position}  {line.detail}  {shown}".rstrip()


def _hours_table(title: str, hours: Sequence[tuple[datetime | str, Sequence[str]]]) -> Table:
    table = new_table(title, "hour", "files")
    for hour, files in hours[:SHOWN_HOURS]:
        text = hour if isinstance(hour, str) else format_hour(hour)
        more = f"\n... {len(files) - SHOWN_FILES} more" if len(files) > SHOWN_FILES else ""
        table.add_row(*cells(text, "\n".join(files[:SHOWN_FILES]) + more))
    if len(hours) > SHOWN_HOURS:
        table.add_row(f"... {len(hours) - SHOWN_HOURS} more", "")
    return table


def _span(hours: Sequence[datetime]) -> str:
    return f"({format_hour(hours[0])} to {format_hour(hours[-1])})" if hours else ""


def print_findings(findings: Iterable[Diagnosis], *, as_json: bool) -> list[Diagnosis]:
    """Print a line per finding as it is made, or one JSON document; return the findings."""
    console, found = result_console(), []
    for finding in findings:
        found.append(finding)
        if not as_json:
            what, detail = cells(f"{finding.subject}, {finding.tried}", finding.detail)
            state = Text(f"{finding.state:<8}", style=_STYLES[finding.state])
            console.print(Text.assemble(state, what, ": ", detail), soft_wrap=True)
    if as_json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in found]})
    return found
