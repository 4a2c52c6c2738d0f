"""Metadata of hours from the ledger: quarantined lines, rescued columns, lateness, the tables' columns.

Covered by tests/defs/test_assets.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT
from event_assets.config.source import Source
from event_assets.defs.charts import day_chart, lateness_chart, ranked_chart
from event_assets.defs.governance.violations import hour_violations
from event_assets.defs.metadata import (
    Metadata,
    counts_table,
    example_list,
    markdown_table,
    reused_table,
    rows_table,
    without_empty,
)
from event_assets.defs.summary import megabytes
from event_assets.health.rescued import rescued_values
from event_assets.health.trend import Trend, read_trend
from event_assets.health.warehouse_tables import ShownTable
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
RAW_BYTES: Final = 70
"""Bytes shown of a quarantined line."""
RECENT_HOURS: Final = 48
_CHARTS: Final = {"events": "events", "late": "late events", "duplicates": "duplicates"}
"""Counts of hours that are drawn by day of arrival, and the bytes read."""
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


def read_details(
    session: Session, source: Source, hours: Collection[datetime], tables: Sequence[ShownTable]
) -> dict[datetime, Metadata]:
    """Return per loaded hour its quarantined lines and rescued columns; for the newest also the state of the source.

    `tables` are those of the source.
    """
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
    details[max(hours)].update(_source_state(session, source, tables))
    return details


def _ledger_example(line: QuarantinedLine) -> tuple[str, str, str, str]:
    return _example(line.reason, line.file, line.line, line.detail, (line.raw or "")[:RAW_BYTES])


def _example(reason: str, file: str, line: int | None, detail: str | None, raw: str) -> tuple[str, str, str, str]:
    return reason, file if line is None else f"{file}:{line}", detail or "", " ".join(raw.split())


def _examples(lines: Sequence[tuple[str, str, str, str]]) -> str:
    return example_list(
        [(f"{reason}, {where}", detail, f"begins: {raw}" if raw else "") for reason, where, detail, raw in lines]
    )


def _source_state(session: Session, source: Source, tables: Sequence[ShownTable]) -> Metadata:
    curve = lateness_curve(session, source.name, source.schema)
    recent = recent_hours(session, source.name, source.schema, shown=RECENT_HOURS)
    trend = read_trend(session, source)
    return without_empty(
        {
            **{
                f"{name}_by_day": dg.MetadataValue.md(day_chart(text, trend.days, trend.counts.get(name, ())))
                for name, text in _CHARTS.items()
            },
            "bytes_by_day": dg.MetadataValue.md(
                day_chart("bytes read", trend.days, trend.counts.get("bytes", ()), megabytes)
            ),
            "recent_duplicates_by_library": dg.MetadataValue.md(
                ranked_chart(_libraries_title(trend), trend.duplicates_by_library)
            ),
            "tables": dg.MetadataValue.md(_tables(source, tables)),
            "lateness": dg.MetadataValue.md(lateness_chart(curve)),
            "recent_hours": dg.MetadataValue.md(rows_table(recent)),
        }
    )


def _libraries_title(trend: Trend) -> str:
    return f"duplicates by library, {trend.days[0]} to {trend.days[-1]}" if trend.days else ""


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
