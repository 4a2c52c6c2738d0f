"""The job `compare` does what the command does, with a typed config."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from event_assets.definitions import build_definitions
from tests.cli.governance.compared import change_there, load_and_copy
from tests.defs.build import hour, resource_of, settings_of


def run_compare(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    """The job of today's settings, run in this process."""
    built = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    run_config = {"ops": {"compare_schemas": {"config": choice}}}
    return built.resolve_job_def("compare").execute_in_process(
        instance=instance, run_config=run_config, raise_on_error=False
    )


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    return str(failure.user_failure_data.description)


def test_the_run_fails_where_something_is_to_be_looked_at(tmp_path: Path) -> None:
    config = load_and_copy(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_compare(config, instance, schema_name="rudder_prod").success
        change_there(tmp_path)
        wrong = run_compare(config, instance, schema_name="rudder_prod")
        assert failure_of(wrong) == "events and rudder_prod differ: 3 findings to look at"
        narrowed = run_compare(config, instance, schema_name="rudder_prod", end="2026-01-31", tables=["tracks"])
        assert narrowed.success
        assert "no tables in a schema nowhere" in failure_of(run_compare(config, instance, schema_name="nowhere"))
