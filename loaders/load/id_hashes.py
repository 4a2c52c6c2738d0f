"""Which archive hours may have brought an id, told by hashes of all ids where no index is kept (docs/adr/0006).

`tideline.id_hashes` has the hash of every row that stands in a home table, by its archive hour. It may have more, of
rows that lost or are gone: what it names is looked at, what it does not name is not there.
"""

from __future__ import annotations

from collections.abc import Iterable

from loaders.connection.session import Name, Session
from loaders.interface.hour import Hour
from loaders.load.winners import Rows
from loaders.schema.introspect import Layout
from loaders.transform.standard_columns import HOME_TABLES


def find_places(session: Session, hour: Hour, brought: Iterable[Rows], layout: Layout) -> None:
    """Write down which other archive hours may have brought the ids of staged rows, by type."""
    if not session.dialect.hashes_ids:
        return
    if not session.rows("load/ids/is_complete", schema=hour.schema, source=hour.source)[0].complete:
        _make_anew(session, hour.schema, layout)
    session.run("load/ids/create_staged")
    session.run("load/ids/create_places")
    for rows in brought:
        if rows.table.home:
            session.run("load/ids/add_staged", {"staged": rows.relation, **_hash(session)}, type=rows.table.type)
    session.run("load/ids/find_places", schema=hour.schema, archive_hour=hour.archive_hour)


def note_ids(session: Session, hour: Hour, put_back: Iterable[Rows], load_id: str) -> None:
    """Note the ids of the rows of `find_places` and of those put back, and that those of this load are noted."""
    if not session.dialect.hashes_ids:
        return
    session.run("load/ids/note_staged", schema=hour.schema, archive_hour=hour.archive_hour)
    for rows in put_back:
        if rows.table.home:
            session.run("load/ids/note_put_back", {"staged": rows.relation, **_hash(session)}, schema=hour.schema)
    session.run("load/ids/forget_until", schema=hour.schema)
    session.run("load/ids/note_until", schema=hour.schema, load_id=load_id)


def forget_dropped(session: Session, schema: str, layout: Layout) -> None:
    """Forget the ids of the hours in `retain_ids` whose rows are gone; those that still stand are noted again."""
    if not session.dialect.hashes_ids:
        return
    session.run("load/ids/forget_hours", schema=schema)
    for table in HOME_TABLES.values():
        if table in layout:
            session.run("load/ids/note_hours", {"home": (schema, table), **_hash(session)}, schema=schema)


def _make_anew(session: Session, schema: str, layout: Layout) -> None:
    """From the tables: a load of a former version has noted nothing, or the ledger is not the one that was written."""
    session.run("load/ids/forget_all", schema=schema)
    for table in HOME_TABLES.values():
        if table in layout:
            session.run("load/ids/note_all", {"home": (schema, table), **_hash(session)}, schema=schema)


def _hash(session: Session) -> dict[str, Name]:
    return {"hash": session.per_column("load/ids/hash", ["id"])}
