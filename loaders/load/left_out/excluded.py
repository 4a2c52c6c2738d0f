"""What a load leaves out: events by the settings, counted in `tideline.excluded`, and erased persons, in `erased`.

Covered by tests/loaders/load/left_out/test_excluded.py and tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import polars as pl

from loaders.connection.session import Session
from loaders.interface.errors import Busy
from loaders.interface.hour import Hour
from loaders.staging.slices import Excluded

_NAMES: Final = 100
"""Names kept per type and hour, those with the most events; the others are one row without a name."""


def replace_excluded(session: Session, hour: Hour, excluded: Excluded) -> None:
    """Replace the counts of the hour's previous load by those of this load."""
    session.run("load/excluded/delete", source=hour.source, archive_hour=hour.archive_hour)
    if not excluded:
        return
    rows = [(kind, event, events) for (kind, event), events in sorted(_limit_names(excluded).items(), key=str)]
    schema = {"type": pl.String(), "event": pl.String(), "events": pl.Int64()}
    names = {"excluded": session.put(pl.DataFrame(rows, schema=schema, orient="row"))}
    session.run("load/excluded/insert", names, source=hour.source, archive_hour=hour.archive_hour)


def _limit_names(excluded: Excluded) -> Excluded:
    ranked = sorted(excluded, key=lambda name: (-excluded[name], name[1] or ""))
    named: Counter[str] = Counter()
    limited: Excluded = Counter()
    for kind, event in ranked:
        named[kind] += 1
        limited[kind, event if named[kind] <= _NAMES else None] += excluded[kind, event]
    return limited


def refuse_unerased(session: Session, hour: Hour) -> None:
    """Raise Busy if somebody was erased since the hour was read from the lake: its rows may be theirs (contract §13).

    The merge lock is held: an erasure that is recorded later looks at the rows of this load.
    """
    recorded = {erasure for (erasure,) in session.rows("load/erased/suppressed", source=hour.source)}
    if recorded - hour.erasures:
        raise Busy(
            f"{hour.archive_hour:%Y-%m-%dT%H} was read before persons were erased from {hour.source!r}: nothing was"
            " changed, load it again"
        )


def replace_erased(session: Session, hour: Hour) -> None:
    """Replace the count of the hour's previous load by that of this load."""
    session.run("load/erased/delete", source=hour.source, archive_hour=hour.archive_hour)
    if events := hour.counts.get("erased", 0):
        session.run("load/erased/insert", source=hour.source, archive_hour=hour.archive_hour, events=events)
