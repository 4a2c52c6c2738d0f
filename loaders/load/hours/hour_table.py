"""The archive hours of a load as a table, which the statements of its merge join.

Owns `load_archive_hours`.

Covered by tests/loaders/load/hours/test_several_hours.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

import polars as pl

from loaders.connection.session import Session
from loaders.load.context import LoadStamp

_HOURS: Final = "load_archive_hours"
_SCHEMA: Final = pl.Schema({"archive_hour": pl.Datetime("us", "UTC"), "load_id": pl.String(), "rewrite": pl.Boolean()})


def begin_hours(session: Session, stamps: Iterable[LoadStamp] = (), rewritten: Collection[datetime] = ()) -> str:
    """Create the table of hours, once per connection, and return its name.

    The rows of the hours in `rewritten` are written again even if their events are the same. A rewrite of rows that is
    no load of an hour has none.
    """
    session.run("load/hours/create")
    rows = [(stamp.archive_hour, stamp.load_id, stamp.archive_hour in rewritten) for stamp in stamps]
    if rows:
        session.run("load/hours/insert", {"hours": session.put(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))})
    session.measure(_HOURS)
    return _HOURS
