"""Types settled over many hours at once, before any of them is loaded (contract §6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from loaders.interface.hour import Events
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.staging.stage import HourEvents, StagingOptions, stage_hour
from loaders.transform.catalog import Budgets, Catalog, Column
from loaders.transform.selection import Selection
from loaders.transform.type_inference import ENOUGH, settle


def infer_types(
    hours: Iterable[tuple[datetime, Events]],
    standing: Catalog,
    *,
    budgets: Budgets = Budgets(),
    selection: Selection = Selection(),
    limits: Limits = DEFAULT_LIMITS,
) -> Catalog:
    """The columns that these hours bring, each with the type that 95 % of its values over all of them have.

    Columns that are pinned in the `standing` catalog keep their type, and what is dropped there stays out; nothing else
    of it is looked at, and no event that `selection` leaves out. Each hour is
    staged as a load would stage it, and forgotten: memory and disk are bounded by one hour's.
    """
    catalog = _pinned(standing)
    for archive_hour, events in hours:
        with TemporaryDirectory(prefix="tideline-") as folder:
            options = StagingOptions(Path(folder), budgets, limits)
            staged = stage_hour(HourEvents(archive_hour, events, selection), catalog, options)
        catalog = staged.catalog
    return Catalog(
        {
            table: {name: _settled(column) for name, column in columns.items() if sum(column.counts[:5])}
            for table, columns in catalog.tables.items()
        },
        standing.dropped,
    )


def _pinned(standing: Catalog) -> Catalog:
    return Catalog(
        {
            table: {name: column.with_counts([0] * 6) for name, column in columns.items() if column.pinned}
            for table, columns in standing.tables.items()
        },
        standing.dropped,
    )


def _settled(column: Column) -> Column:
    if column.pinned:
        return column
    return replace(column, type=settle(column.counts), provisional=sum(column.counts[:5]) < ENOUGH)
