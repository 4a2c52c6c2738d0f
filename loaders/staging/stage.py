"""Events of one or more hours of the lake, made into typed rows for each table, in bounded memory.

Types are settled as loads of one hour each would settle them (contract §6, §8). Rows are made by the types that the
first values suggest, and made a second time where the rest of the load disproved them.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.staging.event_runs import RunReader, TableBudget
from loaders.staging.hour_stats import Counts, HourStats
from loaders.staging.sink import Sinks
from loaders.staging.slices import HourEvents, LeftOut, slice_by_type, slice_hours
from loaders.staging.staged import Staged, StagedTable
from loaders.staging.table_stager import TableStager
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts

_NO_COUNTS: Final[Mapping[datetime, Counts]] = MappingProxyType({})


@dataclass(frozen=True)
class StagingOptions:
    """Where rows are staged, and within which bounds. `folder` is one that nothing has been staged in."""

    folder: Path
    budgets: Budgets = Budgets()
    limits: Limits = DEFAULT_LIMITS
    contracts: Contracts = NO_CONTRACTS
    """They decide which tables and columns may be added."""


def stage_hours(
    hours: Sequence[HourEvents],
    catalog: Catalog,
    options: StagingOptions,
    previous_counts: Mapping[datetime, Counts] = _NO_COUNTS,
) -> Staged:
    """Make the rows of some hours by the catalog, and the catalog after them.

    ``previous_counts`` are what the previous loads of the hours added to the catalog, by archive hour; they are
    subtracted. Events that the selection or a contract leaves out are only counted. Raises HourUnreadable.
    """
    left_out = {hour.archive_hour: LeftOut() for hour in hours}
    rows_folder = options.folder / "lake"
    freeze = options.contracts.freeze(catalog.kept_tables())
    stats = HourStats(catalog, options.budgets, previous_counts, tentative=True, freeze=freeze)
    first = _stager(stats, options)
    first.add_all(slice_hours(hours, None, options.limits, rows_folder, left_out))
    if wrong := stats.wrong_tables():
        second = first.second_pass(wrong)
        types = frozenset(stats.types[table] for table in wrong)
        second.add_all(slice_hours(hours, types, options.limits, rows_folder))
        first.take_over(second, wrong)
    return first.staged(left_out)


def stage_rows(
    frames: Iterable[pl.DataFrame], catalog: Catalog, options: StagingOptions, tables: frozenset[str] | None = None
) -> tuple[StagedTable, ...]:
    """Make rows of a few events by a catalog that stays as it is; each event has its ``_archive_hour`` beside it.

    ``frames``, of bounded size each, need not be sorted; ``tables`` are the tables to make rows for, None for all.
    """
    types = {
        table: {column.name: column.type for column in columns.values()} for table, columns in catalog.tables.items()
    }
    fixed = Budgets(columns=0, tables=0, values=options.budgets.values)
    stager = _stager(HourStats(catalog, fixed, assumed=types), options, tables)
    ordered = (frame.sort("type", "event", "timestamp", "id") for frame in frames)
    stager.add_all(part for frame in ordered for part in slice_by_type(frame))
    return stager.tables()


def _stager(stats: HourStats, options: StagingOptions, only: frozenset[str] | None = None) -> TableStager:
    reader = RunReader(TableBudget(stats.catalog, stats.budgets.tables, stats.freeze), only)
    return TableStager(reader, stats, Sinks(options.folder, options.limits.held_bytes))
