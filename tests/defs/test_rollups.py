"""Rollups: the runs of the sensor, the metadata of days, and the report of the command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from event_assets.definitions import build_definitions
from event_assets.defs.sensors.run_requests import busy_hours
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.pipeline.rollups import find_due_days, recompute_sources
from tests.cli.test_app import document, tideline
from tests.defs.build import (
    held_elsewhere,
    hour,
    resource_of,
    settings_of,
    track,
    write_config,
    write_file,
    write_hours,
)
from tests.defs.sensors.test_pending_hours import key, note_run, requests_of, spans_of, tick

ALL = ["active_users_daily", "events_daily", "sessions"]
SENSOR = "due_rollup_days"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def load_all(config: Path) -> None:
    """Every pending hour, without Dagster and without rollups."""
    settings = settings_of(config)
    for outcome in load_plans(settings, plan_hours(settings, Choice()), Choice(), lambda *_: None):
        assert outcome.state == "loaded", outcome.error


def day(number: int) -> str:
    return f"{hour(0) + timedelta(days=number):%Y-%m-%d}"


def write_days(folder: Path, *days: int, part: int = 0) -> None:
    """An event on rollup of these days, arrived in its first hour."""
    for number in days:
        arrived = hour(0) + timedelta(days=number)
        write_file(folder / "archive", arrived, [track(f"d{number}-{part}", at=arrived)], part=part)


def run_of(config: Path, instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    """Run a request as the daemon does."""
    job = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config)).resolve_job_def(
        "recompute_rollups"
    )
    return job.execute_in_process(
        instance=instance,
        partition_key=request.partition_key,
        tags=dict(request.tags),
        asset_selection=list(request.asset_selection or []),
        raise_on_error=False,
    )


def names_of(request: dg.RunRequest) -> list[str]:
    return [asset.path[-1] for asset in request.asset_selection or []]


def test_contiguous_due_days_are_one_run_and_a_touched_day_alone_is_requested_again(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_days(tmp_path, 0, 1, 2, 4)
    config = write_config(tmp_path, hours=24 * 6)
    load_all(config)
    found = tick(config, instance, SENSOR)
    assert spans_of(found) == [(day(0), day(2)), (day(4), day(4))]
    assert [request.tags["tideline/why"] for request in requests_of(found)] == ["3 days new", "1 day new"]
    for request in requests_of(found):
        assert names_of(request) == ALL
        assert run_of(config, instance, request).success
    assert requests_of(tick(config, instance, SENSOR)) == []
    write_days(tmp_path, 1, part=1)
    load_all(config)
    found = tick(config, instance, SENSOR)
    assert spans_of(found) == [(day(1), day(1))]
    assert run_of(config, instance, requests_of(found)[0]).success
    shown = metadata_of(instance, "rollups", "sessions")
    assert {
        partition: (metadata["rows"], metadata["why"], metadata["loads"]) for partition, metadata in shown.items()
    } == {
        day(0): (1, "new", 1),
        day(1): (1, "touched", 1),
        day(2): (1, "new", 1),
        day(4): (1, "new", 1),
    }
    assert key(24) in shown[day(1)]["touched_by"]
    assert "| rows | 1 | 1 | +0 |" in shown[day(1)]["before_and_after"]
    assert "| events | 1 | 2 | +1 |" in shown[day(1)]["before_and_after"].replace("\\_", "_")
    assert "before_and_after" not in shown[day(0)], "a new day"
    (daily,) = [shown for date, shown in metadata_of(instance, "rollups", "events_daily").items() if date == day(1)]
    assert daily["rows_before"] == daily["rows"] == 1
    reported = tick(config, instance, "computed_rollups")
    assert isinstance(reported, dg.SensorResult)
    assert reported.asset_events == [], "the runs have reported these days"

    write_days(tmp_path, 2, part=1)
    load_all(config)
    assert tideline("rollups", "--config", config, cwd=tmp_path).returncode == 0
    again = tick(config, instance, "computed_rollups", reported.cursor)
    assert isinstance(again, dg.SensorResult)
    assert [(event.asset_key.path[-1], event.partition) for event in again.asset_events] == [
        (name, day(2)) for name in ALL
    ]
    shown = {
        event.asset_key.path[-1]: {name: value.value for name, value in event.metadata.items()}
        for event in again.asset_events
        if isinstance(event, dg.AssetMaterialization)
    }
    daily = shown["events_daily"]
    assert (daily["why"], daily["rows"], daily["rows_before"], daily["computed_by"]) == ("touched", 1, 1, "the command")
    assert daily["dagster/partition_row_count"] == 1
    columns = {column.name: column.description for column in daily["dagster/column_schema"].columns}
    assert columns["date"] == "UTC day of the events"
    assert "events" in columns
    assert "| events | 1 | 2 | +1 |" in daily["before_and_after"]
    none = tick(config, instance, "computed_rollups", again.cursor)
    assert isinstance(none, dg.SensorResult)
    assert (list(none.asset_events), none.cursor) == ([], again.cursor)


def metadata_of(instance: dg.DagsterInstance, *path: str) -> dict[str | None, dict[str, Any]]:
    """The newest metadata of every materialized partition."""
    found: dict[str | None, dict[str, Any]] = {}
    for record in reversed(instance.fetch_materializations(dg.AssetKey(path), limit=100).records):
        materialization = record.asset_materialization
        assert materialization is not None
        found[materialization.partition] = {name: value.value for name, value in materialization.metadata.items()}
    return found


def test_days_outside_the_partitions_are_recomputed_with_the_nearest(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_file(tmp_path / "archive", hour(0), [track("old", at=hour(-24 * 400)), track("next", at=hour(20))])
    config = write_config(tmp_path, hours=1)
    load_all(config)
    (request,) = requests_of(tick(config, instance, SENSOR))
    assert request.partition_key == day(0)
    assert run_of(config, instance, request).success
    assert requests_of(tick(config, instance, SENSOR)) == []
    (shown,) = metadata_of(instance, "rollups", "sessions").values()
    assert shown["days_outside_partitions"] == [f"{hour(-24 * 400):%Y-%m-%d}", day(1)]
    assert not shown["recomputed"]


def test_a_rollup_that_the_warehouse_refuses_fails_alone_and_is_requested_again(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_days(tmp_path, 0, 1)
    (tmp_path / "own").mkdir()
    broken = "SELECT event_date AS date, nothing FROM tracks\nWHERE :start <= timestamp AND timestamp < :end"
    (tmp_path / "own" / "broken.sql").write_text(broken)
    config = write_config(tmp_path, hours=48, extra=f'rollups = "{tmp_path}/own"')
    load_all(config)
    (request,) = requests_of(tick(config, instance, SENSOR))
    assert names_of(request) == ["active_users_daily", "broken", "events_daily", "sessions"]
    result = run_of(config, instance, request)
    assert not result.success
    assert len(metadata_of(instance, "rollups", "sessions")) == 2
    assert metadata_of(instance, "rollups", "broken") == {}
    (again,) = requests_of(tick(config, instance, SENSOR))
    assert names_of(again) == ["broken"]
    note_run(instance, again, dg.DagsterRunStatus.FAILURE)
    assert requests_of(tick(config, instance, SENSOR)) == []
    monkeypatch.setattr("event_assets.defs.sensors.run_requests.RETRY_AFTER_MINUTES", 0)
    (third,) = requests_of(tick(config, instance, SENSOR))
    assert ((again.run_key or "")[:-1], (third.run_key or "")[-1]) == ((third.run_key or "")[:-1], "2")
    assert spans_of(tick(config, instance, SENSOR)) == [(day(0), day(1))]


def test_runs_of_days_and_runs_of_hours_are_independent(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_days(tmp_path, 0, 1)
    config = write_config(tmp_path, hours=48)
    load_all(config)
    (request,) = requests_of(tick(config, instance, SENSOR))
    note_run(instance, request, dg.DagsterRunStatus.STARTED)
    assert busy_hours(instance, "default") == set()
    assert requests_of(tick(config, instance, SENSOR)) == []
    write_hours(tmp_path / "archive", [2])
    assert spans_of(tick(config, instance)) == [(key(2), key(2))]


def test_a_warehouse_that_a_load_holds_skips_the_tick(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_days(tmp_path, 0)
    config = write_config(tmp_path)
    load_all(config)
    with held_elsewhere(tmp_path / "warehouse.duckdb"):
        assert isinstance(tick(config, instance, SENSOR), dg.SkipReason)


def test_load_recomputes_what_is_due_and_rollups_does_it_alone(tmp_path: Path) -> None:
    write_days(tmp_path, 0, 1)
    write_config(tmp_path, hours=48)
    assert document(tideline("load", "--no-rollups", "--json", cwd=tmp_path))["rollups"] == []
    due = document(tideline("rollups", "--dry-run", "--json", cwd=tmp_path))["due"]
    assert [(rollup["rollup"], [entry["date"] for entry in rollup["days"]]) for rollup in due] == [
        (name, [day(0), day(1)]) for name in ALL
    ]
    done = tideline("rollups", "--json", cwd=tmp_path)
    assert [(rollup["rollup"], len(rollup["days"])) for rollup in document(done)["rollups"]] == [
        (name, 2) for name in ALL
    ]
    assert "rollups default/sessions days=2 rows=2" in done.stderr
    write_days(tmp_path, 1, part=1)
    report = document(tideline("load", "--json", cwd=tmp_path))["rollups"]
    assert [(rollup["rollup"], rollup["days"][0]["date"], rollup["days"][0]["why"]) for rollup in report] == [
        (name, day(1), "touched") for name in ALL
    ]
    (changed,) = [rollup["days"][0] for rollup in report if rollup["rollup"] == "events_daily"]
    assert (changed["before"]["events"], changed["after"]["events"]) == (1, 2)
    assert "No day of a rollup is due" in tideline("rollups", cwd=tmp_path).stdout


def test_a_wrong_file_is_reported_and_the_command_fails(tmp_path: Path) -> None:
    write_days(tmp_path, 0)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "wrong.sql").write_text("SELECT 1\nFRM tracks WHERE :start < :end")
    write_config(tmp_path, extra='rollups = "own"')
    done = tideline("load", cwd=tmp_path)
    assert done.returncode == 1
    assert "rollups default/wrong failed: own/wrong.sql, line 2: " in done.stderr
    assert "rollups default/sessions days=1" in done.stderr
    write_days(tmp_path, 1)
    write_config(tmp_path, extra='rollups = "nowhere"')
    for command in (["rollups"], ["load"], ["rollups", "--dry-run"]):
        missing = tideline(*command, cwd=tmp_path)
        assert (missing.returncode, "nowhere does not exist" in missing.stderr) == (2, True)
        assert "2026-02-01" not in missing.stderr


def test_every_source_has_rollups_of_its_own(tmp_path: Path) -> None:
    for name in ("web", "shop"):
        write_file(tmp_path / name, hour(0), [track(name, at=hour(0))])
    config = tmp_path / "two.toml"
    config.write_text(
        f"lake = '{tmp_path}/lake'\nwarehouse = '{tmp_path}/w.duckdb'\n"
        f"[sources.web]\narchive = '{tmp_path}/web'\nschema = 'web'\n"
        f"[sources.shop]\narchive = '{tmp_path}/shop'\nschema = 'shop'\nrollups_schema = 'numbers'\n"
    )
    load_all(config)
    settings = settings_of(config)
    assert [(rollup.source, rollup.rollup) for rollup in find_due_days(settings)] == [
        (source, name) for source in ("web", "shop") for name in ALL
    ]
    assert not any(result.errors for result in recompute_sources(settings))
    assert find_due_days(settings) == []
    assert {source.rollups_schema for source in settings.sources.values()} == {"rollups_web", "numbers"}
