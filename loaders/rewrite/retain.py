"""Old days dropped from the event tables of one source, in one transaction, and told in `arrivals`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.ledger.loads import create_ledger, has_ledger, new_load_id, next_instant
from loaders.load.id_hashes import forget_dropped
from loaders.schema.evolve import IDENTIFIES
from loaders.schema.introspect import read_layout
from loaders.transform.standard_columns import HOME_TABLES


@dataclass(frozen=True)
class Owner:
    """Whose rows are dropped: a source and the schema it writes."""

    source: str
    schema: str


@dataclass(frozen=True)
class RetainResult:
    """What a pass has dropped, or with `dry_run` would drop; a pass without rows leaves no trace."""

    before: date
    """The first UTC day of event time that is kept."""
    tables: Mapping[str, int]
    """Rows by event table."""
    load_id: str | None = None
    """The name of the pass in `arrivals` and `dropped`; None where nothing was dropped."""


def drop_old_days(
    warehouse: Warehouse,
    owner: Owner,
    *,
    days: int,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RetainResult:
    """Delete every event row whose `event_date` is more than so many days before today (UTC).

    `identifies` stays whole, since `users` is made of it. Raises Transient when another process holds the warehouse for
    too long; nothing is dropped then.
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
    """Settle for good every provisional column that has values of archive hours before this one; how many.

    Comes before those hours leave the lake, from which a column that settles again would be rewritten (contract §6).
    """
    with warehouse.loading(owner.schema) as session:
        create_ledger(session)
        return session.run("rewrite/retain/settle_columns", schema=owner.schema, before=before)


def _count_old(session: Session, owner: Owner, before: date) -> dict[str, int]:
    """Rows to drop by table; tables without any are left out."""
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


def _drop(session: Session, owner: Owner, old: Mapping[str, int], said: Mapping[str, object]) -> None:
    place = {"source": owner.source, "schema": owner.schema}
    before = {"before_date": said["before_date"]}
    types = {table: event_type for event_type, table in HOME_TABLES.items()}
    session.run("rewrite/retain/create_ids")
    for table in old:
        names = {"table": (owner.schema, table)}
        if table in types:
            session.run("rewrite/retain/note_ids", names, type=types[table], **before)
        session.run("rewrite/retain/note_arrivals", names, name=table, load_id=said["load_id"], **place, **before)
        session.run("rewrite/retain/delete_rows", names, **before)
    session.run("rewrite/retain/note_dropped", **place, **said)
    session.run("rewrite/retain/delete_copies", **place)
    forget_dropped(session, owner.schema, read_layout(session, owner.schema))
