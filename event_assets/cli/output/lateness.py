"""What `tideline status` prints of late events. Covered by tests/health/test_lateness.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table

from event_assets.cli.output.printing import cells, format_hour, new_table
from event_assets.health.lateness import LOADS

if TYPE_CHECKING:
    from event_assets.health.lateness import LateRows

SHOWN_HOURS: Final = 20
CURVE: Final = (1, 2, 6, 24, 72, 168, 720)
"""Points of the lateness curve that are shown, in hours."""


def lateness_tables(rows: LateRows) -> Iterator[Table]:
    """Yield up to three short tables: the lateness curve, the hours that changed, the hours least settled."""
    if rows.arrived:
        curve = new_table("Share of an hour's rows that had arrived", "after", "share>")
        for hours in CURVE:
            curve.add_row(_format_delay(hours), f"{rows.arrived[hours]:.2%}")
        yield curve
    if rows.changed:
        yield _changed_table(rows)
    if rows.unsettled:
        table = new_table("Hours that are least settled", "event hour", "rows>", "late>", "settled>")
        for hour in rows.unsettled:
            table.add_row(*cells(format_hour(hour.event_hour), hour.rows, hour.late, f"{hour.settled:.2%}"))
        yield table


def _changed_table(rows: LateRows) -> Table:
    title = f"{len(rows.changed)} event hours that the last {LOADS} loads changed late"
    table = new_table(title, "event hour", "inserted>", "updated>", "deleted>", "last by")
    for row in rows.changed[:SHOWN_HOURS]:
        moved = (row.inserted, row.updated, row.deleted)
        table.add_row(*cells(format_hour(row.event_hour), *moved, format_hour(row.archive_hour)))
    if len(rows.changed) > SHOWN_HOURS:
        table.add_row(f"... {len(rows.changed) - SHOWN_HOURS} more")
    return table


def _format_delay(hours: int) -> str:
    return f"{hours} h" if hours < 24 else f"{hours // 24} d"
