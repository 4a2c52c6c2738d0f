"""The hours of a load prepared for their merge: staged by a state of the warehouse, readable in its connection.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from loaders.connection.session import Session
from loaders.interface.result import LoadResult
from loaders.load.context import LoadContext
from loaders.load.online_ddl import Refusals, pin_refused, unpin_refused
from loaders.load.state import WarehouseState
from loaders.load.winners import StagedRelation, make_readable
from loaders.schema.taken_names import NameRefusedError
from loaders.staging.hour_stats import Counts
from loaders.staging.slices import HourEvents
from loaders.staging.stage import stage_hours
from loaders.staging.staged import Staged
from loaders.transform.catalog import Catalog

LoadResults = Mapping[datetime, LoadResult]
"""Archive hour -> the result of its load."""

_NOTHING_REFUSED: Final[Refusals] = MappingProxyType({})


@dataclass(frozen=True)
class PreparedLoad:
    """The hours staged by the state `seen`, and their rows in the connection of the load."""

    context: LoadContext
    seen: WarehouseState
    staged: Staged
    rows: tuple[StagedRelation, ...]
    changes: tuple[str, ...] = ()
    """Changes of tables that were committed before the merge, and those that were refused."""


def loaded_already(context: LoadContext, state: WarehouseState) -> dict[datetime, LoadResult]:
    """Return the results of the hours that need no load.

    Equal files are enough: an hour loaded by other settings waits for `reload` (contract §8).
    """
    if context.reload or context.refresh:
        return {}
    return {
        hour.archive_hour: LoadResult(False, previous.load_id, dict(previous.counts), seconds=context.seconds)
        for hour in context.hours
        if (previous := state.previous.get(hour.archive_hour)) and previous.manifest_hash == hour.manifest_hash
    }


def skip_refused(context: LoadContext, load: Callable[[], LoadResults]) -> LoadResults:
    """Load; if the database refuses to create an event table by its name, load again without that table."""
    while True:
        try:
            return load()
        except NameRefusedError as error:
            context.refused[error.table] = f"the database refuses its name ({error.reason})"


def stage_load(context: LoadContext, state: WarehouseState, refused: Refusals = _NOTHING_REFUSED) -> Staged:
    """Stage the rows of the hours; a refused column keeps its type.

    If the ledger has lost an hour, its previous load is assumed to have counted what this one counts.
    """
    catalog = pin_refused(state.catalog, refused)
    with context.timed("stage"):
        counts: dict[datetime, Counts] = {
            hour: state.previous[hour].column_counts for hour in context.archive_hours if hour in state.previous
        }
        if state.lost:
            again = _stage(context, catalog, {}).hours
            counts |= {hour: again[hour].counts for hour in context.archive_hours if hour in state.lost}
        staged = _stage(context, catalog, counts)
    return replace(staged, catalog=unpin_refused(staged.catalog, state.catalog, refused))


def _stage(context: LoadContext, catalog: Catalog, previous: Mapping[datetime, Counts]) -> Staged:
    hours = [HourEvents(hour.archive_hour, hour.events, hour.selection, hour.contracts) for hour in context.hours]
    return stage_hours(hours, catalog, context.staging_options(), previous)


def copy_load(session: Session, context: LoadContext, state: WarehouseState, staged: Staged) -> PreparedLoad:
    """Copy staged rows to where the merge can read them."""
    with context.timed("copy"):
        return PreparedLoad(context, state, staged, make_readable(session, staged.tables))


def prepare_again(
    session: Session, context: LoadContext, state: WarehouseState, prepared: PreparedLoad
) -> PreparedLoad:
    """Return the load prepared for this state: as it is, or staged again if another load has changed the state.

    Hours that another process has loaded meanwhile are left out.
    """
    if state == prepared.seen:
        return prepared
    context = context.without(loaded_already(context, state))
    return copy_load(session, context, state, stage_load(context, state))
