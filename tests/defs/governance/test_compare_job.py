"""The job `compare` does what the command does, with a typed config."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from tests.cli.governance.compared import change_there, load_and_copy
from tests.defs.governance.jobs import failure_of, run_job


def run_compare(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    """The job of today's settings, run in this process."""
    return run_job(config, instance, "compare", "compare_schemas", choice)


def test_the_run_fails_where_something_is_to_be_looked_at(tmp_path: Path) -> None:
    config = load_and_copy(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_compare(config, instance, schema_name="rudder_prod").success
        change_there(tmp_path)
        wrong = run_compare(config, instance, schema_name="rudder_prod")
        assert failure_of(wrong)[0] == "events and rudder_prod differ: 3 findings to look at"
        narrowed = run_compare(config, instance, schema_name="rudder_prod", end="2026-01-31", tables=["tracks"])
        assert narrowed.success
        assert "no tables in a schema nowhere" in failure_of(run_compare(config, instance, schema_name="nowhere"))[0]
