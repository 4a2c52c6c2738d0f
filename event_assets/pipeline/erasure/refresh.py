"""Loaded hours compared with the lake and loaded again where rows have left it, as many together as may share a load.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.failed_hours import SharedFailures, find_shared
from event_assets.pipeline.hour import LoadOptions, load_notes, share_loads


def refresh_hours(
    settings: Settings, source: Source, notes: Sequence[HourNote], *, now: Callable[[], datetime]
) -> None:
    """Load hours so that their rows are those of the lake; only rows that differ are written.

    Raises the error of the first hour that cannot be loaded, after the others are; at once, if they would fail as well.
    """
    failed: dict[datetime, Exception] = {}
    shared = SharedFailures(find_shared(settings, source))
    for group in share_loads(settings, notes):
        results = load_notes(settings, source, group, LoadOptions(refresh=True, now=now), shared)
        failed.update(results.failed)
        if shared.found:
            break
    if failed:
        raise failed[min(failed)]
