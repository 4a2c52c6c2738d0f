"""Late events, for `tideline status`: event hours that the last loads changed, the lateness curve, unsettled hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from event_assets.config.source import Source
from loaders.connection.session import Session
from loaders.queries.lateness import (
    ChangedHour,
    EventHour,
    changed_hours,
    has_lateness,
    lateness_curve,
    unsettled_hours,
)

LOADS: Final = 24
"""Loads whose changes are reported: those of a day."""
SHOWN_UNSETTLED: Final = 5


@dataclass(frozen=True)
class LateRows:
    """The rows of the lateness views for a source; empty if no load has created the views yet."""

    changed: tuple[ChangedHour, ...] = ()
    """Event hours before their archive hour that the last loads changed, oldest first."""
    arrived: Mapping[int, float] = field(default_factory=dict)
    """Hours after the start of an event hour -> share of its rows that had arrived."""
    unsettled: tuple[EventHour, ...] = ()
    """Recent event hours, the least settled first."""


def late_rows(session: Session, source: Source) -> LateRows:
    """Return the rows of the views. The next load creates them in a warehouse of an older version."""
    if not has_lateness(session):
        return LateRows()
    return LateRows(
        changed=tuple(changed_hours(session, source.name, source.schema, loads=LOADS)),
        arrived=lateness_curve(session, source.name, source.schema),
        unsettled=tuple(unsettled_hours(session, source.name, source.schema, shown=SHOWN_UNSETTLED)),
    )
