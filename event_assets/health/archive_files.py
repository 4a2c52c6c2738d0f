"""Files of the archive that vanished after their load, and files that could not be read.

Covered by tests/defs/checks/test_counts.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from event_assets.anomalies.findings import Finding
from event_assets.discovery.pending import HourState
from event_assets.lake.hour_note import HourNote


def vanished_files(states: Iterable[HourState]) -> list[Finding]:
    """Return a finding for each loaded file that is no longer listed."""
    return [
        Finding(state.archive_hour, file, "vanished from the archive; its rows are kept")
        for state in states
        for file in state.vanished_files
    ]


def bad_files(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each file that was left out whole (contract §2); hours without a note have none."""
    return [
        Finding(note.archive_hour, file.file, f"cannot be read and is left out whole: {file.reason or 'damaged'}")
        for note in notes
        if note is not None
        for file in note.files
        if file.bad
    ]
