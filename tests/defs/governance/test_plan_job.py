"""The job `plan` reports in its metadata what the command prints, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from tests.defs.build import write_config, write_hours
from tests.defs.governance.jobs import output_of, run_job
from tests.defs.test_assets import run_hours


def run_plan(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    """The job of today's settings, run in this process."""
    return run_job(config, instance, "plan", "plan_load", choice)


def test_the_job_reports_hours_and_estimates(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(4))
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 1)
        shown = output_of(run_plan(config, instance))
        assert (shown["archive_hours"], shown["errors"]) == (2, [])
        assert "| default | 2026-01-31T09 | never loaded | 1 |" in str(shown["hours"])
        assert "| default | events | 10 (" in str(shown["estimates"])
        again = output_of(run_plan(config, instance, start="2026-01-31T07", end="2026-01-31T07", reload=True))
        assert (again["archive_hours"], "reload" in str(again["hours"])) == (1, True)
        assert not run_plan(config, instance, start="yesterday").success
