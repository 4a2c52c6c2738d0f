"""A schema of version 0.1 taken over by the first load: the names it keeps, and its values of ``event`` (contract §5).

Covered by tests/loaders/load/test_take_over.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import polars as pl

from loaders.catalog.store import write_kept_names
from loaders.connection.session import Name
from loaders.load.arrivals import Moves
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog
from loaders.transform.kept_names import event_name_in
from loaders.transform.names import RESERVED
from loaders.transform.standard_columns import HOME_TABLES

_TRACKS: Final = HOME_TABLES["track"]
_FORMER: Final = frozenset(f"_{word}" for word in RESERVED)
"""Tables of events with a reserved name, and the values that version 0.1 gave ``event`` in their rows."""


def take_over(moves: Moves, catalog: Catalog, layout: Layout, *, tables: int) -> Counter[str]:
    """Record the names that a schema keeps and bring its ``event`` up to date, once; return table -> rows updated.

    Runs after all other rows are moved. `tracks` is read only if an event of such a name has a table or had one that
    was dropped, or may have none because the schema has as many `tables` as it may.
    """
    if catalog.taken_over:
        return Counter()
    write_kept_names(moves.session, moves.schema, catalog)
    if _TRACKS not in layout or not (_has_reserved_names(catalog, layout) or len(catalog.tables) >= tables):
        return Counter()
    updated = Counter({table: _update(moves, catalog, table) for table in (_TRACKS, *sorted(_FORMER & layout.keys()))})
    return +updated


def _has_reserved_names(catalog: Catalog, layout: Layout) -> bool:
    return bool(_FORMER & layout.keys()) or any(map(catalog.has_dropped, _FORMER))


def _update(moves: Moves, catalog: Catalog, table: str) -> int:
    """Update the rows of one table; count each as one that replaces itself."""
    session = moves.session
    names: dict[str, Name] = {"table": (moves.schema, table)}
    former = pl.DataFrame({"event": sorted(_FORMER)})
    rows = session.rows("load/take_over/outdated", names | {"names": session.put(former)})
    outdated = list(_renamed(catalog, rows))
    if not outdated:
        return 0
    schema = {"former": pl.String(), "event_text": pl.String(), "event": pl.String()}
    names["outdated"] = session.put(pl.DataFrame(outdated, schema=schema, orient="row"))
    moves.count_outdated(table, names)
    return session.run("load/take_over/update", names, uuid_ts=moves.uuid_ts)


def _renamed(catalog: Catalog, rows: Iterable[Iterable[str]]) -> Iterable[tuple[str, str, str]]:
    """Yield (former value, name as sent, value) of the rows whose value is another now."""
    kept = catalog.kept_tables()
    for former, text in rows:
        if (event := event_name_in(kept, text)) and event != former:
            yield former, text, event
