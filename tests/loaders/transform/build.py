"""Rows of the lake for tests: good events by default, and only what matters is changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from event_assets.events.schema import LAKE_SCHEMA
from loaders.dialects.staged_rows import StagedRows
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.staging.slices import HourEvents
from loaders.staging.stage import StagingOptions, stage_hours
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Budgets, Catalog

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)


def row(number: int = 0, **changes: object) -> dict[str, object]:
    """One event of the lake: a track called Order Completed, an hour's first second; members changed at will."""
    good: dict[str, object] = dict.fromkeys(LAKE_SCHEMA)
    good |= {
        "type": "track",
        "event": "Order Completed" if changes.get("type", "track") == "track" else None,
        "id": f"m-{number:05}",
        "user_id": "u-1",
        "received_at": HOUR,
        "timestamp": HOUR,
        "received_believed": True,
        "_fingerprint": number,
        "_file": "a.json.gz",
        "_line": number + 1,
    }
    return good | changes


def tracks(*properties: str, **changes: object) -> pl.DataFrame:
    """A track for each JSON text of properties."""
    return lake(*(row(at, properties=text, **changes) for at, text in enumerate(properties)))


def lake(*rows: dict[str, object]) -> pl.DataFrame:
    """Rows as the lake sorts them."""
    frame = pl.DataFrame(rows, schema=LAKE_SCHEMA, orient="row")
    return frame.sort("type", "event", "timestamp", "id")


def stage(
    frame: pl.DataFrame,
    folder: Path,
    *,
    catalog: Catalog | None = None,
    budgets: Budgets | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[dict[str, pa.Table], Staged]:
    """Stage an hour; its tables by name, and what staging says of them."""
    staged = stage_hours(
        [HourEvents(HOUR, lambda types=None: [frame])],
        catalog or Catalog(),
        StagingOptions(folder, budgets or Budgets(), limits),
    )
    tables = {table.name: read_staged(table) for table in staged.tables}
    return tables, staged


def read_staged(table: StagedTable) -> pa.Table:
    """The staged rows of a table as a warehouse reads them."""
    return pa.RecordBatchReader.from_stream(StagedRows(table)).read_all()


def column(table: pa.Table, name: str) -> list[object]:
    """The values of a column by ascending id."""
    values: list[object] = table.sort_by("id")[name].to_pylist()
    return values


def types(staged: Staged, table: str) -> dict[str, str]:
    """The types of a table's columns after staging."""
    return {name: found.type for name, found in staged.catalog.table(table).items()}
