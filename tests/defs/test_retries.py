"""A transient failure retries the step, another ends the run at once; hours that are done stay reported."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance import DagsterInstance

from tests.defs.build import write_config, write_hours
from tests.defs.test_assets import metadata_of, run_hours
from tests.postgres import Server


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as new:
        yield new


def retries(instance: dg.DagsterInstance) -> list[str]:
    """The retried steps of all runs, in order."""
    found = []
    for run in instance.get_runs():
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_UP_FOR_RETRY):
            assert entry.dagster_event is not None
            found.append(entry.dagster_event.step_key or "")
    return found


def test_a_warehouse_that_comes_back_is_loaded_in_the_same_run(
    tmp_path: Path, instance: dg.DagsterInstance, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket of the URL exists only after the first attempt has failed."""
    monkeypatch.setattr("event_assets.defs.retries.FIRST_WAIT_SECONDS", 1)
    monkeypatch.setattr("loaders.load.load._ATTEMPTS", 1)
    write_hours(tmp_path / "archive", [0, 1])
    server, _, socket = postgres.new_database().warehouse_url.partition("?host=")
    link = tmp_path / "s"
    config = write_config(tmp_path, warehouse=f"{server}?host={link}")

    def come_back() -> None:
        until = time.monotonic() + 120
        with DagsterInstance.from_ref(instance.get_ref()) as own:
            while time.monotonic() < until and not retries(own):
                time.sleep(0.5)
        link.symlink_to(socket)

    thread = threading.Thread(target=come_back)
    thread.start()
    result = run_hours(config, instance, 0, 1, raises=False)
    thread.join()
    assert result.asset_materializations_for_node("warehouse")
    assert set(retries(instance)) == {"warehouse"}
    shown = metadata_of(instance, "warehouse")
    assert {key: entry["loaded"] for key, entry in shown.items()} == {"2026-01-31T07": True, "2026-01-31T08": True}


def test_a_failure_that_is_not_transient_is_not_retried(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path, warehouse=f"{tmp_path}/nowhere/w.duckdb")
    result = run_hours(config, instance, 0, 0, raises=False)
    assert not result.success
    assert retries(instance) == []
    failure = result.failure_data_for_node("warehouse")
    assert failure is not None
    assert "does not exist: create" in str(failure.error)
