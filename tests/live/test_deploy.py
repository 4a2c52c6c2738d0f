"""The files of `deploy/` work with Dagster and PostgreSQL: a run on the server's instance, and units that start it."""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance import DagsterInstance
from dagster._core.run_coordinator import QueuedRunCoordinator

from event_assets.definitions import build_definitions
from tests.conftest import ROOT
from tests.defs.build import hour, resource_of, settings_of, write_config, write_hours
from tests.postgres import Server


@pytest.mark.slow
def test_a_run_is_kept_in_postgresql_by_the_servers_instance(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgres.new_database()
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", database.url.replace("postgresql://", "postgresql+psycopg2://", 1))
    shutil.copy(ROOT / "deploy" / "dagster.yaml", tmp_path)
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path, warehouse=postgres.new_database().warehouse_url)
    job = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config)).resolve_job_def(
        "load_hours"
    )
    tags = {
        "dagster/asset_partition_range_start": f"{hour(0):%Y-%m-%dT%H}",
        "dagster/asset_partition_range_end": f"{hour(1):%Y-%m-%dT%H}",
    }
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.get_settings("run_retries")["retry_on_asset_or_op_failure"]
        result = job.execute_in_process(instance=instance, tags=tags)
        done = instance.get_materialized_partitions(dg.AssetKey("warehouse"))
    assert done == {f"{hour(number):%Y-%m-%dT%H}" for number in (0, 1)}
    with database.connect() as connection:
        row = connection.execute("SELECT status FROM runs WHERE run_id = %s", [result.run_id]).fetchone()
    assert row == ("SUCCESS",)


def test_the_units_start_installed_programs_on_the_workspace_of_the_repository() -> None:
    for name, program in (("webserver", "dagster-webserver"), ("daemon", "dagster-daemon")):
        unit = configparser.ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
        unit.read(ROOT / "deploy" / f"tideline-{name}.service")
        command = unit["Service"]["ExecStart"].split()
        assert Path(command[0]).name == program
        assert (ROOT / command[command.index("-w") + 1]).is_file()


def test_both_instances_find_lost_workers_and_write_duckdb_one_at_a_time() -> None:
    for path in (ROOT / "deploy" / "dagster-dev.yaml", ROOT / "deploy" / "dagster.yaml"):
        config = yaml.safe_load(path.read_text())
        assert config["run_monitoring"]["enabled"]
        assert config["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
        assert config["run_retries"] | {"max_retries": 0} == {
            "enabled": True, "max_retries": 0, "retry_on_asset_or_op_failure": False,
        }  # fmt: skip
        assert config["concurrency"]["pools"] == {"granularity": "op", "default_limit": 1}
