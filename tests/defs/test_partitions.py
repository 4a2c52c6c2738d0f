"""Partitions and the schedule: archive hours in UTC, the closed one after its grace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from event_assets.config.settings import parse_hour
from event_assets.definitions import build_definitions
from event_assets.defs.partitions import hour_partitions, partition_key, run_hours
from event_assets.defs.schedules import cron_minute
from event_assets.discovery.settling import closed_hour
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_hours
from tests.defs.test_assets import run_hours as run_hours_in_process


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as new:  # a schedule opens its instance by name, so it must be on disk
        yield new


def test_partitions_are_the_hours_from_start_to_end_inclusive() -> None:
    partitions = hour_partitions(parse_hour("2026-01-31T22"), parse_hour("2026-02-01T01"))
    assert partitions.get_partition_keys() == ["2026-01-31T22", "2026-01-31T23", "2026-02-01T00", "2026-02-01T01"]


def test_without_an_end_the_last_partition_is_the_hour_that_closed() -> None:
    partitions = hour_partitions(parse_hour("2026-03-29T00"))
    now = datetime(2026, 3, 29, 4, 30, tzinfo=UTC)
    assert partitions.get_partition_keys(current_time=now) == [f"2026-03-29T0{n}" for n in range(4)]


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(seconds=90), timedelta(minutes=10), timedelta(minutes=75)])
def test_at_the_scheduled_minute_the_grace_of_exactly_one_more_hour_is_over(grace: timedelta) -> None:
    first = datetime(2026, 1, 31, 9, cron_minute(grace), tzinfo=UTC)
    hours = [closed_hour(first + timedelta(hours=n), grace) for n in range(3)]
    assert hours == [hours[0] + timedelta(hours=n) for n in range(3)]
    assert first - timedelta(minutes=1) < hours[0] + timedelta(hours=1) + grace <= first


def scheduled(config: Path, instance: dg.DagsterInstance, number: int) -> dg.RunRequest | dg.SkipReason:
    """What the schedule asks for when the grace of 15 minutes after an hour is over."""
    resource = resource_of(config)
    built = build_definitions(settings_of(config), {"default": hour(0)}, resource)
    schedule = built.resolve_schedule_def("closed_hours")
    assert schedule.cron_schedule == "15 * * * *"
    with dg.build_schedule_context(  # opens the instance once more; left open, it is the next test's current one
        instance=instance,
        scheduled_execution_time=hour(number + 1) + timedelta(minutes=15),
        repository_def=built.get_repository_def(),
        resources={"tideline": resource},
    ) as context:
        asked = schedule(context)
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked


def test_the_schedule_asks_for_the_closed_hour_and_skips_what_is_no_partition(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    config = write_config(tmp_path, hours=2, extra='grace = "15m"')
    asked = scheduled(config, instance, 1)
    assert isinstance(asked, dg.RunRequest)
    assert (asked.partition_key, asked.run_key) == ("2026-01-31T08", "2026-01-31T08")
    assert isinstance(scheduled(config, instance, 2), dg.SkipReason)


def test_the_schedule_leaves_an_hour_that_is_loaded_or_running_until_its_files_change(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path, extra='grace = "15m"')
    run_hours_in_process(config, instance, 0, 0)
    skipped = scheduled(config, instance, 0)
    assert isinstance(skipped, dg.SkipReason)
    assert "is loaded" in (skipped.skip_message or "")
    write_hours(tmp_path / "archive", [0], events=6)
    assert isinstance(scheduled(config, instance, 0), dg.RunRequest)
    tags = {"dagster/partition": partition_key(hour(1))}
    instance.add_run(dg.DagsterRun(job_name="load_hours", tags=tags, status=dg.DagsterRunStatus.STARTED))
    skipped = scheduled(config, instance, 1)
    assert isinstance(skipped, dg.SkipReason)
    assert "is running" in (skipped.skip_message or "")


def test_the_schedule_asks_for_a_day_when_the_day_ends(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    config = write_config(tmp_path, hours=26, extra='grace = "15m"')
    by_day = 'layout = "dt={date}/*"\ntime_zone = "America/Phoenix"'  # where the day begins at 07:00 UTC
    config.write_text(config.read_text().replace('layout = "rudderstack"', by_day))
    (tmp_path / "archive" / "dt=2026-01-31").mkdir(parents=True)
    (tmp_path / "archive" / "dt=2026-01-31" / "a.json").write_text(json.dumps(track("m", at=hour(3))))
    assert isinstance(scheduled(config, instance, 0), dg.SkipReason)
    assert isinstance(scheduled(config, instance, 22), dg.SkipReason)
    asked = scheduled(config, instance, 23)
    assert isinstance(asked, dg.RunRequest)
    assert asked.partition_key == "2026-01-31T07"
    assert isinstance(scheduled(config, instance, 24), dg.SkipReason)


def test_the_schedule_runs_an_hour_when_the_archive_cannot_be_listed(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    assert isinstance(scheduled(write_config(tmp_path, extra='grace = "15m"'), instance, 0), dg.RunRequest)


def test_the_hours_of_a_run_are_in_its_tags() -> None:
    assert run_hours({"dagster/partition": "2026-01-31T07"}) == [parse_hour("2026-01-31T07")]
    span = {
        "dagster/asset_partition_range_start": "2026-01-31T23",
        "dagster/asset_partition_range_end": "2026-02-01T01",
    }
    assert [partition_key(start) for start in run_hours(span)] == ["2026-01-31T23", "2026-02-01T00", "2026-02-01T01"]
    assert run_hours({"other": "tag"}) == []


def test_partition_keys_are_the_text_form_of_hours() -> None:
    partitions = hour_partitions(parse_hour("2026-01-31T07"), parse_hour("2026-01-31T07"))
    window = partitions.time_window_for_partition_key("2026-01-31T07")
    assert (window.start, window.end) == (
        datetime(2026, 1, 31, 7, tzinfo=UTC),
        datetime(2026, 1, 31, 8, tzinfo=UTC),
    )
    assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
