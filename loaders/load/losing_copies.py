"""Copies that lost against a row of another hour: kept as keys, and restored from the lake when that row leaves.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from loaders.connection.session import Name, Session
from loaders.interface.hour import Hour
from loaders.load.context import LoadContext
from loaders.load.lake_lookup import keys_of, look_up
from loaders.load.winners import Decision, Rivals
from loaders.staging.stage import stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Catalog


def stage_copies(
    session: Session, context: LoadContext, catalog: Catalog, rivals: Rivals, *, rewrite: bool
) -> tuple[StagedTable, ...]:
    """Stage the copies of ids whose row of this hour is missing or changed; they compete like any other row.

    A copy that the settings leave out is not restored. With `rewrite`, those of every id that this hour won are staged:
    its row may rank lower by other settings.
    """
    hour = context.hour
    names: dict[str, Name] = {"stored": rivals.stored, "contenders": rivals.contenders}
    wanted = keys_of(session.rows("load/copies/wanted", names, rewrite=rewrite, **_keys(hour)))
    if wanted.is_empty():
        return ()
    events = (hour.selection.split(found)[0] for found in look_up(session, hour, wanted, limits=context.limits))
    return stage_rows(events, catalog, context.staging_options())


def note_copies(session: Session, hour: Hour, decision: Decision) -> None:
    """Keep one key per id and hour that contains it, except the hour whose row won.

    The hour's own keys are deleted first, since `add_lost` inserts all that are true now.
    """
    names: dict[str, Name] = {
        "winners": decision.winners, "leaving": decision.leaving, "losing": decision.losing,
    }  # fmt: skip
    session.run("load/copies/forget", **_keys(hour))
    session.run("load/copies/drop_promoted", names, **_keys(hour))
    session.run("load/copies/add_lost", names, **_keys(hour))
    session.run("load/copies/add_replaced", names, **_keys(hour))


def _keys(hour: Hour) -> dict[str, object]:
    return {"schema": hour.schema, "source": hour.source, "archive_hour": hour.archive_hour}
