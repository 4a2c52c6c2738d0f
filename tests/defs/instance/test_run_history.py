"""A new history has the cursors of the daemon that retries runs: it warns of nothing, and retries nothing old."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.auto_run_reexecution.event_log_consumer import DAGSTER_EVENT_TYPES, _fetch_persisted_cursors

from event_assets.defs.instance.run_history import begin_history
from tests.conftest import ROOT

LOGGER = logging.getLogger("dagster.daemon.EventLogConsumerDaemon")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text((ROOT / "deploy" / "dagster-dev.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def cursors(instance: dg.DagsterInstance) -> list[int | None]:
    """What the daemon reads when it looks for ended runs."""
    return list(_fetch_persisted_cursors(instance, DAGSTER_EVENT_TYPES, LOGGER).values())


def fail_run(instance: dg.DagsterInstance) -> None:
    instance.report_run_failed(create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED))


def test_a_new_history_begins_without_a_warning(instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture) -> None:
    begin_history(instance)
    assert cursors(instance) == [0, 0]
    assert caplog.records == []


def test_runs_that_failed_before_are_not_retried(instance: dg.DagsterInstance) -> None:
    fail_run(instance)
    begin_history(instance)
    end = instance.event_log_storage.get_maximum_record_id()
    assert end
    assert cursors(instance) == [end, end]


def test_a_cursor_stays_where_the_daemon_has_come_to(instance: dg.DagsterInstance) -> None:
    begin_history(instance)
    fail_run(instance)
    begin_history(instance)
    assert cursors(instance) == [0, 0]


def test_the_module_begins_the_history_of_dagster_home(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    environment = os.environ | {"DAGSTER_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    (tmp_path / "dagster.yaml").write_text((ROOT / "deploy" / "dagster-dev.yaml").read_text())
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.defs.instance.run_history"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert cursors(instance) == [0, 0]
    assert caplog.records == []
