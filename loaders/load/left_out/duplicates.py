"""Copies of an event that an archive hour has more than once: left out by the lake, counted in `tideline.duplicates`.

Covered by tests/loaders/load/left_out/test_duplicates.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from loaders.connection.session import Name, Session
from loaders.formats.printable import printable
from loaders.interface.hour import Hour
from loaders.load.left_out.excluded import INSTANT


def replace_duplicates(session: Session, source: str, hours: Name, loaded: Sequence[Hour]) -> None:
    """Replace the counts of the hours' previous loads by those of this load; `hours` is the table of its hours."""
    session.run("load/duplicates/delete", {"hours": hours}, source=source)
    # A lake of an earlier version has the names as sent, with characters that no text column holds.
    counts: Counter[tuple[datetime, str]] = Counter()
    for hour in loaded:
        for library, number in hour.duplicates_by_library.items():
            counts[hour.archive_hour, printable(library)] += number
    rows = [(*key, number) for key, number in sorted(counts.items())]
    if rows:
        schema = {"archive_hour": INSTANT, "library": pl.String(), "duplicates": pl.Int64()}
        names = {"duplicates": session.put(pl.DataFrame(rows, schema=schema, orient="row"))}
        session.run("load/duplicates/insert", names, source=source)
