"""What a load leaves out: events by the settings, counted in `tideline.excluded`, and erased persons, in `erased`.

Covered by tests/loaders/load/left_out/test_excluded.py and tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from loaders.connection.session import Name, Session
from loaders.interface.errors import Busy
from loaders.interface.hour import Hour
from loaders.staging.slices import Excluded

INSTANT: Final = pl.Datetime("us", "UTC")

_NAMES: Final = 100
"""Names kept per type and hour, those with the most events; the others are one row without a name."""


def replace_excluded(session: Session, source: str, hours: Name, excluded: Mapping[datetime, Excluded]) -> None:
    """Replace the counts of the hours' previous loads by those of this load; `hours` is the table of its hours."""
    session.run("load/excluded/delete", {"hours": hours}, source=source)
    rows = [
        (archive_hour, kind, event, events)
        for archive_hour, counts in excluded.items()
        for (kind, event), events in sorted(_limit_names(counts).items(), key=str)
    ]
    if rows:
        schema = {"archive_hour": INSTANT, "type": pl.String(), "event": pl.String(), "events": pl.Int64()}
        names = {"excluded": session.put(pl.DataFrame(rows, schema=schema, orient="row"))}
        session.run("load/excluded/insert", names, source=source)


def _limit_names(excluded: Excluded) -> Excluded:
    ranked = sorted(excluded, key=lambda name: (-excluded[name], name[1] or ""))
    named: Counter[str] = Counter()
    limited: Excluded = Counter()
    for kind, event in ranked:
        named[kind] += 1
        limited[kind, event if named[kind] <= _NAMES else None] += excluded[kind, event]
    return limited


def refuse_unerased(session: Session, hours: Sequence[Hour]) -> None:
    """Raise Busy if somebody was erased since an hour was read from the lake: its rows may be theirs (contract §13).

    The merge lock is held: an erasure that is recorded later looks at the rows of this load.
    """
    recorded = {erasure for (erasure,) in session.rows("load/erased/suppressed", source=hours[0].source)}
    for hour in hours:
        if recorded - hour.erasures:
            raise Busy(
                f"{hour.archive_hour:%Y-%m-%dT%H} was read before persons were erased from {hour.source!r}: nothing was"
                " changed, load it again"
            )


def replace_erased(session: Session, source: str, hours: Name, erased: Mapping[datetime, int]) -> None:
    """Replace the counts of the hours' previous loads by those of this load; `hours` is the table of its hours."""
    session.run("load/erased/delete", {"hours": hours}, source=source)
    rows = [(archive_hour, events) for archive_hour, events in erased.items() if events]
    if rows:
        frame = pl.DataFrame(rows, schema={"archive_hour": INSTANT, "events": pl.Int64()}, orient="row")
        session.run("load/erased/insert", {"erased": session.put(frame)}, source=source)
