"""What `tideline rollups` prints: a line per rollup on standard error, the result on standard output.

Covered by tests/defs/test_rollups.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from event_assets.cli.output.printing import cells, new_table, print_json, print_message, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.rollups import Due, Recomputed


def log_recomputed(result: Recomputed) -> None:
    """Log the days that were recomputed, and every error that prevented a day."""
    name = f"{result.source}/{result.rollup}" if result.rollup else result.source
    if result.days:
        counts = {"days": len(result.days), "rows": result.rows, "seconds": round(result.seconds, 2)}
        shown = f"days={counts['days']} rows={counts['rows']} seconds={result.seconds:.2f}"
        print_message(f"rollups {name} {shown}", "info", step="rollups", rollup=name, **counts)
    for error in result.errors:
        print_message(f"rollups {name} failed: {error}", "error", step="rollups", rollup=name)


def print_recomputed(results: Sequence[Recomputed], *, as_json: bool) -> None:
    """Print the days, rows and errors of every rollup."""
    if as_json:
        print_json({"rollups": recomputed_rows(results)})
    else:
        result_console().print(_recomputed_table(results) if results else "No day of a rollup is due.")


def recomputed_rows(results: Sequence[Recomputed]) -> list[dict[str, Any]]:
    """Return the results as rows for JSON."""
    return [
        {
            "source": result.source,
            "rollup": result.rollup,
            "days": [
                {"date": day.date, "rows": day.rows, "why": day.why, "before": day.before, "after": day.after}
                for day in result.days
            ],
            "rows": result.rows,
            "seconds": result.seconds,
            "errors": list(result.errors),
        }
        for result in results
    ]


def print_due(rollups: Sequence[Due], *, as_json: bool) -> None:
    """Print the due days of every rollup, and why they are due."""
    if as_json:
        rows = [
            {
                "source": rollup.source,
                "rollup": rollup.rollup,
                "days": [{"date": day, "why": due.why} for day, due in rollup.days.items()],
                "error": rollup.error,
            }
            for rollup in rollups
        ]
        print_json({"due": rows})
        return
    total = sum(len(rollup.days) for rollup in rollups)
    table = new_table(f"{total} due days", "source", "rollup", "days>", "which", "why")
    for rollup in rollups:
        days, reasons = list(rollup.days), ", ".join(sorted({due.why for due in rollup.days.values()}))
        span = f"{days[0]} to {days[-1]}" if len(days) > 1 else "".join(map(str, days))
        table.add_row(*cells(rollup.source, rollup.rollup, len(days), span, rollup.error or reasons))
    result_console().print(table)


def _recomputed_table(results: Sequence[Recomputed]) -> Table:
    table = new_table("Rollups", "source", "rollup", "days>", "rows>", "failed>")
    for result in results:
        table.add_row(*cells(result.source, result.rollup, len(result.days), result.rows, len(result.errors)))
    return table
