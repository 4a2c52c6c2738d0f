"""An hour that was loaded while the lake's asset had another key is reported under today's, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from event_assets.defs.assets import SourceKeys
from event_assets.defs.partitions import hour_partitions
from event_assets.defs.sensors.earlier_hours import HOURS_PER_TICK, LakeAsset, Reported, missing_hours
from tests.defs.build import hour, write_config, write_hours
from tests.defs.sensors.test_pending_hours import tick
from tests.defs.test_assets import run_hours

LAKE = dg.AssetKey("lake")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def report(found: dg.SensorResult | dg.SkipReason, instance: dg.DagsterInstance) -> list[str]:
    """Store what a tick reports, as the daemon does; return the hours of the lake."""
    assert isinstance(found, dg.SensorResult)
    events = [event for event in found.asset_events if isinstance(event, dg.AssetMaterialization)]
    for event in events:
        instance.report_runless_asset_event(event)
    return [event.partition or "" for event in events if event.asset_key == LAKE]


def test_hours_of_version_0_1_are_reported_under_the_key_of_today_once(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_hours(tmp_path / "archive", [0, 1, 2, 3])
    config = write_config(tmp_path)
    run_hours(config, instance, 0, 3)
    instance.wipe_assets([LAKE])  # Dagster then knows as much of it as of a key that is new
    (tmp_path / f"lake/default/hours/{hour(1):%Y-%m-%dT%H}.json").unlink()
    found = tick(config, instance, "loaded_hours", cursor="0199")
    assert report(found, instance) == [f"{hour(n):%Y-%m-%dT%H}" for n in (0, 2, 3)]
    (shown,) = instance.fetch_materializations(
        dg.AssetRecordsFilter(LAKE, asset_partitions=["2026-01-31T07"]), 1
    ).records
    assert shown.asset_materialization is not None
    assert shown.asset_materialization.metadata["distinct"].value == 4
    assert isinstance(found, dg.SensorResult)
    assert found.run_requests in ([], None)
    again = tick(config, instance, "loaded_hours", cursor=found.cursor)
    assert report(again, instance) == []
    assert isinstance(again, dg.SensorResult)
    assert Reported.parse(again.cursor) == Reported("0199", None, True)
    instance.wipe_assets([LAKE])
    assert report(tick(config, instance, "loaded_hours", cursor=again.cursor), instance) == [], "looked for once"


def test_many_hours_are_reported_over_several_ticks(instance: dg.DagsterInstance) -> None:
    keys = SourceKeys.of("default", alone=True)
    asset = LakeAsset("default", keys, hour_partitions(hour(0)), datetime(2026, 6, 1, tzinfo=UTC))
    hours = [hour(n) for n in range(2 * HOURS_PER_TICK + 7)]
    loaded = [hour(-1), *reversed(hours)]
    first = missing_hours(instance, asset, loaded, None)
    second = missing_hours(instance, asset, loaded, first[-1])
    assert [*first, *second, *missing_hours(instance, asset, loaded, second[-1])] == hours
    assert missing_hours(instance, asset, loaded, hours[-1]) == []


@pytest.mark.parametrize(
    ("cursor", "reported"),
    [
        (None, Reported()),
        ("", Reported()),
        ("0199-a-load", Reported("0199-a-load")),
        (Reported("x", hour(3)).dump(), Reported("x", hour(3))),
    ],
)
def test_a_cursor_of_an_earlier_version_is_read(cursor: str | None, reported: Reported) -> None:
    assert Reported.parse(cursor) == reported
