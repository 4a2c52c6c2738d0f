"""The sensor: late and missing files become runs, running hours are left alone, failed ones are requested again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest

from event_assets.definitions import build_definitions
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.rollup_days import explain_days
from event_assets.defs.sensors.run_requests import busy_hours
from event_assets.discovery.lookback import Memory
from event_assets.pipeline.hour import load_note, normalize_hour
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from tests.defs.build import held_elsewhere, hour, resource_of, settings_of, write_config, write_hours
from tests.defs.test_assets import run_hours


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def tick(
    config: Path, instance: dg.DagsterInstance, sensor: str = "pending_hours", cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    """Return the result of one tick of a sensor."""
    definitions = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    return sensor_tick(definitions, resource_of(config), instance, sensor, cursor)


def sensor_tick(
    definitions: dg.Definitions,
    resource: Tideline,
    instance: dg.DagsterInstance,
    sensor: str,
    cursor: str | None = None,
) -> dg.SensorResult | dg.SkipReason:
    """Return the result of one tick of a sensor of these definitions."""
    with dg.build_sensor_context(
        instance=instance,
        repository_def=definitions.get_repository_def(),
        resources={"tideline": resource},
        cursor=cursor,
    ) as context:
        found = definitions.resolve_sensor_def(sensor)(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def requests_of(found: dg.SensorResult | dg.SkipReason) -> list[dg.RunRequest]:
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or [])


def spans_of(found: dg.SensorResult | dg.SkipReason) -> list[tuple[str, str]]:
    spans = []
    for request in requests_of(found):
        tags = request.tags
        first = request.partition_key or tags["dagster/asset_partition_range_start"]
        spans.append((first, request.partition_key or tags["dagster/asset_partition_range_end"]))
    return spans


def key(number: int) -> str:
    return f"{hour(number):%Y-%m-%dT%H}"


def note_run(instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
    """Add a run in this state, as the daemon creates it from a request."""
    tags = dict(request.tags)
    if request.partition_key is not None:
        tags["dagster/partition"] = request.partition_key
    instance.add_run(dg.DagsterRun(job_name="load_hours", tags=tags, status=status))


def test_missing_and_late_hours_are_as_few_runs_as_their_gaps_allow(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [1, 2, 3, 5])
    config = write_config(tmp_path)
    missing = tick(config, instance)
    assert spans_of(missing) == [(key(1), key(3)), (key(5), key(5))]
    assert [request.tags["tideline/why"] for request in requests_of(missing)] == ["3 new hours", "1 new hour"]
    run_hours(config, instance, 1, 3)
    assert spans_of(tick(config, instance)) == [(key(5), key(5))]
    run_hours(config, instance, 5, 5)
    write_hours(tmp_path / "archive", [2], events=6)
    rewritten = tick(config, instance)
    assert spans_of(rewritten) == [(key(2), key(2))]
    file = f"{int(hour(2).timestamp())}.shop.0000.json.gz"
    assert [request.tags["tideline/why"] for request in requests_of(rewritten)] == [f"1 rewritten file: {file}"]


def test_a_run_is_as_long_as_the_settings_allow(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", range(5))
    config = write_config(tmp_path, extra="hours_per_run = 2")
    assert spans_of(tick(config, instance)) == [(key(0), key(1)), (key(2), key(3)), (key(4), key(4))]


def test_hours_of_an_unfinished_run_are_left_alone(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path)
    (asked,) = requests_of(tick(config, instance))
    note_run(instance, asked, dg.DagsterRunStatus.STARTED)
    assert busy_hours(instance, "default") == {hour(0), hour(1)}
    write_hours(tmp_path / "archive", [2])
    assert spans_of(tick(config, instance)) == [(key(2), key(2))]


def test_a_failed_run_is_requested_again_with_a_new_key_after_its_wait(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path)
    (first,) = requests_of(tick(config, instance))
    note_run(instance, first, dg.DagsterRunStatus.FAILURE)
    assert requests_of(tick(config, instance)) == []
    monkeypatch.setattr("event_assets.defs.sensors.run_requests.RETRY_AFTER_MINUTES", 0)
    (second,) = requests_of(tick(config, instance))
    assert (first.run_key, second.run_key) == (f"{(first.run_key or '')[:-1]}1", f"{(first.run_key or '')[:-1]}2")
    assert second.partition_key == first.partition_key


def test_a_run_that_failed_while_the_clock_was_ahead_is_requested_again(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path)
    (first,) = requests_of(tick(config, instance))
    note_run(instance, first, dg.DagsterRunStatus.FAILURE)
    (record,) = instance.get_run_records()
    ahead = SimpleNamespace(end_time=None, create_timestamp=record.create_timestamp + timedelta(days=365))
    monkeypatch.setattr(instance, "get_run_records", lambda *_, **__: [ahead])
    assert [request.partition_key for request in requests_of(tick(config, instance))] == [key(0)]


def test_late_files_are_loaded_after_a_load_of_a_clock_that_was_ahead(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [1, 2])
    config = write_config(tmp_path, settle="5m")
    settings = settings_of(config)
    for plan in plan_hours(settings, Choice()):
        note = normalize_hour(settings, plan.source, plan.state.manifest).note
        load_note(settings, plan.source, note, now=lambda: datetime.now(UTC) + timedelta(days=365))
    write_hours(tmp_path / "archive", [2], events=6)
    for path in (tmp_path / "archive").rglob("*.gz"):
        os.utime(path, (time.time() - 900, time.time() - 900))
    assert spans_of(tick(config, instance)) == [(key(1), key(2))], "both have other times, which are their etags"


def test_a_failed_range_is_requested_in_halves_until_the_bad_hour_is_alone(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", range(4))
    config = write_config(tmp_path)
    expected = [[(0, 3)], [(0, 1), (2, 3)], [(0, 0), (1, 1), (2, 2), (3, 3)]]
    for spans in expected:
        asked = tick(config, instance)
        assert spans_of(asked) == [(key(first), key(last)) for first, last in spans]
        for request in requests_of(asked):
            note_run(instance, request, dg.DagsterRunStatus.FAILURE)


def test_hours_outside_the_partitions_are_counted_and_not_requested(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [-2, 30])
    found = tick(write_config(tmp_path, hours=24), instance)
    assert isinstance(found, dg.SensorResult)
    assert not found.run_requests
    assert found.skip_reason is not None
    assert "2 pending" in str(found.skip_reason.skip_message)
    assert "2 not closed yet or outside" in str(found.skip_reason.skip_message)


def test_hours_wait_while_files_still_arrive(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path, settle="10m")
    found = tick(config, instance)
    assert requests_of(found) == []
    assert isinstance(found, dg.SensorResult)
    assert "2 wait for more files" in str(found.skip_reason)
    for path in (tmp_path / "archive").rglob(f"{int(hour(0).timestamp())}.*"):
        written = time.time() - 601
        os.utime(path, (written, written))
    assert spans_of(tick(config, instance)) == [(key(0), key(0))]


def test_between_two_full_sweeps_old_hours_are_checked_only_while_they_are_pending(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    """The archive's hours are older than the look-back."""
    write_hours(tmp_path / "archive", [0, 1, 5])
    config = write_config(tmp_path)
    first = tick(config, instance)
    assert isinstance(first, dg.SensorResult)
    assert spans_of(first) == [(key(0), key(1)), (key(5), key(5))]
    followed = tick(config, instance, cursor=first.cursor)
    assert spans_of(followed) == spans_of(first)
    run_hours(config, instance, 0, 5)
    assert isinstance(followed, dg.SensorResult)
    done = tick(config, instance, cursor=followed.cursor)
    assert isinstance(done, dg.SensorResult)
    assert "6 hours checked, 0 pending" in str(done.skip_reason)
    write_hours(tmp_path / "archive", [2])
    unseen = tick(config, instance, cursor=done.cursor)
    assert isinstance(unseen, dg.SensorResult)
    assert "0 hours checked" in str(unseen.skip_reason)
    memory = Memory.parse(unseen.cursor)
    assert memory.swept is not None
    yesterday = Memory(memory.swept - timedelta(hours=25))
    assert spans_of(tick(config, instance, cursor=yesterday.dump())) == [(key(2), key(2))]


