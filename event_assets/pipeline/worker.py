"""A worker process: it runs calls of Python functions on another core, one at a time.

`python -m event_assets.pipeline.worker` is that process: it reads calls from standard input until the input ends. Only
`executors` starts it. It is not a child of `multiprocessing`, so it works below a daemon and with any main module.

Covered by tests/pipeline/test_executors.py.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


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
        self._process = subprocess.Popen(  # noqa: S603  nothing of the command comes from outside
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def call(self, function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
        """Return what a module's function returns for these values. Raises what it raises, and WorkerLost."""
        calls, answers = self._process.stdin, self._process.stdout
        assert calls is not None  # noqa: S101  Popen opens both
        assert answers is not None  # noqa: S101
        try:
            calls.write(pickle.dumps((function, values, named)))
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
        """End the process; after an error kill it."""
        if error is not None:
            self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()


def main() -> None:
    """Run the calls of standard input, one by one; write their results to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides what an interrupt ends
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # printed text must not get between the answers
    while (call := _read_call(sys.stdin.buffer)) is not None:
        function, values, named = call
        try:
            answer = (True, function(*values, **named))
        except Exception as error:  # noqa: BLE001  the caller raises it
            answer = (False, error.with_traceback(None))
        answers.write(pickle.dumps(answer))
        answers.flush()


def _read_call(calls: IO[bytes]) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] | None:
    try:
        call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] = pickle.load(calls)  # noqa: S301  ours
    except EOFError:
        return None
    return call


if __name__ == "__main__":
    main()
