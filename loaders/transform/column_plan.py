"""Assigns the leaves of a slice to columns of a table, and finds rows that need the exact path (contract §5).

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.transform.column_stats import ColumnStats, First
from loaders.transform.convert_columns import mask_rows
from loaders.transform.json.columns import Leaf
from loaders.transform.placement import MEMBERS, Block, Path, TableKind, column_of, feeds_ip, feeds_name, homeless_texts
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import OURS, standard_columns


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf of a block that is assigned to a column."""

    block: Block
    leaf: Leaf

    @property
    def path(self) -> Path:
        """Path from the event's root."""
        return MEMBERS[self.block] + self.leaf.path


@dataclass(slots=True)
class Plan:
    """The columns of a table that a slice fills: their leaves, NULL in rows that take the exact path (`slow`)."""

    columns: dict[str, list[Placed]] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    ip: pa.Array | None = None
    name: pa.Array | None = None


def plan(part: Slice, kind: TableKind, stats: ColumnStats, *, values: int) -> Plan:
    """Assign every leaf of the table's blocks to a column; ``values`` is the most a row may hold (contract §5)."""
    plan = Plan(slow=set(part.slow))
    plan.slow |= part.filled(kind.rescued_blocks)
    if kind.home:
        plan.slow |= part.filled(tuple(homeless_texts(kind.type)))
    for block in kind.blocks:
        for leaf in part.leaves[block]:
            _place(plan, part, kind, Placed(block, leaf), stats.kept)
    for leaves in plan.columns.values():
        plan.slow |= _rows_with_two(leaves)
    plan.slow |= _rows_too_wide(plan, kind, values)
    _admit(plan, part, stats)
    _mask(plan, len(part))
    return plan


def _place(plan: Plan, part: Slice, kind: TableKind, placed: Placed, kept: frozenset[str]) -> None:
    block, leaf = placed.block, placed.leaf
    text = pa.types.is_string(leaf.values.type) and not leaf.array
    if feeds_ip(block, leaf.path):
        plan.ip = leaf.values if text and plan.ip is None else plan.ip
        plan.slow |= set() if plan.ip is leaf.values else _rows(leaf.values)
        return
    if feeds_name(kind.type, block, leaf.path) and not leaf.array:
        own = part.column("name").is_valid()
        unnamed = pc.if_else(own, pa.scalar(None, leaf.values.type), leaf.values)
        plan.name = unnamed if text and plan.name is None else plan.name
        plan.slow |= set() if plan.name is unnamed else _rows(unnamed)
        leaf = mask_rows(leaf, pc.invert(own))
    column = column_of(kind.type, block, leaf.path, kept)
    if column is None:
        plan.slow |= _rows(leaf.values)
    else:
        plan.columns.setdefault(column, []).append(Placed(block, leaf))


def _rows(values: pa.Array) -> set[int]:
    return set(pc.indices_nonzero(values.is_valid()).to_pylist())


def _rows_with_two(leaves: list[Placed]) -> set[int]:
    """Return the rows in which two leaves have a value for one column."""
    if len(leaves) == 1:
        return set()
    filled = pl.DataFrame({str(n): pl.from_arrow(placed.leaf.values.is_valid()) for n, placed in enumerate(leaves)})
    return set(filled.select(pl.sum_horizontal(pl.all()) > 1).to_series().arg_true())


def _rows_too_wide(plan: Plan, kind: TableKind, values: int) -> set[int]:
    """Return the rows that may exceed the number of values of a row, counting every standard column as filled."""
    allowed = values - len(standard_columns(kind.type)) - len(OURS)
    if len(plan.columns) <= allowed:
        return set()
    leaves = (placed.leaf for column in plan.columns.values() for placed in column)
    filled = pl.DataFrame({str(n): pl.from_arrow(leaf.values.is_valid()) for n, leaf in enumerate(leaves)})
    return set(filled.select(pl.sum_horizontal(pl.all()) > allowed).to_series().arg_true())


def _admit(plan: Plan, part: Slice, stats: ColumnStats) -> None:
    """Admit new columns within the budget; rows with values for a column that is not admitted are slow."""
    files, hour = part.frame["_file"], part.hours[0]
    slow = plan.slow
    for column, leaves in list(plan.columns.items()):
        known = stats.firsts.get(column)
        if known is not None and all((hour, placed.path) >= known[:2] for placed in leaves):
            continue
        rows = ((placed.path, _first(part, placed.leaf.values, slow)) for placed in leaves)
        found = min(((part.hour_of(row), path, row) for path, row in rows if row is not None), default=None)
        if found is not None and stats.admit(column, First(found[0], found[1], files[found[2]])):
            continue
        if known is None:
            for placed in plan.columns.pop(column):
                slow |= _rows(placed.leaf.values)


def _first(part: Slice, values: pa.Array, without: Iterable[int]) -> int | None:
    """Return the first row with a value in the earliest archive hour that has one; without the rows in `without`."""
    if len(part.hours) > 1:
        filled = values.is_valid()
        if without:
            filled = pl.Series(pl.from_arrow(filled)).scatter(list(without), values=False).to_arrow()
        hours = pc.if_else(filled, part.hour_instants, None)
        return pc.index(hours, pc.min(hours)).as_py() if hours.null_count < len(hours) else None
    if not without:
        return pc.index(values.is_valid(), value=True).as_py() if values.null_count < len(values) else None
    return min(_rows(values) - set(without), default=None)


def _mask(plan: Plan, rows: int) -> None:
    if not plan.slow:
        return
    mask = pa.array([row in plan.slow for row in range(rows)])
    for column, leaves in plan.columns.items():
        plan.columns[column] = [Placed(placed.block, mask_rows(placed.leaf, mask)) for placed in leaves]
