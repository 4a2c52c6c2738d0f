"""Makes the rows of one table from a slice of the lake: by whole columns, and exactly for rows that need it.

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.formats.json_values import write
from loaders.transform.column_plan import Placed, Plan, plan
from loaders.transform.column_stats import ColumnStats, First
from loaders.transform.convert_columns import ARROW_TYPES, Measured, convert, measure
from loaders.transform.convert_value import Scalar, is_wide
from loaders.transform.convert_value import convert as convert_value
from loaders.transform.convert_value import kind as kind_of
from loaders.transform.hour_counts import count_by_hour
from loaders.transform.placement import Path, TableKind
from loaders.transform.rescue import Misfits, rescue, texts_of
from loaders.transform.row_path import Flat, flatten, shape
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import LogicalType, standard_columns

RECEIVED_SENT: Final = "#received_sent"
"""Extra column of staged rows: when it was received, as sent, if believed; NULL sorts first (contract §7)."""
INSTANT: Final = ARROW_TYPES["datetime"]


@dataclass(slots=True)
class Rows:
    """The rows of one table from a slice, and the paths rescued in them."""

    table: pa.Table
    rescued: dict[int, set[Path]] = field(default_factory=dict)
    """Row of the slice -> the paths rescued in it."""


NO_ROWS: Final = pa.table({})
"""The rows of a table whose rows are only counted."""


@dataclass(frozen=True, slots=True)
class Target:
    """The table that rows are made for."""

    kind: TableKind
    stats: ColumnStats
    values: int
    """The most values a row may hold (contract §5, budgets)."""
    names: pa.Array | str | None
    """Values of the column ``event``: one for all rows, or one per row."""
    kind_of_row: Callable[[int], TableKind]
    """The composition of a single row; a track without an event table rescues its properties in ``tracks``."""


def rows_of(part: Slice, target: Target) -> Rows:
    """Flatten, count and convert a slice into rows of a table (contract §5, §6)."""
    planned = plan(part, target.kind, target.stats, values=target.values)
    assigned = [(column, placed) for column, leaves in planned.columns.items() for placed in leaves]
    measured: list[tuple[str, Placed, Measured]] = []
    found = measure([placed.leaf for _, placed in assigned])
    for (column, placed), values in zip(assigned, found, strict=True):
        measured.append((column, placed, values))
    for number, hour, counts in count_by_hour(part, found):
        target.stats.count(assigned[number][0], counts, hour)
    flats = {row: _flatten(part, target, row) for row in sorted(planned.slow)}
    _count(part, target.stats, flats)
    if target.stats.given_up:
        return Rows(NO_ROWS)
    columns, misfits = _convert(part, measured, target.stats)
    if target.stats.gives_up(len({row for found in misfits for row in found.rows}), len(part)):
        return Rows(NO_ROWS)
    lost = rescue(part, target.kind, misfits, planned.slow)
    flats |= {row: _flatten(part, target, row) for row in sorted(lost.several)}
    columns = _standard(part, target, planned) | columns
    columns["_rescued"] = lost.texts
    table = pa.table(columns)
    if not flats:
        return Rows(table, lost.paths)
    exact = _exact_rows(part, target, flats, table)
    keep = pa.array([row not in flats for row in range(len(part))])
    rows = pa.concat_tables([table.filter(keep), exact.table], promote_options="default")
    return Rows(rows, lost.paths | exact.rescued)


def _flatten(part: Slice, target: Target, row: int) -> Flat:
    file, hour = part.frame["_file"][row], part.hour_of(row)
    return flatten(
        part.event(row),
        target.kind_of_row(row),
        values=target.values,
        admit=lambda column, path: target.stats.admit(column, First(hour, path, file)),
        kept=target.stats.kept,
    )


def _count(part: Slice, stats: ColumnStats, flats: Mapping[int, Flat]) -> None:
    counts: dict[tuple[str, datetime], list[int]] = {}
    for row, flat in flats.items():
        hour = part.hour_of(row)
        for column, cell in flat.cells.items():
            found = counts.setdefault((column, hour), [0] * 6)
            found[kind_of(cell.value)] += 1
            found[-1] += is_wide(cell.value)
    for (column, hour), found in counts.items():
        stats.count(column, found, hour)


def _convert(
    part: Slice, measured: Sequence[tuple[str, Placed, Measured]], stats: ColumnStats
) -> tuple[dict[str, pa.Array], list[Misfits]]:
    columns: dict[str, pa.Array] = {}
    misfits: list[Misfits] = []
    for column, placed, values in measured:
        converted, wrong = convert(values, stats.type_of(column), partial(texts_of, part, placed))
        if wrong is not None:
            misfits.append(Misfits(placed, pc.indices_nonzero(wrong).to_pylist()))
        columns[column] = pc.coalesce(columns[column], converted) if column in columns else converted
    return columns, misfits


def _standard(part: Slice, target: Target, planned: Plan) -> dict[str, pa.Array]:
    """Return the standard columns and ours, from the envelope."""
    request_ip = part.column("request_ip")
    names = target.names
    given: dict[str, pa.Array] = {
        "context_ip": request_ip if planned.ip is None else pc.coalesce(planned.ip, request_ip),
        "context_request_ip": request_ip,
        "context_passed_ip": pa.nulls(len(part), pa.string()) if planned.ip is None else planned.ip,
        "event_text": part.column("event"),
        "event": names if isinstance(names, pa.Array) else pa.repeat(pa.scalar(names, pa.string()), len(part)),
        "name": part.column("name") if planned.name is None else pc.coalesce(part.column("name"), planned.name),
    }
    columns = {
        column: given[column] if column in given else part.column(column)
        for column in standard_columns(target.kind.type)
    }
    received = part.column("received_at")
    return columns | {
        "event_date": part.column("timestamp").cast(pa.timestamp("us")).cast(pa.date32()),
        "_archive_hour": part.column("_archive_hour"),
        "_fingerprint": part.column("_fingerprint"),
        "_rescued": pa.nulls(len(part), pa.string()),
        RECEIVED_SENT: pc.if_else(part.column("received_believed"), received, pa.scalar(None, received.type)),
    }


def _exact_rows(part: Slice, target: Target, flats: dict[int, Flat], fast: pa.Table) -> Rows:
    """Return the rows of these flats; standard columns come from `fast`, except those that a flat fills."""
    cells: dict[str, list[Scalar]] = {}
    types: dict[str, LogicalType] = {}
    rescued: dict[int, set[Path]] = {}
    texts: list[str | None] = []
    for number, (row, flat) in enumerate(flats.items()):
        for column, cell in flat.cells.items():
            if column not in types:
                types[column] = target.stats.type_of(column)
                cells[column] = [None] * len(flats)
            converted = convert_value(cell.value, types[column])
            if converted is None:
                flat.rescued.append((cell.path, cell.value))
            else:
                cells[column][number] = converted
        rescued[row] = {path for path, _ in flat.rescued}
        texts.append(write(shape(flat.rescued)) if flat.rescued else None)
    rows = fast.select([column for column in fast.column_names if column not in target.stats.firsts])
    columns = {
        column: values.combine_chunks()
        for column, values in zip(rows.column_names, rows.take(pa.array(flats)).columns, strict=True)
    }
    columns |= _fed(columns, list(flats.values()))
    columns["_rescued"] = pa.array(texts, pa.string())
    for column, values in cells.items():
        columns[column] = _array(values, types[column])
    return Rows(pa.table(columns), rescued)


def _fed(columns: dict[str, pa.Array], flats: Sequence[Flat]) -> dict[str, pa.Array]:
    """Return the standard columns that context.ip and a page's properties.name fill."""
    ips = pa.array([flat.ip for flat in flats], pa.string())
    fed = {
        "context_passed_ip": ips,
        "context_ip": pc.coalesce(ips, columns["context_request_ip"]),
    }
    if "name" in columns:
        names = pa.array([flat.name for flat in flats], pa.string())
        fed["name"] = pc.coalesce(names, columns["name"])
    return fed


def _array(values: list[Scalar], to: LogicalType) -> pa.Array:
    if to == "datetime":
        return pa.array(values, pa.int64()).cast(INSTANT)
    if to == "date":
        return pa.array(values, pa.int32()).cast(pa.date32())
    return pa.array(values, ARROW_TYPES[to])


def with_archive_hour(frame: pl.DataFrame, archive_hour: datetime) -> pl.DataFrame:
    """Return the lake's rows of an hour with the column `_archive_hour`."""
    hour = pl.lit(archive_hour.replace(tzinfo=None), pl.Datetime("us")).dt.replace_time_zone("UTC")
    return frame.with_columns(hour.alias("_archive_hour"))
