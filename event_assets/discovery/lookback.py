"""The hours that the sensor for pending hours lists: those of the look-back at every tick, all of them once a day.

Covered by tests/discovery/test_settling.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import msgspec

from event_assets.config.settings import Settings
from event_assets.discovery.pending import ONE_HOUR, HourState
from event_assets.discovery.survey import survey_source

SWEEP_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Memory:
    """The state that a tick passes to the next one. It only saves listing: without it everything is listed."""

    swept: datetime | None = None
    """The time of the last tick that listed everything."""
    first: datetime | None = None
    last: datetime | None = None
    """The first and the last pending hour before the look-back: every tick lists them until they are loaded."""

    @classmethod
    def parse(cls, cursor: str | None) -> Self:
        """Return the memory that a cursor contains; an empty one if the cursor contains anything else."""
        try:
            return msgspec.json.decode(cursor or "{}", type=cls)
        except msgspec.DecodeError:
            return cls()

    def dump(self) -> str:
        """Return the memory as the text of a cursor."""
        return msgspec.json.encode(self).decode()

    def is_due(self, now: datetime) -> bool:
        """Return whether everything must be listed again."""
        return self.swept is None or not timedelta() <= now - self.swept < SWEEP_EVERY

    def after(self, pending: Iterable[datetime], *, now: datetime, start: datetime) -> Memory:
        """Return the memory after a tick that found these hours pending, for a look-back from `start`."""
        old = sorted(hour for hour in pending if hour < start)
        swept = now if self.is_due(now) else self.swept
        return Memory(swept, old[0], old[-1]) if old else Memory(swept)


def look_back_start(settings: Settings, now: datetime) -> datetime:
    """Return the first archive hour of the look-back."""
    return (now.astimezone(UTC) - settings.settling.look_back).replace(minute=0, second=0, microsecond=0)


def survey_due(settings: Settings, source: str, memory: Memory, *, now: datetime, wait: float) -> list[HourState]:
    """Return the hours of a source that this tick lists, in order. Raise `ArchiveError`, `Transient`.

    Of the hours before the look-back, all from the first to the last pending one are listed.
    """
    known = settings.sources[source]
    if memory.is_due(now):
        return list(survey_source(settings, known, wait=wait).states)
    start = look_back_start(settings, now)
    found = survey_source(settings, known, start=start, end=now + ONE_HOUR, wait=wait)
    old: tuple[HourState, ...] = ()
    if memory.first is not None and memory.last is not None and memory.first < start:
        last = min(memory.last, start - ONE_HOUR)
        old = survey_source(
            settings, replace(known, layout=found.source.layout), start=memory.first, end=last, wait=wait
        ).states
    return [*old, *found.states]
