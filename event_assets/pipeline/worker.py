"""A process beside this one that is called like a function: Python's own work on another core.

`python -m event_assets.pipeline.worker` is that process: it takes calls on standard input until that ends. Nobody
else starts it. It is no child of `multiprocessing`, so it works wherever we run: below a daemon, and whatever the main
module is.
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
    """The process ended in the middle of a call; `code` is how."""

    def __init__(self, code: int) -> None:
        """How it ended: negative is the signal that killed it."""
        super().__init__(f"a process that worked for this one ended with {code}")
        self.code = code


class Worker:
    """A process for calls, one at a time; it ends with the block."""

    def __init__(self) -> None:
        """Start the process; its imports begin with the first call."""
        path = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(  # noqa: S603  nothing of the command comes from outside
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def call(self, function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
        """What a function of a module gives for these values. Raises what it raises, and WorkerLost."""
        asks, answers = self._process.stdin, self._process.stdout
        assert asks is not None  # noqa: S101  they were asked for
        assert answers is not None  # noqa: S101
        try:
            asks.write(pickle.dumps((function, values, named)))
            asks.flush()
            good, answer = pickle.load(answers)  # noqa: S301  our own process wrote it
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise WorkerLost(self._process.wait()) from None
        if not good:
            raise answer
        result: R = answer
        return result

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let it end; after an error it is not waited for."""
        if error is not None:
            self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()


def main() -> None:
    """Do what standard input says, call by call; what comes of it goes to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the caller's to say what an interrupt ends
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get between the answers
    while (call := _read_call(sys.stdin.buffer)) is not None:
        function, values, named = call
        try:
            answer = (True, function(*values, **named))
        except Exception as error:  # noqa: BLE001  it is raised where the call was made
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
