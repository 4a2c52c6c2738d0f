"""What an hour waits for before a run takes it: its end, its grace, and files that have stopped coming."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from event_assets.document import SettingsError, parse_duration, read_text
from event_assets.pending import ONE_HOUR, HourState

WAITS_KEYS: Final = ("settle", "settle_at_most", "look_back", "closed_by")
CLOSED_BY: Final = ("grace", "next_hour")


@dataclass(frozen=True)
class Waits:
    """The settings of the sensor for pending hours."""

    settle: timedelta = timedelta(minutes=2)
    """An hour is left alone until its newest file is this old, so that a trickle of files is not a run each."""
    settle_at_most: timedelta = timedelta(hours=1)
    """However long the trickle goes on, an hour runs when the first file it waits with is this old."""
    look_back: timedelta = timedelta(days=7)
    """Archive hours before now that are listed at every tick; the others are listed once a day."""
    closed_by: str = "grace"
    """`grace`: an hour is closed when its grace is over. `next_hour`: as soon as the next hour has a file, too."""


def read_waits(document: Mapping[str, Any]) -> Waits:
    """The settings as the configuration file says them; raises `SettingsError`."""
    lengths = {
        name: parse_duration(text)
        for name in ("settle", "settle_at_most", "look_back")
        if (text := read_text(document, name)) is not None
    }
    waits = Waits(**lengths, closed_by=read_text(document, "closed_by") or Waits.closed_by)
    if waits.closed_by not in CLOSED_BY:
        raise SettingsError(f'closed_by is "grace" or "next_hour", not {waits.closed_by!r}.')
    if waits.settle_at_most < waits.settle:
        raise SettingsError("settle_at_most is the longest that settle may take: write a longer time than settle.")
    return waits


def is_closed(hour: datetime, *, now: datetime, grace: timedelta, listed: Collection[datetime], waits: Waits) -> bool:
    """Whether nothing more is to be expected of an archive hour; `listed` are the hours that have files."""
    if now < hour + ONE_HOUR:
        return False
    if now >= hour + ONE_HOUR + grace:
        return True
    return waits.closed_by == "next_hour" and hour + ONE_HOUR in listed


def settled_hours(states: Iterable[HourState], *, now: datetime, waits: Waits) -> set[datetime]:
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
        if state.loaded is None and _is_settled([spans[state.archive_hour]], now, waits)
    }
    if late and _is_settled([spans[state.archive_hour] for state in late], now, waits):
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


def _is_settled(spans: Iterable[tuple[datetime, datetime] | None], now: datetime, waits: Waits) -> bool:
    told = [span for span in spans if span is not None]
    if not told:
        return True
    first, newest = min(first for first, _ in told), max(newest for _, newest in told)
    return now - newest >= waits.settle or now - first >= waits.settle_at_most
