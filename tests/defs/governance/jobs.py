"""Jobs with a config, run in this process as the launchpad starts them: their success, metadata and failure."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from event_assets.definitions import build_definitions
from tests.defs.build import hour, resource_of, settings_of


def run_job(
    config: Path, instance: dg.DagsterInstance, job: str, op: str, choice: dict[str, object], *, raises: bool = False
) -> dg.ExecuteInProcessResult:
    """A job of today's settings with this config of its one op."""
    built = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    return built.resolve_job_def(job).execute_in_process(
        instance=instance, run_config={"ops": {op: {"config": choice}}}, raise_on_error=raises
    )


def output_of(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    """The metadata of the op's output."""
    (output,) = [event for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def failure_of(result: dg.ExecuteInProcessResult) -> tuple[str, dict[str, object]]:
    """The description and the metadata of the op's failure."""
    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert failure is not None
    return str(failure.description), {name: value.value for name, value in failure.metadata.items()}
