"""Events of an hour with something that somebody should look at, by the hour's note (contract §9).

Covered by tests/defs/checks/test_noticed.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from event_assets.anomalies.findings import Finding
from event_assets.health.warnings import CLOCKS_UNREAD, ID_CONFLICTS, NO_IDS, is_worth_a_warning
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


ODD_IDS: Final = {
    NO_IDS: "have a placeholder as id",
    ID_CONFLICTS: "have the id of an event with another name or user, or more than a day apart, and are left out",
}


def odd_ids(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each hour in which one event in a hundred, or more, has a placeholder or a reused id."""
    return [
        Finding(note.archive_hour, "messageId", f"{events:,} of {note.counts.events:,} events {what}")
        for note in notes
        if note is not None
        for name, what in ODD_IDS.items()
        if is_worth_a_warning(events := note.noticed.get(name, 0), note.counts.events)
    ]
