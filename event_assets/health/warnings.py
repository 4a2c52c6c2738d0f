"""Warnings about loaded hours that need no history: what `tideline load` ends with, and `tideline status` shows.

Covered by tests/health/test_warnings.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from event_assets.health.history import is_mostly_copies, is_mostly_quarantined
from event_assets.lake.hour_note import CLOCKS_UNREAD, ID_CONFLICTS, NO_IDS
from loaders.interface.words import counted

Kind = Literal[
    "mostly_quarantined", "mostly_copies", "bad_files", "unfit_files", "clocks_unread", "not_ids", "id_conflicts",
    "contract",
]  # fmt: skip

SHOWN: Final = 3
"""Placeholders and examples that a warning names."""
LEAST_SHARE: Final = 100
"""One event in so many, or more, is worth a warning: a few odd events are in every archive."""


@dataclass(frozen=True)
class CountedHour:
    """A loaded hour: its counts of `tideline.loads`, and what is counted as noticed: by its note, and between hours."""

    archive_hour: datetime
    counts: Mapping[str, int]
    noticed: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name of `noticed` -> a few of the events, a line for one."""

    @property
    def lines(self) -> tuple[int, int]:
        """Quarantined lines, and all lines."""
        return self.counts.get("quarantined", 0), self.counts.get("lines", 0)


@dataclass(frozen=True)
class Warned:
    """One kind of warning about a source, over the hours that it is about."""

    source: str
    kind: Kind
    count: int
    """Lines or files."""
    hours: tuple[datetime, ...]
    message: str
    examples: tuple[str, ...] = ()
    """A few of the events, a line for one."""


def find_warnings(
    source: str,
    hours: Iterable[CountedHour],
    *,
    unfit_files: int = 0,
    unfit_keys: Iterable[str] = (),
) -> tuple[Warned, ...]:
    """Return the warnings about loaded hours of a source.

    `unfit_files` of the listing look like data and fit no layout, for example `unfit_keys`.
    """
    counted = sorted(hours, key=lambda hour: hour.archive_hour)
    return tuple(_warnings(source, counted, unfit_files, tuple(unfit_keys)))


def _warnings(source: str, hours: list[CountedHour], unfit_files: int, unfit_keys: tuple[str, ...]) -> Iterator[Warned]:
    mostly = [hour for hour in hours if is_mostly_quarantined(*hour.lines)]
    if mostly:
        quarantined, lines = (sum(hour.lines[part] for hour in mostly) for part in (0, 1))
        text = f"more than half of the lines are quarantined: {quarantined:,} of {lines:,}. Reasons: tideline status"
        yield Warned(source, "mostly_quarantined", quarantined, _hours(mostly), text)
    bad = [hour for hour in hours if hour.counts.get("bad_files")]
    if bad:
        files = sum(hour.counts["bad_files"] for hour in bad)
        what = "1 file could not be read and is" if files == 1 else f"{files:,} files could not be read and are"
        text = f"{what} left out whole. Reasons: tideline status"
        yield Warned(source, "bad_files", files, _hours(bad), text)
    yield from _unread_clocks(source, hours)
    yield from _not_ids(source, hours)
    yield from _id_conflicts(source, hours)
    yield from _mostly_copies(source, hours)
    if unfit_files:
        shown = f", for example {', '.join(map(repr, unfit_keys))}" if unfit_keys else ""
        what = "1 file of the archive fits" if unfit_files == 1 else f"{unfit_files:,} files of the archive fit"
        text = f"{what} no layout and {'is' if unfit_files == 1 else 'are'} not read{shown}"
        yield Warned(source, "unfit_files", unfit_files, (), text)


def _unread_clocks(source: str, hours: list[CountedHour]) -> Iterator[Warned]:
    for clock in sorted({name for hour in hours for name in hour.noticed if name.startswith(CLOCKS_UNREAD)}):
        odd = [hour for hour in hours if is_worth_a_warning(hour.noticed.get(clock, 0), hour.counts.get("events", 0))]
        if odd:
            events = sum(hour.noticed[clock] for hour in odd)
            text = (
                f"{counted(events, 'event has', 'events have')} a {clock.removeprefix(CLOCKS_UNREAD)} that cannot be"
                " read. It is kept in _rescued, and another clock takes its part"
            )
            yield Warned(source, "clocks_unread", events, _hours(odd), text, _examples(odd, clock))


def _not_ids(source: str, hours: list[CountedHour]) -> Iterator[Warned]:
    odd = [hour for hour in hours if is_worth_a_warning(hour.noticed.get(NO_IDS, 0), hour.counts.get("events", 0))]
    if odd:
        events = sum(hour.noticed[NO_IDS] for hour in odd)
        texts = sum((Counter(_placeholders(hour.noticed)) for hour in odd), Counter[str]())
        shown = ", ".join(f"{text!r} ({count:,})" for text, count in texts.most_common(SHOWN))
        subject = counted(events, "event has", "events have")
        text = f"{subject} a placeholder as messageId: {shown}. Their bytes distinguish them"
        yield Warned(source, "not_ids", events, _hours(odd), text, _examples(odd, NO_IDS))


def _placeholders(noticed: Mapping[str, int]) -> dict[str, int]:
    prefix = f"{NO_IDS}."
    return {name.removeprefix(prefix): count for name, count in noticed.items() if name.startswith(prefix)}


def _id_conflicts(source: str, hours: list[CountedHour]) -> Iterator[Warned]:
    odd = [
        hour for hour in hours if is_worth_a_warning(hour.noticed.get(ID_CONFLICTS, 0), hour.counts.get("events", 0))
    ]
    if odd:
        events = sum(hour.noticed[ID_CONFLICTS] for hour in odd)
        text = (
            f"{counted(events, 'event is left out as a copy', 'events are left out as copies')} although the other"
            " event of the same id has another name or user, or is more than a day apart. If ids are reused, make them"
            " of several members: id = [...] in the mapping"
        )
        yield Warned(source, "id_conflicts", events, _hours(odd), text, _examples(odd, ID_CONFLICTS))


def _mostly_copies(source: str, hours: list[CountedHour]) -> Iterator[Warned]:
    """Yield the warning of hours that are mostly copies; where they conflict, that is reported already."""
    odd = [
        hour
        for hour in hours
        if is_mostly_copies(hour.counts.get("duplicates", 0), hour.counts.get("events", 0))
        and not is_worth_a_warning(hour.noticed.get(ID_CONFLICTS, 0), hour.counts.get("events", 0))
    ]
    if odd:
        copies, events = (sum(hour.counts.get(name, 0) for hour in odd) for name in ("duplicates", "events"))
        text = (
            f"more than half of the events are left out as copies of another event with their id: {copies:,} of"
            f" {events:,}. If they are events of their own, make ids of several members: id = [...] in the mapping"
        )
        yield Warned(source, "mostly_copies", copies, _hours(odd), text)


def is_worth_a_warning(noticed: int, events: int) -> bool:
    """Return whether so many of an hour's events are more than the few odd ones that every archive has."""
    return noticed > 0 and events <= noticed * LEAST_SHARE


def _examples(hours: Iterable[CountedHour], name: str) -> tuple[str, ...]:
    """Return a few examples, of the newest hours first."""
    newest = sorted(hours, key=lambda hour: hour.archive_hour, reverse=True)
    return tuple([example for hour in newest for example in hour.examples.get(name, ())][:SHOWN])


def _hours(hours: Iterable[CountedHour]) -> tuple[datetime, ...]:
    return tuple(hour.archive_hour for hour in hours)