def test_late_hours_of_the_look_back_are_found_at_every_tick(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    recent = int((now - hour(0)) / timedelta(hours=1)) - 30
    write_hours(tmp_path / "archive", [0, recent])
    config = write_config(tmp_path, hours=recent + 20)
    cursor = Memory(datetime.now(UTC)).dump()
    assert spans_of(tick(config, instance, cursor=cursor)) == [(key(recent), key(recent))]


def test_a_full_sweep_reports_the_hours_that_have_no_files_and_usually_do(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    last = int((now - hour(0)) / timedelta(hours=1))
    write_hours(tmp_path / "archive", (n for n in range(last - 96, last) if n not in {last - 5, last - 30}), events=1)
    config = write_config(tmp_path, hours=last + 20)
    found = tick(config, instance)
    assert isinstance(found, dg.SensorResult)
    (seen,) = found.asset_events
    assert isinstance(seen, dg.AssetObservation)
    assert seen.asset_key == dg.AssetKey("archive")
    assert seen.metadata["missing_hours"].value == 2
    assert seen.metadata["newest_missing_hours"].value == f"* {key(last - 30)}\n* {key(last - 5)}"
    again = tick(config, instance, cursor=found.cursor)
    assert isinstance(again, dg.SensorResult)
    assert list(again.asset_events) == []


def test_hours_that_a_tick_did_not_check_are_no_gaps(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    last = int((now - hour(0)) / timedelta(hours=1))
    write_hours(tmp_path / "archive", range(last - 240, last + 1), events=1)
    config = write_config(tmp_path, hours=last + 20, settle="1h")
    memory = Memory(datetime.now(UTC), hour(last - 240), hour(last - 217))
    found = tick(config, instance, cursor=memory.dump())
    assert isinstance(found, dg.SensorResult)
    assert requests_of(found) == []
    assert "wait for more files" in str(found.skip_reason)
    assert "no files" not in str(found.skip_reason)


def test_a_warehouse_that_a_load_holds_skips_the_tick(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    """Another process, for one process never blocks itself."""
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path)
    run_hours(config, instance, 0, 0)
    with held_elsewhere(tmp_path / "warehouse.duckdb"):
        found = tick(config, instance)
    assert isinstance(found, dg.SkipReason)
    assert "busy" in (found.skip_message or "")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM tideline.loads").fetchone() == (1,)


def test_hours_that_the_command_loaded_are_reported_once_and_those_of_runs_never(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [0, 1, 2])
    config = write_config(tmp_path)
    settings = settings_of(config)
    run_hours(config, instance, 0, 0)
    outcomes = list(load_plans(settings, plan_hours(settings, Choice()), Choice(), lambda *_: None))
    assert [outcome.state for outcome in outcomes] == ["loaded", "loaded"]
    found = tick(config, instance, "loaded_hours")
    assert isinstance(found, dg.SensorResult)
    events = [event for event in found.asset_events if isinstance(event, dg.AssetMaterialization)]
    assert [event.asset_key.to_user_string() for event in events[6:]] == [
        "events/order_completed", "events/tracks", "tideline/arrivals",
    ]  # fmt: skip
    reported = events[:6]
    assert [(event.asset_key.to_user_string(), event.partition) for event in reported] == [
        (asset, key(number)) for number in (1, 2) for asset in ("archive", "lake", "warehouse")
    ]
    assert reported[2].metadata["events"].value == 5
    assert str(reported[2].metadata["summary"].value).startswith("**Why:** loaded by the command.")
    (request,) = requests_of(found)
    assert (request.tags["tideline/from"], request.tags["tideline/to"]) == (key(1), key(2))
    assert request.tags["tideline/why"] == "2 hours loaded by the command"
    definitions = build_definitions(settings, {"default": hour(0)}, resource_of(config))
    job = definitions.resolve_job_def("check_hours")
    checked = job.execute_in_process(instance=instance, tags=dict(request.tags))
    results = {check.check_name: check.metadata for check in checked.get_asset_check_evaluations()}
    specs = [spec for check in definitions.asset_checks or [] for spec in check.check_specs]
    assert set(results) == {spec.name for spec in specs}
    assert results["lines_add_up"]["hours_checked"].value == 2
    again = tick(config, instance, "loaded_hours", cursor=found.cursor)
    assert isinstance(again, dg.SensorResult)
    assert (list(again.asset_events), again.cursor, requests_of(again)) == ([], found.cursor, [])


def test_days_of_rollups_are_requested_for_a_reason_in_words() -> None:
    assert explain_days([{"touched"}, {"touched"}, {"new"}]) == "1 day new, 2 days touched"
    assert explain_days([{"edited"}]) == "1 day edited"
