"""The run launcher: a run whose process is gone is failed by monitoring and can be terminated; no other run is."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from event_assets.defs.run_launcher import HOST_TAG, LocalRunLauncher
from tests.conftest import ROOT

WAITS = [sys.executable, "-c", "input()"]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text((ROOT / "deploy" / "dagster-dev.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def started_run(instance: dg.DagsterInstance, process: int | None, *, host: str | None = None) -> dg.DagsterRun:
    """A run that has started in a process, as the launcher and the process report it."""
    tags = {HOST_TAG: host or socket.gethostname()}
    run: dg.DagsterRun = create_run_for_test(
        instance, job_name="load_hours", status=dg.DagsterRunStatus.STARTED, tags=tags
    )
    if process is not None:
        instance.report_engine_event(
            f"Started process for run (pid: {process}).", run, EngineEventData.in_process(process)
        )
    return run


def monitor(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    """Look at the run as the daemon does; its status afterwards."""
    record = instance.get_run_record_by_id(run.run_id)
    assert record is not None
    monitor_started_run(instance, cast("Any", None), record, logging.getLogger(__name__))
    current = instance.get_run_by_id(run.run_id)
    assert current is not None
    return current.status


def test_dagster_yaml_names_the_launcher(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_launcher, LocalRunLauncher)


def test_a_run_whose_process_is_gone_fails(instance: dg.DagsterInstance, worker: subprocess.Popen[bytes]) -> None:
    run = started_run(instance, worker.pid)
    assert monitor(instance, run) == dg.DagsterRunStatus.STARTED
    worker.kill()
    worker.wait()
    assert monitor(instance, run) == dg.DagsterRunStatus.FAILURE
    (failure,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert f"its process {worker.pid} is gone" in (failure.message or "")


def test_a_killed_process_that_its_parent_has_not_collected_is_gone(
    instance: dg.DagsterInstance, worker: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, worker.pid)
    worker.kill()
    assert worker.stdin is not None
    worker.stdin.close()
    for _ in range(100):
        if Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
    assert monitor(instance, run) == dg.DagsterRunStatus.FAILURE


def test_a_newer_process_with_the_same_number_is_not_the_runs(
    instance: dg.DagsterInstance, worker: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started_run(instance, worker.pid)
    monkeypatch.setattr("event_assets.defs.run_launcher._CLOCK_SLACK_SECONDS", -60.0)
    assert monitor(instance, run) == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize(("process", "host"), [(None, None), (2**22 + 1, "another-host")])
def test_a_run_that_cannot_be_checked_counts_as_running(
    instance: dg.DagsterInstance, process: int | None, host: str | None
) -> None:
    run = started_run(instance, process, host=host)
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    assert monitor(instance, run) == dg.DagsterRunStatus.STARTED


def test_terminating_a_run_whose_process_is_gone_cancels_it(
    instance: dg.DagsterInstance, worker: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, worker.pid)
    worker.kill()
    worker.wait()
    assert instance.run_launcher.terminate(run.run_id)
    current = instance.get_run_by_id(run.run_id)
    assert current is not None
    assert current.status == dg.DagsterRunStatus.CANCELED
