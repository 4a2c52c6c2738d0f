"""`dagster dev` killed with all its processes in mid-run and started again: its runs end and their hours are loaded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.browser.dagster_dev import Dagster, running_dagster, wait_for
from tests.live.project import FINISHED, load_again, materialized_at, write_project
from tests.promises.compare import differences

PATIENCE = 420.0
NOTICED_SECONDS = 120.0


def in_progress(dagster: Dagster) -> list[str]:
    """The runs that have not ended."""
    return [run["runId"] for run in dagster.runs() if run["status"] not in FINISHED]


@pytest.mark.slow
def test_runs_of_a_killed_dagster_end_and_are_tried_again(tmp_path: Path) -> None:
    project = write_project(tmp_path, 60, hours_per_run=30)
    home = tmp_path / "home"
    with running_dagster(home, project.config, patience=PATIENCE) as dagster:
        dagster.backfill(["lake", "warehouse"], project.keys)
        wait_for(lambda: len(materialized_at(dagster, "warehouse")) > 3, "some loads", seconds=PATIENCE)
        killed = {run["runId"] for run in dagster.runs() if run["status"] == "STARTED"}
        assert killed

    with running_dagster(home, project.config, patience=PATIENCE) as dagster:
        restarted = time.monotonic()
        wait_for(lambda: not killed & set(in_progress(dagster)), "the end of the killed runs", seconds=PATIENCE)
        assert time.monotonic() - restarted < NOTICED_SECONDS
        wait_for(lambda: len(dagster.runs()) >= 2 + len(killed), "the runs that follow", seconds=PATIENCE)
        wait_for(lambda: not in_progress(dagster), "the end of all runs", seconds=PATIENCE)
        ended = {run["runId"]: run["status"] for run in dagster.runs()}
        assert {ended[run_id] for run_id in killed} == {"FAILURE"}
        assert {status for run_id, status in ended.items() if run_id not in killed} == {"SUCCESS"}
        assert materialized_at(dagster, "warehouse").keys() == set(project.keys)
    assert differences(tmp_path / "warehouse.duckdb", load_again(project)) == []
