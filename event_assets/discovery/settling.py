"""The conditions for a run to load an hour: it has ended, its grace has passed, and no more files arrive."""

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
    end: datetime, *, now: datetime, grace: timedelta, listed: Collection[datetime], settling: Settling
) -> bool:
    """Return whether an archive hour that ends then is complete; `listed` are the hours with files.

    The end of an hour whose files are named by a day is that of the day.
    """
    if now < end:
        return False
    if now >= end + grace:
        return True
    return settling.closed_by == "next_hour" and end.replace(minute=0) in listed


def settled_hours(states: Iterable[HourState], *, now: datetime, settling: Settling) -> set[datetime]:
    """Return the pending hours whose files have stopped arriving, or have arrived for too long to wait.

    An hour that was never loaded is decided by its own files. Late files are decided together: they arrive in many
    hours at once, and every hour alone would be a run of its own.
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
    """Return the write times of the first and the newest pending file of an hour; None if they are unknown.

    A time before the last load counts as the time of the load: a copied file may keep an older time, and must not
    cause a run every minute. A time in the future is ignored, that of a load too: a clock may have been set back.
    """
    unknown = state.loaded is None
    known = set(state.loaded.files) if state.loaded is not None else set()
    times = [
        file.modified
        for file in state.manifest.files
        if file.modified is not None and file.modified <= now and (unknown or file not in known)
    ]
    if state.loaded is not None and state.loaded.finished_at <= now:
        loaded = state.loaded.finished_at
        times = [max(time, loaded) for time in times] or [loaded]
    return (min(times), max(times)) if times else None


def _is_settled(spans: Iterable[tuple[datetime, datetime] | None], now: datetime, settling: Settling) -> bool:
    known = [span for span in spans if span is not None]
    if not known:
        return True
    first, newest = min(first for first, _ in known), max(newest for _, newest in known)
    return now - newest >= settling.settle or now - first >= settling.settle_at_most
