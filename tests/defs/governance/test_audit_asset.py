"""The asset `audit` reports what it has compared, and its run fails where something differs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb

from tests.defs.build import hour, write_config, write_hours
from tests.defs.governance.jobs import failure_of, run_job
from tests.defs.test_assets import metadata_of, run_hours


def run_audit(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    return run_job(config, instance, "audit_hours", "audit", choice)


def test_the_run_fails_where_a_row_was_changed(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(2))
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 1)
        assert run_audit(config, instance, seed=5).success
        (shown,) = metadata_of(instance, "audit").values()
        hours = [f"{hour(number):%Y-%m-%dT%H}" for number in range(2)]
        assert (shown["hours"], shown["rows"], shown["seed"], shown["findings"]) == (hours, 16, 5, 0)
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
            connection.execute("DELETE FROM events.order_completed WHERE id = 'm1-0'")
        wrong = run_audit(config, instance, start=hours[1], end=hours[1])
        assert not wrong.success
        assert "order_completed: 1 row is missing, such as 'm1-0'" in failure_of(wrong)[0]
        assert run_audit(config, instance, start=hours[0], end=hours[0]).success
        assert not run_audit(config, instance, start="yesterday").success
