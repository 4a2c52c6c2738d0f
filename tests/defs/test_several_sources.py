"""Three sources of one project in one warehouse, by the command and by Dagster: none affects another."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from event_assets.config.settings import Settings
from event_assets.definitions import build_definitions
from event_assets.discovery.first_hours import first_hours
from tests.cli.test_app import clean_environment, document
from tests.conftest import on_both_in_time
from tests.defs.build import hour, resource_of, settings_of, track, write_file
from tests.defs.in_process import tideline
from tests.defs.sensors.test_pending_hours import requests_of, sensor_tick
from tests.defs.test_assets import checks_of, metadata_of
from tests.defs.three_sources import FIRSTS, GITHUB, SOURCES, write_archives, write_three
from tests.independent.reader import scan
from tests.independent.verify import describe, verify
from tests.postgres import Database
from tests.promises.archives import dated_files, gharchive_files, rudderstack_files

ROLLUPS = {"web": "rollups_web", "github": "rollups_github", "app": "app_daily"}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def warehouse_of(folder: Path, database: Database | None) -> str:
    return database.warehouse_url if database else f"duckdb:///{folder}/w.duckdb"


def file_of(folder: Path, database: Database | None) -> Path:
    """The warehouse as a DuckDB file."""
    path = folder / "w.duckdb"
    if database:
        database.mirror(path)
    return path


def prove_three(folder: Path, database: Database | None) -> None:
    """Compare every source's tables with the independent reader's result for its archive."""
    archives = {
        "web": scan(rudderstack_files(folder / "web")),
        "github": scan(gharchive_files(folder / "github"), mapping=GITHUB),
        "app": scan(dated_files(folder / "app")),
    }
    for name, archive in archives.items():
        found = verify(archive, file_of(folder, database), schema=name, source=name)
        assert not found, f"{name}: {describe(found)}"


@on_both_in_time
def test_the_command_loads_reports_and_maintains_every_source_separately(
    tmp_path: Path, database: Database | None
) -> None:
    write_archives(tmp_path)
    write_three(tmp_path, warehouse_of(tmp_path, database))
    loaded = tideline("load", "--json", cwd=tmp_path)
    done = document(loaded)
    assert [(entry["source"], entry["archive_hour"]) for entry in done["hours"]] == [
        (name, (FIRSTS[name] + timedelta(hours=n * step)).isoformat())
        for name, step in (("web", 1), ("github", 1), ("app", 2))
        for n in range(2)
    ]
    assert (done["unreachable"], {entry["source"] for entry in done["rollups"]}) == ({}, set(SOURCES))
    assert "github 2021-07-21T06 warehouse" in loaded.stderr
    prove_three(tmp_path, database)
    with duckdb.connect(str(file_of(tmp_path, database)), read_only=True) as connection:
        for name, schema in ROLLUPS.items():
            found = connection.execute(f"SELECT sum(events) FROM {schema}.events_daily").fetchone()
            assert found == ({"web": 8, "github": 2, "app": 3}[name],)

    statuses = document(tideline("status", "--json", cwd=tmp_path))["sources"]
    assert [(entry["source"], entry["layout"], len(entry["loaded"]), entry["pending"]) for entry in statuses] == [
        ("web", "rudderstack", 2, []),
        ("github", "gharchive", 2, []),
        ("app", "{year}/{month}/{day}/{hour}/*.jsonl.gz", 2, []),
    ]
    assert [entry["other_settings"] for entry in statuses] == [[], [], []]
    (one,) = document(tideline("status", "--source", "github", "--json", cwd=tmp_path))["sources"]
    assert (one["source"], one["tables"]) == ("github", {"push_event": 2, "tracks": 2})
    assert document(tideline("rollups", "--source", "app", "--json", cwd=tmp_path))["rollups"] == []
    kept = document(tideline("retain", "--json", cwd=tmp_path))["sources"]
    assert [(entry["source"], entry["tables"]) for entry in kept] == [("web", {})]

    write_file(tmp_path / "web", hour(1), [track("late", at=hour(0))], part=7)
    again = document(tideline("load", "--json", cwd=tmp_path))["hours"]
    assert [(entry["source"], entry["archive_hour"]) for entry in again] == [("web", hour(1).isoformat())]
    prove_three(tmp_path, database)


def test_the_catalog_of_one_source_is_asked_for_by_its_name(tmp_path: Path) -> None:
    write_archives(tmp_path)
    write_three(tmp_path, f"{tmp_path}/w.duckdb")
    assert tideline("load", cwd=tmp_path).returncode == 0
    several = tideline("catalog", "export", cwd=tmp_path)
    assert (several.returncode, "--source" in several.stderr) == (2, True)
    exported = tideline("catalog", "export", "--source", "github", cwd=tmp_path)
    assert "[push_event]" in exported.stdout
    assert "app_opened" not in exported.stdout
    dropped = document(tideline("catalog", "drop", "app_opened", "--source", "app", "--json", cwd=tmp_path))
    assert (dropped["dropped"], dropped["rows"]) == (3, 3)
    rooms = {
        name: document(tideline("catalog", "list", "--source", name, "--json", cwd=tmp_path))["tables"]
        for name in ("web", "app")
    }
    assert {entry["table"]: entry["state"] for entry in rooms["app"]} == {"tracks": "", "app_opened": "dropped"}
    assert {entry["table"]: entry["rows"] for entry in rooms["web"]} == {"tracks": 8, "order_completed": 8}


def test_a_source_whose_archive_is_gone_does_not_stop_the_others(tmp_path: Path) -> None:
    write_archives(tmp_path)
    config = write_three(tmp_path, f"{tmp_path}/w.duckdb", github=tmp_path / "nowhere")
    dry = tideline("load", "--dry-run", cwd=tmp_path)
    assert (dry.returncode, "4 pending hours" in dry.stdout) == (1, True)
    done = tideline("load", "--json", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("tideline: ")]
    assert line.startswith("tideline: source github is skipped: ")
    assert "nowhere" in line
    assert '"loaded": 4' in done.stdout
    assert '"github": "' in done.stdout
    status = tideline("status", cwd=tmp_path)
    assert (status.returncode, "nowhere" in status.stdout, "Source app" in status.stdout) == (1, True, True)

    settings = settings_of(config)
    starts = first_hours(settings, hour(400))
    assert starts == {
        "web": hour(0).replace(hour=0),
        "github": FIRSTS["app"].replace(hour=0),
        "app": FIRSTS["app"].replace(hour=0),
    }
    dg.Definitions.validate_loadable(build_definitions(settings, starts, resource_of(config)))

    shutil.rmtree(tmp_path / "web")
    shutil.rmtree(tmp_path / "app")
    assert tideline("load", cwd=tmp_path).returncode == 2


def test_failures_of_one_source_leave_all_other_hours_to_be_loaded(tmp_path: Path) -> None:
    write_archives(tmp_path)
    for number in (2, 3, 4):
        write_file(tmp_path / "web", hour(number), [track(f"m{number}", at=hour(number))])
    write_three(tmp_path, f"{tmp_path}/w.duckdb")
    assert tideline("load", "--source", "web", cwd=tmp_path).returncode == 0
    for note in (tmp_path / "lake" / "web" / "hours").glob("*.json"):
        note.write_text('{"format": 1000}')
    for number in range(5):
        write_file(tmp_path / "web", hour(number), [track(f"n{number}", at=hour(number))], part=9)
    done = tideline("load", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert '"loaded": 4' in done.stdout
    assert '"failed": 5' in done.stdout
    assert '"left": 0' in done.stdout
    assert "failed: web 2026-01-31T07, web 2026-01-31T08, web 2026-01-31T09" in done.stderr


def built(settings: Settings, config: Path) -> dg.Definitions:
    return build_definitions(settings, first_hours(settings, hour(400)), resource_of(config))


def test_dagster_has_a_group_jobs_schedules_and_sensors_for_each(tmp_path: Path) -> None:
    write_archives(tmp_path)
    config = write_three(tmp_path, f"{tmp_path}/w.duckdb")
    definitions = built(settings_of(config), config)
    graph = definitions.resolve_asset_graph()
    for name in SOURCES:
        keys = {key for key in graph.get_all_asset_keys() if key.path[0] == name}
        assert {key.to_user_string() for key in keys} >= {f"{name}/archive", f"{name}/lake", f"{name}/warehouse"}
        assert {graph.get(key).group_name for key in keys} == {name}
        hours = graph.get(dg.AssetKey([name, "lake"])).partitions_def
        assert hours is not None
        assert hours.get_first_partition_key() == f"{FIRSTS[name].replace(hour=0):%Y-%m-%dT%H}"
        for job in (f"load_hours_{name}", f"recompute_rollups_{name}"):
            assert definitions.resolve_job_def(job).partitions_def is not None
        assert definitions.resolve_schedule_def(f"closed_hours_{name}").job_name == f"load_hours_{name}"
        for sensor in (f"pending_hours_{name}", f"loaded_hours_{name}", f"due_rollup_days_{name}"):
            assert definitions.resolve_sensor_def(sensor).name == sensor


@pytest.mark.slow
def test_dagster_materializes_a_partition_of_each(
    tmp_path: Path, database: Database | None, instance: dg.DagsterInstance
) -> None:
    write_archives(tmp_path)
    config = write_three(tmp_path, warehouse_of(tmp_path, database))
    definitions = built(settings_of(config), config)
    for name in SOURCES:
        asked = requests_of(sensor_tick(definitions, resource_of(config), instance, f"pending_hours_{name}"))
        assert {request.tags["tideline/source"] for request in asked} == {name}
        job = definitions.resolve_job_def(f"load_hours_{name}")
        for number in range(2):
            key = f"{FIRSTS[name] + timedelta(hours=number * (1 + (name == 'app'))):%Y-%m-%dT%H}"
            result = job.execute_in_process(instance=instance, partition_key=key)
            assert checks_of(result) == dict.fromkeys(checks_of(result), True)
            assert len(checks_of(result)) == 18
            assert metadata_of(instance, [name, "warehouse"])[key]["loaded"] is True
    prove_three(tmp_path, database)


@pytest.mark.slow
def test_three_sources_load_at_once_into_one_warehouse(tmp_path: Path, database: Database | None) -> None:
    write_archives(tmp_path)
    write_three(tmp_path, warehouse_of(tmp_path, database))
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "event_assets.cli", "load", "--source", name],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in SOURCES
    ]
    errors = [process.communicate(timeout=300)[1] for process in commands]
    assert [process.returncode for process in commands] == [0, 0, 0], errors
    prove_three(tmp_path, database)
