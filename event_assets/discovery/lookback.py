"""What the sensor for pending hours looks at: the hours of the look-back at every tick, all of them once a day."""

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
    """What a tick leaves to the next one. It only saves listing: where it is lost, everything is listed."""

    swept: datetime | None = None
    """When everything was listed last."""
    first: datetime | None = None
    last: datetime | None = None
    """The first and the last hour before the look-back that were pending then: looked at until they are not."""

    @classmethod
    def parse(cls, cursor: str | None) -> Self:
        """The memory that a cursor holds; none where it holds something else."""
        try:
            return msgspec.json.decode(cursor or "{}", type=cls)
        except msgspec.DecodeError:
            return cls()

    def dump(self) -> str:
        """The text for the cursor."""
        return msgspec.json.encode(self).decode()

    def is_due(self, now: datetime) -> bool:
        """Whether everything is to be listed again."""
        return self.swept is None or not timedelta() <= now - self.swept < SWEEP_EVERY

    def after(self, pending: Iterable[datetime], *, now: datetime, start: datetime) -> Memory:
        """The memory after a tick that found these hours pending, for a look-back that began at `start`."""
        old = sorted(hour for hour in pending if hour < start)
        swept = now if self.is_due(now) else self.swept
        return Memory(swept, old[0], old[-1]) if old else Memory(swept)


def look_back_start(settings: Settings, now: datetime) -> datetime:
    """The first archive hour of the look-back."""
    return (now.astimezone(UTC) - settings.settling.look_back).replace(minute=0, second=0, microsecond=0)


def survey_due(settings: Settings, source: str, memory: Memory, *, now: datetime, wait: float) -> list[HourState]:
    """The hours of a source that this tick has to look at, in order. Raises `ArchiveError`, `Transient`.

    Where the hours from before the look-back that are pending still lie apart, those between them are listed, too.
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
