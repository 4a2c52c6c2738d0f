"""Drops old days from the event tables of one source, in one transaction that records them in `arrivals`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.ledger.loads import create_ledger, has_ledger, new_load_id, next_instant
from loaders.load.id_hashes import forget_dropped
from loaders.schema.evolve import IDENTIFIES
from loaders.schema.introspect import read_layout
from loaders.transform.standard_columns import HOME_TYPES

_DROPPED_IDS: Final = "retain_ids"
"""The temporary table of the ids that a pass drops, with their archive hours (`rewrite/retain/create_ids`)."""


@dataclass(frozen=True)
class Owner:
    """The source and the schema whose rows are dropped."""

    source: str
    schema: str


@dataclass(frozen=True)
class RetainResult:
    """The result of a pass, or of its dry run; a pass without rows writes nothing."""

    before: date
    """The first UTC day of event time that is kept."""
    tables: Mapping[str, int]
    """Rows by event table."""
    load_id: str | None = None
    """The id of the pass in `arrivals` and `dropped`; None if nothing was dropped."""


def drop_old_days(
    warehouse: Warehouse,
    owner: Owner,
    *,
    days: int,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RetainResult:
    """Delete every event row whose `event_date` is more than `days` days before today (UTC).

    `identifies` stays whole: `users` is computed from it. Raise Transient, and drop nothing, if another process holds
    the warehouse for too long.
    """
    before = now().astimezone(UTC).date() - timedelta(days=days)
    with warehouse.reading() as session:
        old = _count_old(session, owner, before) if has_ledger(session) else {}
    if dry_run or not old:
        return RetainResult(before, old)
    with warehouse.loading(owner.schema) as session:
        create_ledger(session)
        old = _count_old(session, owner, before)
        if not old:
            return RetainResult(before, old)
        instant = next_instant(session, now())
        load_id = new_load_id(instant)
        _drop(session, owner, old, {"load_id": load_id, "before_date": before, "finished_at": max(instant, now())})
    return RetainResult(before, old, load_id)


def settle_columns(warehouse: Warehouse, owner: Owner, *, before: datetime) -> int:
    """Settle every provisional column with values of archive hours before this one; return their number.

    Call it before those hours leave the lake: a column that settles later is rebuilt from the lake (contract §6).
    """
    with warehouse.loading(owner.schema) as session:
        create_ledger(session)
        return session.run("rewrite/retain/settle_columns", schema=owner.schema, before=before)


def _count_old(session: Session, owner: Owner, before: date) -> dict[str, int]:
    """Return the number of rows to drop by table, without tables that have none."""
    layout = read_layout(session, owner.schema)
    known = [row.table_name for row in session.rows("rewrite/retain/tables", source=owner.source, schema=owner.schema)]
    tables = [table for table in known if table in layout and table != IDENTIFIES]
    counts = {
        table: int(
            session.rows("rewrite/retain/count_rows", {"table": (owner.schema, table)}, before_date=before)[0].held
        )
        for table in tables
    }
    return {table: rows for table, rows in counts.items() if rows}


def _drop(session: Session, owner: Owner, old: Mapping[str, int], record: Mapping[str, object]) -> None:
    of_owner = {"source": owner.source, "schema": owner.schema}
    before = {"before_date": record["before_date"]}
    session.run("rewrite/retain/create_ids")
    for table in old:
        names = {"table": (owner.schema, table)}
        if table in HOME_TYPES:
            session.run("rewrite/retain/note_ids", names, type=HOME_TYPES[table], **before)
        session.run("rewrite/retain/note_arrivals", names, name=table, load_id=record["load_id"], **of_owner, **before)
        session.run("rewrite/retain/delete_rows", names, **before)
    session.run("rewrite/retain/note_dropped", **of_owner, **record)
    session.run("rewrite/retain/delete_copies", **of_owner)
    forget_dropped(session, owner.schema, read_layout(session, owner.schema), _DROPPED_IDS)
