"""The archive hours that may contain an id, by hashes of all ids, for databases without an index (docs/adr/0006).

`tideline.id_hashes` has the hash of every row of a home table, by its archive hour. It may have more, of rows that lost
or were deleted: an hour that it names is searched, an hour that it does not name has no such id. Owns `load_id_hashes`
and `load_id_hours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from loaders.connection.session import Name, Session
from loaders.interface.hour import Hour
from loaders.load.winners import IdHours, StagedRelation
from loaders.schema.introspect import Layout
from loaders.transform.standard_columns import HOME_TABLES

_HOURS: Final = "load_id_hours"


def find_id_hours(
    session: Session, hour: Hour, hours: Name, staged_rows: Iterable[StagedRelation], layout: Layout
) -> IdHours | None:
    """Return the archive hours outside the load that may contain staged ids, or None if the database has an index.

    `hour` is one of its hours, `hours` the table of all.
    """
    if not session.dialect.hashes_ids:
        return None
    if not session.rows("load/ids/is_complete", schema=hour.schema, source=hour.source)[0].complete:
        _recompute(session, hour.schema, layout)
    session.run("load/ids/create_hashes")
    session.run("load/ids/create_hours")
    for rows in staged_rows:
        if rows.table.home:
            session.run("load/ids/add_staged", {"staged": rows.keys, **_hash(session)}, type=rows.table.type)
    session.run("load/ids/find_hours", {"hours": hours}, schema=hour.schema)
    return IdHours(_HOURS, frozenset(event_type for (event_type,) in session.rows("load/ids/found_types")))


def note_ids(session: Session, schema: str, restored_rows: Iterable[StagedRelation], load_id: str) -> None:
    """Record the ids of the rows of `find_id_hours` and of restored copies, and that this load's ids are recorded.

    `load_id` is the last one of the load.
    """
    if not session.dialect.hashes_ids:
        return
    session.run("load/ids/note_hashes", schema=schema)
    for rows in restored_rows:
        if rows.table.home:
            session.run("load/ids/add_restored", {"staged": rows.keys, **_hash(session)}, schema=schema)
    session.run("load/ids/forget_until", schema=schema)
    session.run("load/ids/note_until", schema=schema, load_id=load_id)


def forget_dropped(session: Session, schema: str, layout: Layout, dropped_ids: Name) -> None:
    """Forget the ids of the hours in `dropped_ids`, whose rows were deleted, and record those that are left again."""
    if not session.dialect.hashes_ids:
        return
    session.run("load/ids/forget_hours", {"dropped_ids": dropped_ids}, schema=schema)
    for table in HOME_TABLES.values():
        if table in layout:
            names: dict[str, Name] = {"home": (schema, table), "dropped_ids": dropped_ids, **_hash(session)}
            session.run("load/ids/note_hours", names, schema=schema)


def _recompute(session: Session, schema: str, layout: Layout) -> None:
    """Compute the hashes from the tables: an older version recorded none, or the ledger was written by other means."""
    session.run("load/ids/forget_all", schema=schema)
    for table in HOME_TABLES.values():
        if table in layout:
            session.run("load/ids/note_all", {"home": (schema, table), **_hash(session)}, schema=schema)


def _hash(session: Session) -> dict[str, Name]:
    return {"hash": session.per_column("load/ids/hash", ["id"])}
