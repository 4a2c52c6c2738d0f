"""The count per type and name of the events that the settings leave out, in `tideline.excluded`."""

from __future__ import annotations

from collections import Counter
from typing import Final

import polars as pl

from loaders.connection.session import Session
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
