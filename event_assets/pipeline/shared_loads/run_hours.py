"""The hours of a run, loaded as many together as may share a load (ADR 0052)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.failed_hours import HourResults, IsShared, OnFailure, SharedFailures
from event_assets.pipeline.hour import LoadOptions, is_full, load_notes
from loaders.load.load import LoadResult


@dataclass(frozen=True)
class LoadedNote:
    """An hour of the lake with the result of its load, and its own seconds: those of a shared load are divided."""

    note: HourNote
    result: LoadResult
    seconds: float


@dataclass(frozen=True)
class HourLoads:
    """How the hours of a run are loaded."""

    settings: Settings
    source: Source
    options: LoadOptions
    read: Callable[[datetime], HourNote]
    """Returns the note of an hour, or raises what is wrong with the hour."""
    on_loaded: Callable[[LoadedNote], None]
    on_failure: OnFailure
    is_shared: IsShared
    """Whether the hours that are left would fail for the same cause."""

    def load(self, hours: Iterable[datetime]) -> HourResults[LoadedNote]:
        """Load hours in order; a failed hour costs itself alone. Stop after a failure that the others would share."""
        results: HourResults[LoadedNote] = HourResults()
        waiting: list[HourNote] = []
        seconds: dict[datetime, float] = {}
        for hour in hours:
            started = time.monotonic()
            try:
                waiting.append(self.read(hour))
            except Exception as error:  # noqa: BLE001  an error of one hour must not stop the others; the caller reports it
                if self._fail(results, hour, error):
                    break
            seconds[hour] = time.monotonic() - started
            if waiting and is_full(waiting, self.settings):
                if not self._load_together(results, waiting, seconds):
                    return results
                waiting = []
        self._load_together(results, waiting, seconds)
        return results

    def _load_together(
        self, results: HourResults[LoadedNote], notes: Sequence[HourNote], seconds: Mapping[datetime, float]
    ) -> bool:
        """Load hours in one transaction; return whether the hours after them are to be tried."""
        if not notes:
            return True
        shared = SharedFailures(self.is_shared)
        started = time.monotonic()
        found = load_notes(self.settings, self.source, notes, self.options, shared)
        share = (time.monotonic() - started) / len(notes)
        for note in notes:
            hour = note.archive_hour
            if hour in found.done:
                results.done[hour] = LoadedNote(note, found.done[hour], seconds[hour] + share)
                self.on_loaded(results.done[hour])
            elif hour in found.failed:
                results.failed[hour] = found.failed[hour]
                self.on_failure(hour, found.failed[hour])
        return not shared.found

    def _fail(self, results: HourResults[LoadedNote], hour: datetime, error: Exception) -> bool:
        """Record a failure; return whether the hours that are left would share it."""
        results.failed[hour] = error
        self.on_failure(hour, error)
        return self.is_shared(hour, error)
