"""Executors: where the calls that normalize shards and hours run.

`InProcess` runs them in this process, `WorkerProcesses` in processes of this machine, and `fan_out.FanOut` finds the
shards that the steps of Dagster's graph have left. All work of hours that is split goes through one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Generic, Literal, ParamSpec, Protocol, Self, TypeVar

from event_assets.pipeline.worker import Worker

P = ParamSpec("P")
R = TypeVar("R")

Storage = Literal["memory", "disk", "scratch"]
"""Where the rows of a shard are when its call has ended: in this process, on this machine's disk, or in the lake's
scratch area."""


class Executor(Protocol):
    """Runs calls, up to `width` at once; the block that it opens ends when no call is running."""

    @property
    def width(self) -> int:
        """How many calls run at once."""

    @property
    def storage(self) -> Storage:
        """Where calls leave the rows of their shards."""

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Return the future result of a call of a module's function."""

    def __enter__(self) -> Self:
        """Return the executor."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for running calls, unless there is an error, and release what the executor holds."""


class Deferred(Future[R], Generic[R]):
    """A future whose call runs in the thread that first asks for its result."""

    def __init__(self, call: Callable[[], R]) -> None:
        """Store the call."""
        super().__init__()
        self._call = call

    def result(self, timeout: float | None = None) -> R:
        """Return what the call returns, or raise what it raises."""
        if not self.done():
            try:
                self.set_result(self._call())
            except Exception as error:  # noqa: BLE001  the result raises it
                self.set_exception(error)
        return super().result(timeout)


class InProcess:
    """Runs one call at a time in this process, when its result is asked for."""

    width: int = 1
    storage: Storage = "memory"

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Return the future result of the call."""
        return Deferred(lambda: function(*args, **kwargs))

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Do nothing: no call is running."""


class WorkerProcesses:
    """Runs calls in up to `width` processes of this machine, each started by the first call that needs it.

    Normalizing is mostly Python's own work, so threads would wait for each other.
    """

    storage: Storage = "disk"

    def __init__(self, width: int) -> None:
        """Start nothing yet."""
        self.width = width
        self._threads = ThreadPoolExecutor(width, "tideline-worker")
        self._lock = Lock()
        self._calls = 0
        self._started = 0
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._processes = ExitStack()

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Return the future result of the call. It raises WorkerLost where a process ends in the middle of a call."""
        with self._lock:
            self._calls += 1
            if self._started < min(self._calls, self.width):
                self._idle.put(self._processes.enter_context(Worker()))
                self._started += 1
        return self._threads.submit(self._call, lambda worker: worker.call(function, *args, **kwargs))

    def _call(self, call: Callable[[Worker], R]) -> R:
        worker = self._idle.get()
        try:
            return call(worker)
        finally:
            self._idle.put(worker)
            with self._lock:
                self._calls -= 1

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for running calls, then end the processes; after an error end them in the middle of their calls."""
        if error is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._processes.close()
        self._threads.shutdown()
        self._processes.close()
