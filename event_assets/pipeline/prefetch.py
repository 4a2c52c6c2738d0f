"""The lake's half of the next hour made by a process while this one has the hour before in the warehouse's half."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from event_assets.archive.manifest import Manifest
from event_assets.config.memory import LEAST_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.pipeline.hour import HourInLake, normalize_hour
from event_assets.pipeline.parallel_read import LEAST_SHARE_BYTES
from event_assets.pipeline.worker import Worker, WorkerLost

WORTH: Final = 16 << 20
"""Compressed bytes of hours that are worth the start of a process."""
_HOUR: Final = 256 << 10
"""Bytes that take as long to read as what an hour costs whatever its size."""


@dataclass
class HoursAhead:
    """Makes hours of the lake in their order, and the next one while its caller is busy with the last.

    Both hours must be small: a large one takes all that `memory_mib` allows, and all cores, by itself.
    """

    settings: Settings
    hours: Sequence[tuple[Source, Manifest]]
    accept_removals: bool
    reload: bool
    worker: Worker | None = None
    """Makes hours ahead; without one none is."""
    thread: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1, "tideline-ahead"))
    coming: dict[int, Future[HourInLake]] = field(default_factory=dict)

    def take(self, number: int) -> HourInLake:
        """An hour in the lake: made ahead, or made now. Raises what `normalize_hour` does."""
        done = self._finish(number)
        self._begin(number)
        return done

    def _finish(self, number: int) -> HourInLake:
        coming = self.coming.pop(number, None)
        if coming is not None:
            try:
                return coming.result()
            except WorkerLost:
                self.worker = None
        return self._make(self.settings, number)()

    def _begin(self, number: int) -> None:
        """Let the hour that follows be made from now on."""
        small = [manifest.size < 2 * LEAST_SHARE_BYTES for _, manifest in self.hours[number : number + 2]]
        if self.worker is not None and small == [True, True]:
            memory = plan_memory(LEAST_MIB, processes=1)
            settings = Settings({}, self.settings.lake, "", memory=memory)  # no more of them than it needs
            self.coming[number + 1] = self.thread.submit(self.worker.call, self._make(settings, number + 1))

    def _make(self, settings: Settings, number: int) -> partial[HourInLake]:
        return partial(
            normalize_hour, settings, *self.hours[number], accept_removals=self.accept_removals, reload=self.reload
        )


@contextmanager
def hours_ahead(
    settings: Settings, hours: Sequence[tuple[Source, Manifest]], *, accept_removals: bool, reload: bool
) -> Iterator[HoursAhead]:
    """What makes these hours, with a process beside this one where cores and memory let be and it is worth its start.

    An hour that the process has begun when the block ends is finished first.
    """
    ahead = HoursAhead(settings, hours, accept_removals, reload)
    if settings.memory.processes < 2 or sum(_HOUR + manifest.size for _, manifest in hours) < WORTH:
        yield ahead
        return
    with Worker() as ahead.worker, ahead.thread:
        yield ahead
