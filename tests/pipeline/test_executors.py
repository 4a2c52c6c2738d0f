"""Executors run calls, each in its own way; `test_normalize` compares the hours that they normalize."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from event_assets.pipeline.executors import InProcess, WorkerProcesses
from event_assets.pipeline.worker import WorkerLost
from tests.loaders.process.test_ending import hold_folder


def test_a_call_in_process_runs_once_and_when_its_result_is_asked_for() -> None:
    calls: list[int] = []
    with InProcess() as executor:
        future = executor.submit(calls.append, 1)
        assert calls == []
        future.result()
        future.result()
    assert calls == [1]


def test_an_error_in_process_is_raised_by_each_result() -> None:
    future = InProcess().submit(int, "x")
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            future.result()


def from_process(future: Future[Any]) -> Any:  # noqa: ANN401  whatever the call returns
    """Return a result for which this thread does not work: it only waits."""
    wait([future])
    return future.result()


def test_worker_processes_are_as_many_as_calls_up_to_their_number() -> None:
    with WorkerProcesses(2) as executor:
        first = from_process(executor.submit(os.getpid))
        assert from_process(executor.submit(os.getpid)) == first, "one process is enough for one call at a time"
        both: list[Future[Any]] = [
            executor.submit(time.sleep, 0.5),
            executor.submit(time.sleep, 0.5),
            executor.submit(os.getpid),
        ]
        for future in both:
            from_process(future)
        processes = {from_process(future) for future in [executor.submit(os.getpid) for _ in range(6)]}
    assert first != os.getpid()
    assert len(processes | {first}) <= 2


def run_while_begun(executor: WorkerProcesses, folder: Path) -> Future[None]:
    """Return a call that a process has begun and that lasts until the test has seen what it needs."""
    future = executor.submit(wait_for_end, folder)
    while not (folder / "begun").exists():
        time.sleep(0.01)
    return future


def wait_for_end(folder: Path) -> None:
    """Say that the call has begun, then wait for the file `end`."""
    (folder / "begun").touch()
    until = time.monotonic() + 30
    while not (folder / "end").exists():
        if time.monotonic() > until:
            raise TimeoutError("nobody has run the call that ends this one")
        time.sleep(0.01)


def record_call(folder: Path, name: str) -> int:
    """Add the name to the calls that have run; return the process."""
    with (folder / "calls").open("a") as calls:
        calls.write(name)
    if name == "a":
        (folder / "end").touch()
    return os.getpid()


def test_the_thread_that_waits_runs_the_calls_that_no_process_has_begun(tmp_path: Path) -> None:
    """The last first: those in front are the next of the process."""
    with WorkerProcesses(1) as executor:
        assert executor.width == 2
        begun = run_while_begun(executor, tmp_path)
        waiting = [executor.submit(record_call, tmp_path, name) for name in "abc"]
        begun.result()  # ends only when this thread has run the call `a`
        assert [future.result() for future in waiting] == [os.getpid()] * 3
    assert (tmp_path / "calls").read_text() == "cba"


def test_an_error_of_a_call_that_the_waiting_thread_runs_is_raised_by_its_own_result(tmp_path: Path) -> None:
    with WorkerProcesses(1) as executor:
        begun = run_while_begun(executor, tmp_path)
        ends, wrong = executor.submit(record_call, tmp_path, "a"), executor.submit(int, "x")
        begun.result()
        assert ends.result() == os.getpid()
        with pytest.raises(ValueError, match="invalid literal"):
            wrong.result()


def stop_command() -> None:
    """Raise what Ctrl-C raises in the middle of a call."""
    raise KeyboardInterrupt


def test_a_stop_in_the_middle_of_a_call_of_this_process_leaves_nobody_waiting(tmp_path: Path) -> None:
    futures: list[Future[Any]] = []

    def work() -> None:
        with WorkerProcesses(1) as executor:
            futures.append(run_while_begun(executor, tmp_path))
            futures.extend([executor.submit(os.getpid), executor.submit(stop_command)])
            futures[0].result()

    with pytest.raises(KeyboardInterrupt):
        work()
    with pytest.raises(WorkerLost):
        futures[0].result(0)
    assert [future.cancelled() for future in futures[1:]] == [True, True]


def test_an_error_of_a_call_leaves_its_process_for_the_next() -> None:
    with WorkerProcesses(1) as executor:
        process = from_process(executor.submit(os.getpid))
        with pytest.raises(ValueError, match="invalid literal"):
            from_process(executor.submit(int, "x"))
        assert from_process(executor.submit(os.getpid)) == process


class Unreadable:
    """A value of a module that a worker process does not find, as while a new version is being installed."""

    def __reduce__(self) -> tuple[object, ...]:
        return import_module, ("a_module_that_is_gone",)


class TwoPartError(Exception):
    """An error that pickle writes, but cannot read."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")


def fail_with_lock() -> None:
    """Raise an error that pickle cannot write."""
    error = ValueError("it holds a lock")
    error.args = ("it holds", Lock())
    raise error


def fail_in_two_parts() -> None:
    """Raise the error."""
    raise TwoPartError("this", "that")


@pytest.mark.parametrize(
    ("call", "values", "kind", "text"),
    [
        (id, (Unreadable(),), ModuleNotFoundError, "a_module_that_is_gone"),
        (Lock, (), TypeError, "cannot pickle"),
        (fail_with_lock, (), RuntimeError, "ValueError: .*it holds"),
        (fail_in_two_parts, (), RuntimeError, "TwoPartError: this and that"),
    ],
)
def test_what_cannot_be_sent_is_an_error_of_its_call_alone(
    call: Callable[..., object], values: tuple[object, ...], kind: type[Exception], text: str
) -> None:
    with WorkerProcesses(1) as executor:
        process = from_process(executor.submit(os.getpid))
        with pytest.raises(kind, match=text):
            from_process(executor.submit(call, *values))
        assert from_process(executor.submit(os.getpid)) == process


def test_a_process_that_is_killed_fails_its_call_and_those_behind_it() -> None:
    with WorkerProcesses(1) as executor:
        process = from_process(executor.submit(os.getpid))
        calls: list[Future[Any]] = [executor.submit(time.sleep, 60), executor.submit(os.getpid)]
        os.kill(process, signal.SIGKILL)
        for future in calls:
            with pytest.raises(WorkerLost) as lost:
                from_process(future)
            assert lost.value.code == -signal.SIGKILL


def test_an_error_in_the_block_ends_processes_in_the_middle_of_their_calls(tmp_path: Path) -> None:
    """As Dagster raises one where a run is terminated: not at the end of the hour, and without a folder."""
    started = time.monotonic()
    futures: list[Future[Any]] = []

    def work() -> None:
        with WorkerProcesses(2) as executor:
            futures.extend([executor.submit(hold_folder, tmp_path), executor.submit(time.sleep, 300)])
            while not list(tmp_path.glob(".*-*.lock")):
                time.sleep(0.02)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.monotonic() - started < 60
    assert list(tmp_path.iterdir()) == []
    for future in futures:
        with pytest.raises(WorkerLost):
            future.result(0)


def test_an_executor_without_calls_starts_no_process() -> None:
    with WorkerProcesses(4) as executor:
        assert executor.width == 5
