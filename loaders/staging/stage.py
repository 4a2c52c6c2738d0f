"""An hour's events from the lake, made into typed rows for each table, in bounded memory and before anything is locked.

Types are settled over all values of the hour (contract §6), so rows are made by the types that the first values suggest
and made again, once, where the rest of the hour proved them wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import polars as pl

from loaders.interface.hour import Events
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.staging.slices import Excluded, slice_by_type, slice_hour
from loaders.staging.staged import Staged, StagedTable
from loaders.staging.table_stager import Counts, TableStager
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.selection import Selection


def stage_hour(
    events: Events,
    catalog: Catalog,
    *,
    archive_hour: datetime,
    folder: Path,
    budgets: Budgets,
    former: Counts | None = None,
    selection: Selection = Selection(),
    limits: Limits = DEFAULT_LIMITS,
) -> Staged:
    """Make the hour's rows by the catalog, and the catalog that they leave behind.

    ``former`` are the counts that the hour's former load gave to the catalog; they are taken back. What ``selection``
    leaves out is only counted.
    """
    tries = TableStager(catalog, budgets, former or {}, folder / "0", limits, tentative=True)
    excluded: Excluded = Counter()
    tries.add_all(slice_hour(events(), archive_hour, limits, selection, excluded))
    if wrong := tries.wrong_tables():
        again = tries.again(wrong, folder / "1")
        again.add_all(
            slice_hour(events(frozenset(tries.types[table] for table in wrong)), archive_hour, limits, selection)
        )
        tries.take_over(again)
    return tries.staged(archive_hour, excluded)


def stage_rows(
    frames: Iterable[pl.DataFrame],
    catalog: Catalog,
    *,
    folder: Path,
    budgets: Budgets,
    tables: frozenset[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[StagedTable, ...]:
    """Make rows of a few events by a catalog that stays as it is; each has its ``_archive_hour`` beside it.

    ``frames``, of bounded size each, need not be sorted; ``tables`` are the tables to make rows for, None for all.
    """
    types = {
        table: {column.name: column.type for column in columns.values()} for table, columns in catalog.tables.items()
    }
    fixed = Budgets(columns=0, tables=0, values=budgets.values)
    table_stager = TableStager(catalog, fixed, {}, folder, limits, assumed=types, only=tables)
    ordered = (frame.sort("type", "event", "timestamp", "id") for frame in frames)
    table_stager.add_all(part for frame in ordered for part in slice_by_type(frame))
    return table_stager.tables()
