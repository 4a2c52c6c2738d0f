"""Copies that lost against a row of another hour: kept as keys, and put back from the lake when that row goes."""

from __future__ import annotations

from pathlib import Path

from loaders.connection.session import Session
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.load.lake_lookup import keys_of, look_up
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets, Catalog


def stage_copies(
    session: Session, hour: Hour, catalog: Catalog, *, folder: Path, budgets: Budgets, limits: Limits, rewrite: bool
) -> tuple[StagedTable, ...]:
    """The copies of ids whose row of this hour is gone or changed, as staged rows; they compete like any other.

    A copy that the settings leave out does not come back. With `rewrite`, those of every id that this hour won: its row
    may count for less under another configuration.
    """
    names = {"schema": hour.schema, "source": hour.source, "archive_hour": hour.archive_hour}
    wanted = keys_of(session.rows("load/copies/wanted", rewrite=rewrite, **names))
    if wanted.is_empty():
        return ()
    events = (hour.selection.split(found)[0] for found in look_up(hour, wanted, limits=limits))
    return stage_rows(events, catalog, StagingOptions(folder, budgets, limits))


def note_copies(session: Session, hour: Hour) -> None:
    """Keep one key per id and hour that brought it, but the hour whose row stands."""
    place = {"schema": hour.schema, "source": hour.source, "archive_hour": hour.archive_hour}
    session.run("load/copies/forget", **place)
    session.run("load/copies/drop_promoted", **place)
    session.run("load/copies/add_lost", **place)
    session.run("load/copies/add_replaced", **place)
