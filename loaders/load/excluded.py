"""Events that a load has left out by the settings, as the warehouse shows them: how many of each type and name."""

from __future__ import annotations

from collections import Counter
from typing import Final

import polars as pl

from loaders.connection.session import Session
from loaders.interface.hour import Hour
from loaders.staging.slices import Excluded

_NAMES: Final = 100
"""Names told per type and hour, those of most events; the others together have none."""


def replace_excluded(session: Session, hour: Hour, excluded: Excluded) -> None:
    """Put what this load has left out in the place of what the hour's former load had."""
    session.run("load/excluded/delete", source=hour.source, archive_hour=hour.archive_hour)
    if not excluded:
        return
    rows = [(kind, event, events) for (kind, event), events in sorted(_told(excluded).items(), key=str)]
    schema = {"type": pl.String(), "event": pl.String(), "events": pl.Int64()}
    names = {"excluded": session.put(pl.DataFrame(rows, schema=schema, orient="row"))}
    session.run("load/excluded/insert", names, source=hour.source, archive_hour=hour.archive_hour)


def _told(excluded: Excluded) -> Excluded:
    ranked = sorted(excluded, key=lambda place: (-excluded[place], place[1] or ""))
    named: Counter[str] = Counter()
    told: Excluded = Counter()
    for kind, event in ranked:
        named[kind] += 1
        told[kind, event if named[kind] <= _NAMES else None] += excluded[kind, event]
    return told
