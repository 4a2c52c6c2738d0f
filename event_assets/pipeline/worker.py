"""A worker process: it runs calls of Python functions on another core, one at a time.

`python -m event_assets.pipeline.worker` is that process: it reads calls from standard input. Only `executors` starts
it. It is not a child of `multiprocessing`, so it works below a daemon and with any main module. It ignores the signals
that stop a command, and ends when its input ends: in the middle of a call, too, and however the caller has ended.

Covered by tests/pipeline/test_executors.py.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Final, ParamSpec, Self, TypeVar

from loaders.process.ending import end_process, forget_worker, start_worker

P = ParamSpec("P")
R = TypeVar("R")

_LENGTH: Final = 8
"""Bytes of the length before a call."""
_END_SECONDS: Final = 5.0


class WorkerLost(Exception):
    """The process ended in the middle of a call; `code` is its exit code."""

    def __init__(self, code: int) -> None:
        """Store the exit code: a negative one is the signal that killed the process."""
        super().__init__(f"a worker process ended with {code}")
        self.code = code


class Worker:
    """A process for calls, one at a time; it ends with the block."""

    def __init__(self) -> None:
        """Start the process; its imports begin with the first call."""
        path = os.pathsep.join(folder for folder in sys.path if folder)
        self._process = start_worker([sys.executable, "-m", __name__], {**os.environ, "PYTHONPATH": path})

    def call(self, function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
        """Return what a module's function returns for these values. Raises what it raises, and WorkerLost."""
        calls, answers = self._process.stdin, self._process.stdout
        assert calls is not None  # noqa: S101  Popen opens both
        assert answers is not None  # noqa: S101
        call = pickle.dumps((function, values, named))
        try:
            with _closed_as_broken():
                calls.write(len(call).to_bytes(_LENGTH) + call)
                calls.flush()
            good, answer = pickle.load(answers)  # noqa: S301  our own process wrote it
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise WorkerLost(self._process.wait()) from None
        if not good:
            raise answer
        result: R = answer
        return result

    def __enter__(self) -> Self:
        """Return the worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process, in the middle of a call, too; after five seconds kill it."""
        self.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        forget_worker(self._process)
        assert self._process.stdout is not None  # noqa: S101  Popen opens it
        self._process.stdout.close()

    def close(self) -> None:
        """Let the process end, from any thread: a call that is under way raises WorkerLost."""
        assert self._process.stdin is not None  # noqa: S101  Popen opens it
        with suppress(BrokenPipeError):
            self._process.stdin.close()


def main() -> None:
    """Run the calls of standard input, one by one; write their results to standard output."""
    calls: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read_calls, args=(sys.stdin.buffer, calls), daemon=True).start()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # printed text must not get between the answers
    while True:
        answers.write(_answer(calls.get()))
        answers.flush()


def _answer(call: bytes) -> bytes:
    """Return the pickled answer to a call; to one that cannot be read here, or whose result cannot be sent, an error.

    An error that ended this process instead would be lost: Python aborts where a thread is still reading its input.
    """
    try:
        function, values, named = pickle.loads(call)  # noqa: S301  the caller is our own process
        return pickle.dumps((True, function(*values, **named)))
    except Exception as error:  # noqa: BLE001  the caller raises it
        return _pickle_error(error.with_traceback(None))


def _pickle_error(error: Exception) -> bytes:
    """Return the answer that raises an error; what cannot be sent is a RuntimeError with its type and its text."""
    try:
        answer = pickle.dumps((False, error))
        pickle.loads(answer)  # noqa: S301  made in the line above
    except Exception:  # noqa: BLE001  an error's own code may raise anything
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer


def _read_calls(stream: IO[bytes], calls: SimpleQueue[bytes]) -> None:
    """Put the calls into the queue as they come; end the process with its input."""
    while len(length := stream.read(_LENGTH)) == _LENGTH:
        calls.put(stream.read(int.from_bytes(length)))
    end_process(0)


@contextmanager
def _closed_as_broken() -> Iterator[None]:
    """Raise BrokenPipeError for a pipe that another thread has closed."""
    try:
        yield
    except ValueError:
        raise BrokenPipeError from None


if __name__ == "__main__":
    main()
