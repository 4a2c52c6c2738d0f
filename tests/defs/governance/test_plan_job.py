"""The job `plan` reports in its metadata what the command prints, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from event_assets.definitions import build_definitions
from tests.defs.build import hour, resource_of, settings_of, write_config, write_hours
from tests.defs.test_assets import run_hours


def run_plan(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    """The job of today's settings, run in this process."""
    built = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    run_config = {"ops": {"plan_load": {"config": choice}}}
    return built.resolve_job_def("plan").execute_in_process(
        instance=instance, run_config=run_config, raise_on_error=False
    )


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    """The metadata of the op's output."""
    (output,) = [event for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def test_the_job_reports_hours_and_estimates(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(4))
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 1)
        shown = metadata_of(run_plan(config, instance))
        assert (shown["archive_hours"], shown["errors"]) == (2, [])
        assert "| default | 2026-01-31T09 | never loaded | 1 |" in str(shown["hours"])
        assert "| default | events | 10 (" in str(shown["estimates"])
        again = metadata_of(run_plan(config, instance, start="2026-01-31T07", end="2026-01-31T07", reload=True))
        assert (again["archive_hours"], "reload" in str(again["hours"])) == (1, True)
        assert not run_plan(config, instance, start="yesterday").success
