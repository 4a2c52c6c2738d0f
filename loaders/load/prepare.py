"""An hour prepared for its merge: staged by a state of the warehouse, its rows readable in the load's connection.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from loaders.staging.stage import HourEvents, stage_hour
from loaders.staging.staged import Staged
from loaders.transform.catalog import Catalog

_NOTHING_REFUSED: Final[Refusals] = MappingProxyType({})


@dataclass(frozen=True)
class PreparedLoad:
    """An hour staged by the state `seen`, and its rows in the connection of the load."""

    seen: WarehouseState
    staged: Staged
    rows: tuple[StagedRelation, ...]
    changes: tuple[str, ...] = ()
    """Changes of tables that were committed before the merge, and those that were refused."""


def loaded_already(context: LoadContext, state: WarehouseState) -> LoadResult | None:
    """Return the result of an hour that needs no load, or None.

    Equal files are enough: an hour loaded by other settings waits for `reload` (contract §8).
    """
    previous = state.previous
    if previous is None or context.reload or context.refresh or previous.manifest_hash != context.hour.manifest_hash:
        return None
    return LoadResult(False, previous.load_id, dict(previous.counts), seconds=context.seconds)


def skip_refused(context: LoadContext, load: Callable[[], LoadResult]) -> LoadResult:
    """Load; if the database refuses to create an event table by its name, load again without that table."""
    while True:
        try:
            return load()
        except NameRefusedError as error:
            context.refused[error.table] = f"the database refuses its name ({error.reason})"


def stage_load(context: LoadContext, state: WarehouseState, refused: Refusals = _NOTHING_REFUSED) -> Staged:
    """Stage the hour's rows; a refused column keeps its type.

    If the ledger has lost the hour, its previous load is assumed to have counted what this one counts.
    """
    catalog = pin_refused(state.catalog, refused)
    with context.timed("stage"):
        counts = state.previous.column_counts if state.previous else None
        if state.lost:
            counts = _stage(context, catalog, None).counts
        staged = _stage(context, catalog, counts)
    return replace(staged, catalog=unpin_refused(staged.catalog, state.catalog, refused))


def _stage(context: LoadContext, catalog: Catalog, counts: Counts | None) -> Staged:
    hour = context.hour
    events = HourEvents(hour.archive_hour, hour.events, hour.selection)
    return stage_hour(events, catalog, context.staging_options(), counts)


def copy_load(session: Session, context: LoadContext, state: WarehouseState, staged: Staged) -> PreparedLoad:
    """Copy staged rows to where the merge can read them."""
    with context.timed("copy"):
        return PreparedLoad(state, staged, make_readable(session, staged.tables))


def prepare_again(
    session: Session, context: LoadContext, state: WarehouseState, prepared: PreparedLoad
) -> PreparedLoad:
    """Return the load prepared for this state: as it is, or staged again if another load has changed the state."""
    if state == prepared.seen:
        return prepared
    return copy_load(session, context, state, stage_load(context, state))
