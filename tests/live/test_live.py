"""A live `dagster dev`: a backfill by GraphQL, a late file that reloads only its hour and day, a killed worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.connection.warehouse import Warehouse
from tests.browser.dagster_dev import Dagster, running_dagster, wait_for
from tests.conftest import ROOT
from tests.defs.build import hour, track, write_file
from tests.health.webhook_server import serving
from tests.live.project import (
    FINISHED,
    Project,
    archive_day,
    load_again,
    materialized_at,
    overlapping,
    step_spans,
    worker_of,
    write_project,
)
from tests.postgres import Database, Server
from tests.promises.compare import differences

PATIENCE = 420.0
ROLLUPS = ("rollups/active_users_daily", "rollups/events_daily", "rollups/sessions")


def backfill(dagster: Dagster, project: Project) -> list[dict[str, Any]]:
    """Materialize every hour as the UI does; return the runs."""
    return end_of(dagster, dagster.backfill(["lake", "warehouse"], project.keys))


def end_of(dagster: Dagster, backfill: str) -> list[dict[str, Any]]:
    """Wait for the end of a backfill; return its runs."""
    wait_for(
        lambda: dagster.backfill_status(backfill) not in {"REQUESTED", "FAILING"}, "the backfill", seconds=PATIENCE
    )
    assert dagster.backfill_status(backfill) == "COMPLETED_SUCCESS", dagster.log.read_text()[-4000:]
    return dagster.runs()


@pytest.mark.slow
def test_days_are_backfilled_in_few_runs_and_a_late_file_reloads_its_hour_and_day_only(tmp_path: Path) -> None:
    project = write_project(tmp_path, 30, hours_per_run=10)
    with running_dagster(tmp_path / "home", project.config, patience=PATIENCE) as dagster:
        runs = backfill(dagster, project)
        assert [run["status"] for run in runs] == ["SUCCESS"] * 3
        spans = step_spans(dagster, "warehouse")
        assert len(spans) == 3
        assert overlapping(spans) == 0
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            loads = connection.execute("SELECT count(DISTINCT shared_load), count(*) FROM tideline.loads").fetchone()
        assert loads == (3, 30)
        assert differences(tmp_path / "warehouse.duckdb", load_again(project)) == []

        dagster.start_sensor("due_rollup_days")
        days = {archive_day(hour(number)) for number in range(30)}
        wait_for(
            lambda: all(days <= materialized_at(dagster, rollup).keys() for rollup in ROLLUPS),
            "rollups",
            seconds=PATIENCE,
        )
        before = {asset: materialized_at(dagster, asset) for asset in ("lake", "warehouse", *ROLLUPS)}

        write_file(tmp_path / "archive", hour(20), [track("late", at=hour(20), event="Event 1", price=9)], part=9)
        dagster.start_sensor("pending_hours")
        late_hour, late_day = f"{hour(20):%Y-%m-%dT%H}", archive_day(hour(20))
        wait_for(lambda: len(materialized_at(dagster, "warehouse")[late_hour]) == 2, "the late hour", seconds=PATIENCE)
        wait_for(
            lambda: all(
                len(materialized_at(dagster, rollup)[late_day]) > len(before[rollup][late_day])
                for rollup in ROLLUPS[1:]
            ),
            "the late day",
            seconds=PATIENCE,
        )
        wait_for(lambda: all(run["status"] in FINISHED for run in dagster.runs()), "the end of runs", seconds=PATIENCE)
        for asset, known in before.items():
            turned = {key for key, runs_of in materialized_at(dagster, asset).items() if runs_of != known.get(key)}
            assert turned <= ({late_hour} if asset in {"lake", "warehouse"} else {late_day}), asset


@pytest.mark.slow
def test_a_killed_worker_is_noticed_and_the_hours_are_the_same_in_the_end(tmp_path: Path) -> None:
    project = write_project(tmp_path, 60, hours_per_run=240, extra="hours_per_load = 4\n")
    with serving() as webhook:
        config = project.config
        config.write_text(config.read_text() + '[alerts]\nwebhook = {env = "HOOK"}\n')
        secret = {"HOOK": webhook.url}
        with running_dagster(tmp_path / "home", config, environment=secret, patience=PATIENCE) as dagster:
            dagster.backfill(["lake", "warehouse"], project.keys)
            wait_for(lambda: bool(dagster.runs()), "the run", seconds=PATIENCE)
            (run,) = dagster.runs()
            wait_for(lambda: len(_loaded(dagster, run["runId"])) > 5, "some loads", seconds=PATIENCE)
            pid = worker_of(dagster, run["runId"])
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert len(_loaded(dagster, run["runId"])) < 60
            wait_for(lambda: _status(dagster, run["runId"]) == "FAILURE", "the loss to be noticed", seconds=PATIENCE)
            wait_for(lambda: len(dagster.runs()) == 2, "the run that takes it up", seconds=PATIENCE)
            wait_for(lambda: all(run["status"] in FINISHED for run in dagster.runs()), "its end", seconds=PATIENCE)
            assert sorted(run["status"] for run in dagster.runs()) == ["FAILURE", "SUCCESS"]
            assert materialized_at(dagster, "warehouse").keys() == set(project.keys)
            wait_for(lambda: bool(webhook.received), "the alert", seconds=PATIENCE)
            assert webhook.received[0]["run_id"] == run["runId"]
            assert webhook.received[0]["partitions"] == f"{project.keys[0]} to {project.keys[-1]}"
        assert differences(tmp_path / "warehouse.duckdb", load_again(project)) == []
        assert _files_with(tmp_path / "home", "hush-token") == []


@pytest.mark.slow
def test_on_postgresql_loads_of_several_workers_run_side_by_side(tmp_path: Path, postgres: Server) -> None:
    """Also: no password or token of the settings is in what Dagster keeps, neither of good runs nor of a failed one."""
    database = postgres.new_database()
    project = write_project(tmp_path, 24, hours_per_run=6, events=40, database=database)
    text = project.config.read_text().replace(
        "postgresql+psycopg://postgres:@", "postgresql+psycopg://postgres:hush-word@"
    )
    assert "hush-word" in text
    options = "[source.storage_options]\nauto_mkdir = true\n"
    project.config.write_text(text + options)
    yaml = (
        (ROOT / "deploy" / "dagster-dev.yaml").read_text().replace("max_concurrent_runs: 2 ", "max_concurrent_runs: 3 ")
    )
    with running_dagster(tmp_path / "home", project.config, instance=yaml, patience=PATIENCE) as dagster:
        # A load that does not end before two others, whose rows are in the database, wait for it: both are at work.
        with Warehouse.open(database.warehouse_url).holding("events"):
            identifier = dagster.backfill(["lake", "warehouse"], project.keys)
            wait_for(lambda: waiting_loads(database) >= 2, "two loads at once", seconds=PATIENCE)
        runs = end_of(dagster, identifier)
        assert [run["status"] for run in runs] == ["SUCCESS"] * 4
        assert overlapping(step_spans(dagster, "warehouse")) >= 1
        copy = tmp_path / "copy.duckdb"
        database.mirror(copy)
        afresh = load_again(project)
        assert differences(copy, afresh) == []
        project.config.write_text(text.replace(database.name, "gone") + options)
        dagster.backfill(["lake", "warehouse"], project.keys[:1])
        wait_for(lambda: any(run["status"] == "FAILURE" for run in dagster.runs()), "a failed run", seconds=PATIENCE)
    assert _files_with(tmp_path / "home", "hush-word") == []


def waiting_loads(database: Database) -> int:
    """Return how many sessions wait for an advisory lock of a database."""
    with database.connect() as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
    return waiting[0] if waiting else 0


def _status(dagster: Dagster, run_id: str) -> str:
    return str(next(run["status"] for run in dagster.runs() if run["runId"] == run_id))


def _loaded(dagster: Dagster, run_id: str) -> list[str]:
    """Return the lines of a run's log about an hour in the warehouse."""
    messages = (str(event.get("message")) for event in dagster.logs(run_id))
    return [line for line in messages if " warehouse files=" in line]


def _files_with(folder: Path, secret: str) -> list[str]:
    """The files below a folder that hold a text, as it is, or in UTF-16."""
    wanted = (secret.encode(), secret.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if any(text in path.read_bytes() for text in wanted)]
