"""The lake's half of the next hour made by a process while this one has the hour before in the warehouse's half."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Final, Self

from event_assets.archive.manifest import Manifest
from event_assets.archive.source import Source
from event_assets.hours import HourInLake, normalize_hour
from event_assets.memory import LEAST_MIB, plan_memory
from event_assets.settings import Settings
from event_assets.shares import LEAST_SHARE_BYTES
from event_assets.worker import Worker, WorkerLost

WORTH: Final = 16 << 20
"""Compressed bytes of hours that are worth the start of a process."""
_HOUR: Final = 256 << 10
"""Bytes that take as long to read as what an hour costs whatever its size."""


@dataclass
class HoursAhead:
    """Makes hours of the lake, the next one ahead where memory lets two halves run at once.

    Both hours must be small: a large one takes all that `memory_mib` allows, and all cores, by itself.
    """

    settings: Settings
    hours: Sequence[Manifest]
    """Those that there are to make."""
    accept_removals: bool = False
    reload: bool = False
    _coming: dict[tuple[str, datetime], Future[HourInLake]] = field(default_factory=dict)
    _until: ExitStack = field(default_factory=ExitStack)
    _worker: Worker | None = None
    _thread: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Start the process, where it is worth it."""
        if self.settings.memory.processes > 1 and sum(_HOUR + _size(hour) for hour in self.hours) >= WORTH:
            self._worker = self._until.enter_context(Worker())
            self._thread = self._until.enter_context(ThreadPoolExecutor(1, thread_name_prefix="tideline-ahead"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process; an hour that it has begun is finished, or begun anew by whoever loads it."""
        self._until.__exit__(kind, error, at)

    def begin(self, now: tuple[Source, Manifest], following: tuple[Source, Manifest] | None) -> None:
        """Let the hour that follows be made from now on, while the other is loaded."""
        if self._worker is None or self._thread is None or following is None:
            return
        if all(_size(manifest) < 2 * LEAST_SHARE_BYTES for _, manifest in (now, following)):
            memory = plan_memory(LEAST_MIB, processes=1)
            settings = Settings({}, self.settings.lake, "", memory=memory)  # no more of them than it needs
            call = partial(self._worker.call, self._make(settings, *following))
            self._coming[_key(*following)] = self._thread.submit(call)

    def take(self, source: Source, manifest: Manifest) -> HourInLake:
        """The hour in the lake: made ahead, or made now. Raises what `normalize_hour` does."""
        coming = self._coming.pop(_key(source, manifest), None)
        if coming is not None:
            try:
                return coming.result()
            except WorkerLost:
                self._worker = None
        return self._make(self.settings, source, manifest)()

    def _make(self, settings: Settings, source: Source, manifest: Manifest) -> partial[HourInLake]:
        return partial(
            normalize_hour, settings, source, manifest, accept_removals=self.accept_removals, reload=self.reload
        )


def _size(manifest: Manifest) -> int:
    return sum(file.size for file in manifest.files)


def _key(source: Source, manifest: Manifest) -> tuple[str, datetime]:
    return source.name, manifest.archive_hour
