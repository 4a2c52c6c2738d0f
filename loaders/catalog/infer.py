"""Types settled over many hours at once, before any of them is loaded (contract §6).

Covered by tests/loaders/catalog/test_file.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from loaders.interface.hour import Events
from loaders.interface.limits import DEFAULT_LIMITS, Limits
from loaders.process.temporary import temporary_folder
from loaders.staging.slices import HourEvents
from loaders.staging.stage import StagingOptions, stage_hours
from loaders.transform.catalog import Budgets, Catalog, Column
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.selection import Selection
from loaders.transform.type_inference import ENOUGH, settle


def infer_types(
    hours: Iterable[tuple[datetime, Events]],
    current: Catalog,
    *,
    budgets: Budgets = Budgets(),
    selection: Selection = Selection(),
    contracts: Contracts = NO_CONTRACTS,
    limits: Limits = DEFAULT_LIMITS,
) -> Catalog:
    """Return the columns of these hours, each with the type that 95 % of its values over all hours have.

    Columns that are pinned in the `current` catalog keep their type, and those that are dropped there stay out. Its
    other columns are ignored, and so are events that `selection` or a contract leaves out; no table is frozen. Each
    hour is staged as a load would stage it and then discarded: memory and disk are bounded by one hour.
    """
    catalog = _pinned(current)
    for archive_hour, events in hours:
        with temporary_folder() as folder:
            options = StagingOptions(folder, budgets, limits)
            staged = stage_hours([HourEvents(archive_hour, events, selection, contracts)], catalog, options)
        catalog = staged.catalog
    return replace(
        current,
        tables={
            table: {name: _settled(column) for name, column in columns.items() if sum(column.counts[:5])}
            for table, columns in catalog.tables.items()
        },
    )


def _pinned(current: Catalog) -> Catalog:
    return replace(
        current,
        tables={
            table: {name: column.with_counts([0] * 6) for name, column in columns.items() if column.pinned}
            for table, columns in current.tables.items()
        },
    )


def _settled(column: Column) -> Column:
    if column.pinned:
        return column
    return replace(column, type=settle(column.counts), provisional=sum(column.counts[:5]) < ENOUGH)
