"""Metadata of hours from the ledger: quarantined lines, rescued columns, lateness, the tables' columns.

Covered by tests/defs/test_assets.py.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT
from event_assets.config.source import Source
from event_assets.defs.governance.violations import hour_violations
from event_assets.defs.metadata import Metadata, counts_table, markdown_table, reused_table, rows_table, without_empty
from event_assets.health.rescued import rescued_values
from event_assets.health.warehouse_tables import ShownTable, read_tables
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.masked import MaskedLake
from event_assets.lake.store import Lake
from loaders.connection.session import Session
from loaders.queries.conflicts import reused_ids
from loaders.queries.lateness import lateness_curve, recent_hours
from loaders.queries.quarantine import QuarantinedLine, lines_by_hour
from loaders.queries.tables import column_types

EXAMPLES: Final = 3
"""Quarantined lines shown per reason."""
RAW_BYTES: Final = 120
"""Bytes shown of a quarantined line."""
RECENT_HOURS: Final = 48
TABLES: Final = 200
"""Tables shown."""


def lake_examples(lake: Lake, source: Source, note: HourNote) -> Metadata:
    """Return a few quarantined lines of an hour from the lake, masked; nothing is read where there are none."""
    if not note.quarantine:
        return {}
    masked = MaskedLake(lake, source.name, source.masking)
    frame = masked.read_quarantine(note, EXAMPLES, head_bytes=RAW_BYTES)
    lines = [
        _example(row["reason"], row["file"], row["line"], row["detail"], (row["raw"] or b"").decode("utf-8", "replace"))
        for row in frame.iter_rows(named=True)
    ]
    return {"quarantined_lines": dg.MetadataValue.md(_examples(lines))}


def read_details(session: Session, source: Source, hours: Collection[datetime]) -> dict[datetime, Metadata]:
    """Return per loaded hour its quarantined lines and rescued columns; for the newest also the state of the source."""
    if not hours:
        return {}
    lines: dict[datetime, list[QuarantinedLine]] = defaultdict(list)
    for line in lines_by_hour(session, source.name, hours, examples=EXAMPLES):
        lines[line.archive_hour].append(line)
    catalog = column_types(session, source.schema)
    reused = reused_ids(session, source.name, hours)
    rescued = rescued_values(session, source, hours, catalog)
    violations = hour_violations(session, source.name, hours)
    details: dict[datetime, Metadata] = {
        hour: {
            "quarantined_lines": dg.MetadataValue.md(_examples([_ledger_example(line) for line in lines[hour]])),
            "reused_ids": reused_table(reused.get(hour, ())),
            **({"contract_violations": violations[hour]} if hour in violations else {}),
            "rescued_by_column": counts_table(("column", "values"), rescued.get(hour, {})),
        }
        for hour in hours
    }
    details = {hour: without_empty(details[hour]) for hour in details}
    details[max(hours)].update(_source_state(session, source))
    return details


def _ledger_example(line: QuarantinedLine) -> tuple[str, str, str, str]:
    return _example(line.reason, line.file, line.line, line.detail, (line.raw or "")[:RAW_BYTES])


def _example(reason: str, file: str, line: int | None, detail: str | None, raw: str) -> tuple[str, str, str, str]:
    return reason, file if line is None else f"{file}:{line}", detail or "", " ".join(raw.split())


def _examples(lines: Sequence[Sequence[str]]) -> str:
    return markdown_table(("reason", "file:line", "detail", "begins with"), lines)


def _source_state(session: Session, source: Source) -> Metadata:
    curve = lateness_curve(session, source.name, source.schema)
    recent = recent_hours(session, source.name, source.schema, shown=RECENT_HOURS)
    return without_empty(
        {
            "tables": dg.MetadataValue.md(_tables(source, read_tables(session, source))),
            "lateness": dg.MetadataValue.md(lateness_chart(curve)),
            "recent_hours": dg.MetadataValue.md(rows_table(recent)),
        }
    )


def _tables(source: Source, tables: Sequence[ShownTable]) -> str:
    """Return the tables with rows and columns, those that changed last first."""
    ranked = sorted(tables, key=lambda table: (-table.changed.timestamp() if table.changed else 0, -table.rows))
    rows = [
        (
            f"{source.schema}.{table.name}",
            f"{table.rows:,}",
            f"{len(table.columns):,}",
            f"{table.changed:{HOUR_FORMAT}}" if table.changed else "",
        )
        for table in ranked[:TABLES]
    ]
    if len(ranked) > TABLES:
        rows.append((f"{len(ranked) - TABLES} more", f"{sum(table.rows for table in ranked[TABLES:]):,}", "", ""))
    return markdown_table(("table", "rows", "columns", "changed by hour"), rows)


def lateness_chart(curve: Mapping[int, float]) -> str:
    """Return a bar chart in Markdown: the share of rows that arrived within so many hours of their event hour."""
    if not curve:
        return "none"
    width, height = 40, 100
    bars = []
    for number, (hours, share) in enumerate(sorted(curve.items())):
        left, tall = number * width + 5, round(height * share, 1)
        bars.append(
            f'<rect x="{left}" y="{height + 20 - tall}" width="30" height="{tall}" fill="#4a7fb5"/>'
            f'<text x="{left + 15}" y="{height + 14 - tall}">{share:.1%}</text>'
            f'<text x="{left + 15}" y="{height + 34}">{_span(hours)}</text>'
        )
    style = 'font-family="sans-serif" font-size="10" text-anchor="middle"'
    size = f'width="{len(curve) * width + 10}" height="{height + 42}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(bars)}</svg>'
    return f"![share arrived by hours since](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _span(hours: int) -> str:
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h"
