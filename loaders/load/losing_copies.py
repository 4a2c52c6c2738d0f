"""Copies that lost against a row of another hour: kept as keys, and restored from the lake when that row leaves.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from loaders.connection.session import Name, Session, in_utc
from loaders.load.context import LoadContext
from loaders.load.lake_lookup import keys_of, look_up
from loaders.load.winners import Decision, Rivals, StagedRelation
from loaders.staging.stage import stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Catalog


def stage_copies(session: Session, context: LoadContext, catalog: Catalog, rivals: Rivals) -> tuple[StagedTable, ...]:
    """Stage the copies of ids whose row of an hour of the load is missing or changed; they compete like any other row.

    A copy that the settings or a contract leave out is not restored. If an hour is rewritten, those of every id that it
    won are staged: its row may rank lower by other settings.
    """
    hour = context.lead
    names: dict[str, Name] = {"stored": rivals.stored, "contenders": rivals.contenders, "hours": rivals.hours}
    wanted = keys_of(session.rows("load/copies/wanted", names, **_keys(context)))
    if wanted.is_empty():
        return ()
    events = (hour.select(found) for found in look_up(session, hour, wanted, limits=context.limits))
    return stage_rows(events, catalog, context.staging_options())


def count_restored(
    session: Session, staged_rows: Iterable[StagedRelation], rivals: Rivals
) -> dict[datetime, Counter[str]]:
    """Return the rows of restored copies per archive hour whose row they may replace, and table."""
    counts: dict[datetime, Counter[str]] = {}
    for rows in staged_rows:
        names: dict[str, Name] = {"staged": rows.keys, "stored": rivals.stored}
        for hour, restored in session.rows("load/copies/count_restored", names, type=rows.table.type):
            counts.setdefault(in_utc(hour), Counter())[rows.table.name] += restored
    return counts


def note_copies(session: Session, context: LoadContext, decision: Decision, hours: Name) -> None:
    """Keep one key per id and hour that contains it, except the hour whose row won.

    The keys of the load's own hours are deleted first, since `add_lost` inserts all that are true now.
    """
    names: dict[str, Name] = {
        "winners": decision.winners, "leaving": decision.leaving, "losing": decision.losing, "hours": hours,
    }  # fmt: skip
    session.run("load/copies/forget", names, **_keys(context))
    if not decision.contested:
        return
    session.run("load/copies/drop_promoted", names, **_keys(context))
    session.run("load/copies/add_lost", names, **_keys(context))
    session.run("load/copies/add_replaced", names, **_keys(context))


def _keys(context: LoadContext) -> dict[str, object]:
    return {"schema": context.schema, "source": context.source}
