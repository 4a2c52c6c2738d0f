"""Executors: where the calls that normalize shards and hours run.

`InProcess` runs them in this process, `WorkerProcesses` in processes of this machine and in this one while it waits,
and `fan_out.FanOut` finds the shards that the steps of Dagster's graph have left. All work of hours that is split goes
through one of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Any, Generic, Literal, ParamSpec, Protocol, Self, TypeVar

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


class Shared(Future[R], Generic[R]):
    """A future whose waiting thread works too: it runs calls that no process has begun, the last submitted first."""

    def __init__(self, help_out: Callable[[], bool]) -> None:
        """Store how to run a call; it returns False where none is left."""
        super().__init__()
        self._help_out = help_out

    def result(self, timeout: float | None = None) -> R:
        """Return what the call returns, or raise what it raises; an error of another call is raised by its own future.

        The timeout does not stop a call that this thread runs.
        """
        while not self.done() and self._help_out():
            pass
        return super().result(timeout)


@dataclass(frozen=True)
class _Call(Generic[R]):
    """A call that nobody has begun, and its future result."""

    future: Shared[R]
    function: Callable[..., R]
    args: tuple[object, ...]
    kwargs: Mapping[str, object]

    def run(self, run: Callable[..., R]) -> None:
        """Run the call by `run`, and store its result or its error."""
        try:
            result = run(self.function, *self.args, **self.kwargs)
        except Exception as error:  # noqa: BLE001  the result raises it
            self.future.set_exception(error)
        except BaseException:  # Ctrl-C, in this process: who waits for the call must not wait forever
            self.future.cancel()
            raise
        else:
            self.future.set_result(result)


class WorkerProcesses:
    """Runs calls in some processes of this machine, each started by the first call that needs it, and in this one.

    The thread that waits for a result runs the calls that no process has begun, so that no core waits with it.
    Normalizing is mostly Python's own work: threads would wait for each other.
    """

    storage: Storage = "disk"

    def __init__(self, processes: int) -> None:
        """Start nothing yet; `processes`, at least one, are those beside this one."""
        self.width = processes + 1
        self._processes = processes
        self._threads = ThreadPoolExecutor(processes, "tideline-worker")
        self._lock = Lock()
        self._unbegun: deque[_Call[Any]] = deque()
        self._running = 0
        self._started = 0
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._open = ExitStack()

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Return the future result of the call. It raises WorkerLost where a process ends in the middle of a call."""
        future: Shared[R] = Shared(self._help_out)
        with self._lock:
            self._unbegun.append(_Call(future, function, args, kwargs))
            if self._started < min(self._running + len(self._unbegun), self._processes):
                self._idle.put(self._open.enter_context(Worker()))
                self._started += 1
        self._threads.submit(self._serve)
        return future

    def _serve(self) -> None:
        """Run the first call that nobody has begun in a process; each call has a turn, though this one may have it."""
        worker = self._idle.get()
        try:
            with self._lock:
                if not self._unbegun:
                    return
                call = self._unbegun.popleft()
                self._running += 1
            call.run(worker.call)
            with self._lock:
                self._running -= 1
        finally:
            self._idle.put(worker)

    def _help_out(self) -> bool:
        """Run the last call that nobody has begun in this process; return False where there is none."""
        with self._lock:
            if not self._unbegun:
                return False
            call = self._unbegun.pop()
        call.run(lambda function, *args, **kwargs: function(*args, **kwargs))
        return True

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for running calls, then end the processes; after an error end them in the middle of their calls."""
        if error is not None:
            with self._lock:
                unbegun = list(self._unbegun)
                self._unbegun.clear()
            for call in unbegun:
                call.future.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._open.close()
        self._threads.shutdown()
        self._open.close()
