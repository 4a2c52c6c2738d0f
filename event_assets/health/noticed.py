"""Events of an hour with something that somebody should look at, by the hour's note (contract §9).

Covered by tests/defs/checks/test_noticed.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from event_assets.anomalies.findings import Finding
from event_assets.health.warnings import CLOCKS_UNREAD, NO_IDS, is_worth_a_warning
from event_assets.lake.hour_note import HourNote


def unread_clocks(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each clock that one event in a hundred, or more, has in no readable form."""
    return [
        Finding(
            note.archive_hour,
            name.removeprefix(CLOCKS_UNREAD),
            f"{events:,} of {note.counts.events:,} events have a value that is no clock: it is in _rescued",
        )
        for note in notes
        if note is not None
        for name, events in note.noticed.items()
        if name.startswith(CLOCKS_UNREAD) and is_worth_a_warning(events, note.counts.events)
    ]


def placeholder_ids(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each hour in which one event in a hundred, or more, has a placeholder as its id."""
    return [
        Finding(note.archive_hour, "messageId", f"{events:,} of {note.counts.events:,} events have a placeholder as id")
        for note in notes
        if note is not None and is_worth_a_warning(events := note.noticed.get(NO_IDS, 0), note.counts.events)
    ]
