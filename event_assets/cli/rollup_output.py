"""What the command prints of rollups: a line per rollup on standard error, results on standard output."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

from rich.table import Table

from event_assets.cli.output import cells, new_table, print_json, result_console
from event_assets.config.settings import Settings, redacted
from event_assets.pipeline.rollups import Due, Recomputed, recompute_sources


def recompute_and_log(settings: Settings, loaded: Collection[str] = ()) -> list[Recomputed]:
    """Recompute what is due; a line on standard error for every rollup, and for everything that kept one back.

    `loaded` are the sources of which the caller has just loaded hours.
    """
    results = []
    for result in recompute_sources(settings, loaded):
        results.append(result)
        if result.days:
            seconds = f"{result.seconds:.2f}"
            _log(f"rollups {_name(result)} days={len(result.days)} rows={result.rows} seconds={seconds}")
        for error in result.errors:
            _log(f"rollups {_name(result)} failed: {error}")
    return results


def recompute_and_report(settings: Settings, *, as_json: bool) -> bool:
    """Recompute what is due and tell the result; whether nothing is due now."""
    results = recompute_and_log(settings)
    if as_json:
        print_json({"rollups": recomputed_rows(results)})
    else:
        result_console().print(_recomputed_table(results) if results else "No day of a rollup is due.")
    return not any(result.errors for result in results)


def recomputed_rows(results: Sequence[Recomputed]) -> list[dict[str, Any]]:
    """What was recomputed, for JSON."""
    return [
        {
            "source": result.source,
            "rollup": result.rollup,
            "days": [{"date": day.date, "rows": day.rows, "why": day.why} for day in result.days],
            "rows": result.rows,
            "seconds": result.seconds,
            "errors": list(result.errors),
        }
        for result in results
    ]


def report_due(due: Sequence[Due], *, as_json: bool) -> None:
    """Tell which days of which rollups are due, and why."""
    if as_json:
        rows = [
            {
                "source": each.source,
                "rollup": each.rollup,
                "days": [{"date": day, "why": due.why} for day, due in each.days.items()],
                "error": each.error,
            }
            for each in due
        ]
        print_json({"due": rows})
        return
    table = new_table(f"{sum(len(each.days) for each in due)} due days", "source", "rollup", "days>", "which", "why")
    for each in due:
        days, reasons = list(each.days), ", ".join(sorted({due.why for due in each.days.values()}))
        span = f"{days[0]} to {days[-1]}" if len(days) > 1 else "".join(map(str, days))
        table.add_row(*cells(each.source, each.rollup, len(days), span, each.error or reasons))
    result_console().print(table)


def _recomputed_table(results: Sequence[Recomputed]) -> Table:
    table = new_table("Rollups", "source", "rollup", "days>", "rows>", "failed>")
    for result in results:
        table.add_row(*cells(result.source, result.rollup, len(result.days), result.rows, len(result.errors)))
    return table


def _name(result: Recomputed) -> str:
    return f"{result.source}/{result.rollup}" if result.rollup else result.source


def _log(line: str) -> None:
    sys.stderr.write(" ".join(redacted(line).split()) + "\n")
