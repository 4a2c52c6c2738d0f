"""What an hour waits for before a run takes it: its end, its grace, and files that have stopped coming."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from event_assets.config.settling import Settling
from event_assets.discovery.pending import ONE_HOUR, HourState


def closed_hour(now: datetime, grace: timedelta) -> datetime:
    """Return the archive hour that most recently closed and whose grace is over."""
    settled = (now.astimezone(UTC) - grace).replace(minute=0, second=0, microsecond=0)
    return settled - ONE_HOUR


def is_closed(
    hour: datetime, *, now: datetime, grace: timedelta, listed: Collection[datetime], settling: Settling
) -> bool:
    """Whether nothing more is to be expected of an archive hour; `listed` are the hours that have files."""
    if now < hour + ONE_HOUR:
        return False
    if now >= hour + ONE_HOUR + grace:
        return True
    return settling.closed_by == "next_hour" and hour + ONE_HOUR in listed


def settled_hours(states: Iterable[HourState], *, now: datetime, settling: Settling) -> set[datetime]:
    """The pending hours whose files have stopped coming, or have come for too long to wait on.

    An hour that was never loaded is decided by its own files. Late files are decided together, for they trickle into
    many hours at once: each hour by itself would be a run of its own.
    """
    pending = [state for state in states if state.pending]
    late = [state for state in pending if state.loaded is not None]
    spans = {state.archive_hour: waiting_since(state, now) for state in pending}
    settled = {
        state.archive_hour
        for state in pending
        if state.loaded is None and _is_settled([spans[state.archive_hour]], now, settling)
    }
    if late and _is_settled([spans[state.archive_hour] for state in late], now, settling):
        settled |= {state.archive_hour for state in late}
    return settled


def waiting_since(state: HourState, now: datetime) -> tuple[datetime, datetime] | None:
    """When the first and the newest file that an hour waits with were written; None where nobody says.

    Not before the hour was last loaded: a file may keep an older time when it is copied, and must not make a run a
    minute either. A time that is still to come says nothing.
    """
    unknown = state.loaded is None
    known = set(state.loaded.files) if state.loaded is not None else set()
    told = [
        file.modified
        for file in state.manifest.files
        if file.modified is not None and file.modified <= now and (unknown or file not in known)
    ]
    if state.loaded is not None:
        loaded = state.loaded.finished_at
        told = [max(each, loaded) for each in told] or [loaded]
    return (min(told), max(told)) if told else None


def _is_settled(spans: Iterable[tuple[datetime, datetime] | None], now: datetime, settling: Settling) -> bool:
    told = [span for span in spans if span is not None]
    if not told:
        return True
    first, newest = min(first for first, _ in told), max(newest for _, newest in told)
    return now - newest >= settling.settle or now - first >= settling.settle_at_most
