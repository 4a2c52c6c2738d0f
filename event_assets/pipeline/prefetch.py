"""Hours as a pipeline: a worker process normalizes the next hours while this process loads those before.

While this process waits for an hour that the worker has begun, it normalizes the last of those that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from event_assets.archive.manifest import Manifest
from event_assets.config.memory import LEAST_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.pipeline.executors import Deferred, Executor, InProcess, WorkerProcesses
from event_assets.pipeline.hour import HourInLake, normalize_hour
from event_assets.pipeline.shards import LEAST_SHARD_BYTES
from event_assets.pipeline.worker import WorkerLost

LEAST_PREFETCH_BYTES: Final = 16 << 20
"""Compressed bytes of hours that are worth the start of a process."""
_HOUR: Final = 256 << 10
"""Bytes that take as long to read as the fixed costs of an hour."""


@dataclass
class HourPrefetch:
    """Submits the hours of a load, in their order, to the executor that normalizes them.

    An hour is submitted to the worker process only when it and the hour before are small: a large one takes all the
    memory of `memory_mib`, and all cores, by itself.
    """

    settings: Settings
    accept_removals: bool
    reload: bool
    retry_files: bool = False
    workers: Executor | None = None
    """Normalizes hours beside this process, or None where this process normalizes all."""
    _last_is_small: bool = False
    _open: ExitStack = field(default_factory=ExitStack)

    def end_workers(self) -> None:
        """End the worker process, which has memory while it waits: no hour is submitted after this."""
        self._open.close()
        self.workers = None

    def submit(self, source: Source, manifest: Manifest) -> Future[HourInLake]:
        """Return the hour in the lake as a future, which raises what `normalize_hour` raises."""
        small = manifest.size < 2 * LEAST_SHARD_BYTES
        beside = small and self._last_is_small
        self._last_is_small = small
        here = self._submit(InProcess(), self.settings, source, manifest)
        if self.workers is None or not beside:
            return here
        memory = plan_memory(LEAST_MIB, processes=1)
        settings = Settings(  # no more than normalizing needs
            {}, self.settings.lake, "", memory=memory, erasure_key=self.settings.erasure_key
        )
        there = self._submit(self.workers, settings, source, manifest)
        return Deferred(lambda: self._result(there, here))

    def _submit(self, executor: Executor, settings: Settings, source: Source, manifest: Manifest) -> Future[HourInLake]:
        return executor.submit(
            normalize_hour,
            settings,
            source,
            manifest,
            accept_removals=self.accept_removals,
            reload=self.reload,
            retry_files=self.retry_files,
        )

    def _result(self, there: Future[HourInLake], here: Future[HourInLake]) -> HourInLake:
        """Return the worker's result, or the one of this process where the worker is lost."""
        try:
            return there.result()
        except WorkerLost:
            self.workers = None
            return here.result()


@contextmanager
def open_prefetch(
    settings: Settings,
    hours: Sequence[Manifest],
    *,
    accept_removals: bool,
    reload: bool,
    retry_files: bool = False,
) -> Iterator[HourPrefetch]:
    """Open the prefetch of these hours, with a worker process where cores and memory allow it and it is worth it.

    An hour that the process has begun when the block ends is finished first.
    """
    prefetch = HourPrefetch(settings, accept_removals, reload, retry_files)
    if settings.memory.processes < 2 or sum(_HOUR + manifest.size for manifest in hours) < LEAST_PREFETCH_BYTES:
        yield prefetch
        return
    with prefetch._open:
        prefetch.workers = prefetch._open.enter_context(WorkerProcesses(1))
        yield prefetch
