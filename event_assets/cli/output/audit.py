"""What `tideline audit` prints. Covered by tests/cli/governance/test_audit.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, counted, format_hour, new_table, print_json, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.audit.audit import AuditedHour


def print_audit(results: Sequence[AuditedHour], *, seed: int, as_json: bool) -> None:
    """Print the findings of all hours."""
    found = [(result, finding) for result in results for finding in result.findings]
    if as_json:
        hours = [{**asdict(result), "archive_hour": format_hour(result.archive_hour)} for result in results]
        print_json({"seed": seed, "hours": hours, "findings": len(found)})
        return
    if found:
        table = new_table("Differences", "hour", "source", "where", "what")
        for result, finding in found:
            hour = format_hour(result.archive_hour)
            table.add_row(*cells(hour, result.source, finding.where, finding.message))
        result_console().print(table)
    failed = sum(result.error is not None for result in results)
    rows = sum(result.rows for result in results)
    not_read = f", {failed} could not be read" if failed else ""
    result_console().print(
        f"{counted(len(results), 'hour')}, {counted(rows, 'row')} of the warehouse: {counted(len(found), 'difference')}"
        f"{not_read} (--seed {seed})."
    )


def describe_audited(result: AuditedHour) -> str:
    """Return the log line of an hour."""
    hour = format_hour(result.archive_hour)
    if result.error is not None:
        return f"tideline: {result.source} {hour} failed: {result.error}"
    note = f" ({result.note})" if result.note else ""
    return f"{result.source} {hour} audited from={result.derived} rows={result.rows} found={len(result.findings)}{note}"
