"""The hours of a source that a run takes now: pending, closed and settled; and the hours that lack files.

Covered by tests/defs/sensors/test_pending_hours.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from event_assets.config.settings import Settings
from event_assets.discovery.gaps import find_gaps
from event_assets.discovery.lookback import Memory, look_back_start
from event_assets.discovery.pending import HourState
from event_assets.discovery.settling import closed_hour, is_closed, settled_hours


@dataclass(frozen=True)
class DueHours:
    """The pending hours among those that were surveyed."""

    pending: int
    closed: tuple[datetime, ...]
    """Pending hours that have closed and may be loaded."""
    settled: tuple[datetime, ...]
    """Closed hours whose files have stopped arriving: these are loaded next."""


def find_due_hours(
    states: Sequence[HourState], settings: Settings, *, may_load: Callable[[datetime], bool], now: datetime
) -> DueHours:
    """Return the hours that are due. `may_load` decides which archive hours the caller can load at all."""
    listed = set(hours_with_files(states))
    pending = [state for state in states if state.pending]
    closed = [
        state
        for state in pending
        if may_load(state.archive_hour)
        and is_closed(state.manifest.end, now=now, grace=settings.grace, listed=listed, settling=settings.settling)
    ]
    settled = settled_hours(closed, now=now, settling=settings.settling)
    hours = tuple(state.archive_hour for state in closed)
    return DueHours(len(pending), hours, tuple(hour for hour in hours if hour in settled))


def find_missing_hours(
    states: Iterable[HourState], settings: Settings, memory: Memory, *, now: datetime, zone: tzinfo = UTC
) -> list[datetime]:
    """Return the closed hours that have no files and usually do, oldest first.

    Hours are compared by the clocks of `zone`, that of the keys. Between two full sweeps only the look-back is judged:
    hours before it were not listed without a gap.
    """
    start = look_back_start(settings, now)
    listed = [state for state in states if memory.is_due(now) or state.archive_hour >= start]
    return find_gaps(hours_with_files(listed), until=closed_hour(now, settings.grace), zone=zone)


def hours_with_files(states: Iterable[HourState]) -> list[datetime]:
    """Return the archive hours that have at least one file."""
    return [state.archive_hour for state in states if state.manifest.files]


def is_up_to_date(states: Collection[HourState]) -> bool:
    """Return whether the hours are known and the warehouse has all of their files."""
    return bool(states) and not any(state.pending for state in states)
