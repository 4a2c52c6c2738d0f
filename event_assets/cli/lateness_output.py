"""How the command tells what came late, and what a pass of retention has dropped."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.table import Table

from event_assets.cli.output import cells, new_table, print_json, result_console
from event_assets.config.settings import HOUR_FORMAT
from event_assets.health.lateness import LOADS, LateRows
from event_assets.pipeline.retention import Retained

SHOWN_HOURS: Final = 20
CURVE: Final = (1, 2, 6, 24, 72, 168, 720)
"""Points of the lateness curve that are shown, in hours."""


def late_parts(rows: LateRows) -> Iterator[Table]:
    """What came late, in up to three short tables."""
    if rows.arrived:
        curve = new_table("Share of an hour's rows that had arrived", "after", "share>")
        for hours in CURVE:
            curve.add_row(_span_of(hours), f"{rows.arrived[hours]:.2%}")
        yield curve
    if rows.changed:
        title = f"{len(rows.changed)} event hours that the last {LOADS} loads changed late"
        table = new_table(title, "event hour", "inserted>", "updated>", "deleted>", "last by")
        for row in rows.changed[:SHOWN_HOURS]:
            moved = (row.inserted, row.updated, row.deleted)
            table.add_row(*cells(_hour(row.event_hour), *moved, _hour(row.archive_hour)))
        if len(rows.changed) > SHOWN_HOURS:
            table.add_row(f"... {len(rows.changed) - SHOWN_HOURS} more")
        yield table
    if rows.unsettled:
        table = new_table("Hours that are least settled", "event hour", "rows>", "late>", "settled>")
        for hour in rows.unsettled:
            table.add_row(*cells(_hour(hour.event_hour), hour.rows, hour.late, f"{hour.settled:.2%}"))
        yield table


def report_retained(passes: Sequence[Retained], *, dry_run: bool, as_json: bool) -> None:
    """Tell what was dropped, or would be."""
    if as_json:
        print_json({"dry_run": dry_run, "sources": [dataclasses.asdict(each) for each in passes]})
        return
    for each in passes:
        did = "would be dropped" if dry_run else "dropped"
        table = new_table(f"Source {each.source}: days before {each.before} {did}", "table", "rows>")
        for name, rows in each.tables.items():
            table.add_row(*cells(name, rows))
        result_console().print(table if each.tables else f"Source {each.source}: nothing before {each.before}.")


def _span_of(hours: int) -> str:
    return f"{hours} h" if hours < 24 else f"{hours // 24} d"


def _hour(instant: datetime) -> str:
    return f"{instant:{HOUR_FORMAT}}"
