"""Executors run calls, each in its own way; `test_normalize` compares the hours that they normalize."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
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


def test_worker_processes_are_as_many_as_calls_up_to_the_width() -> None:
    with WorkerProcesses(2) as executor:
        first = executor.submit(os.getpid).result()
        assert executor.submit(os.getpid).result() == first, "one process is enough for one call at a time"
        both: list[Future[Any]] = [
            executor.submit(time.sleep, 0.5),
            executor.submit(time.sleep, 0.5),
            executor.submit(os.getpid),
        ]
        for future in both:
            future.result()
        processes = {future.result() for future in [executor.submit(os.getpid) for _ in range(6)]}
    assert first != os.getpid()
    assert len(processes | {first}) <= 2


def test_an_error_of_a_call_leaves_its_process_for_the_next() -> None:
    with WorkerProcesses(1) as executor:
        process = executor.submit(os.getpid).result()
        with pytest.raises(ValueError, match="invalid literal"):
            executor.submit(int, "x").result()
        assert executor.submit(os.getpid).result() == process


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
        process = executor.submit(os.getpid).result()
        with pytest.raises(kind, match=text):
            executor.submit(call, *values).result()
        assert executor.submit(os.getpid).result() == process


def test_a_process_that_is_killed_fails_its_call_and_those_behind_it() -> None:
    with WorkerProcesses(1) as executor:
        process = executor.submit(os.getpid).result()
        calls: list[Future[Any]] = [executor.submit(time.sleep, 60), executor.submit(os.getpid)]
        os.kill(process, signal.SIGKILL)
        for future in calls:
            with pytest.raises(WorkerLost) as lost:
                future.result()
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
        assert executor.width == 4
