"""The `events` asset spread over steps gives the same lake, byte for byte, as its one step does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from event_assets.archive.listing import list_hours
from event_assets.dagster_settings import DagsterSettings
from event_assets.definitions import build_definitions
from event_assets.demo.generate import START, generate
from event_assets.hours import normalize_hour
from event_assets.lake.errors import LakeError, TransientLakeError
from event_assets.lake.parts import PARTS_FOLDER, clean_parts
from event_assets.settings import Settings
from event_assets.spread import Plan, gather_hour, plan_tasks, run_task
from tests.edge.build import resource_of, settings_of

HOURS = 30
FAN_OUT = DagsterSettings(fan_out=True, fan_out_mib=1)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dirty archive of 30 hours, with bad files, copies and broken lines, and its configuration."""
    folder = tmp_path_factory.mktemp("spread")
    generate(folder / "archive", events=6_000, days=2)
    path = folder / "tideline.toml"
    path.write_text(
        f"lake = '{folder}/lake'\nwarehouse = '{folder}/w.duckdb'\n"
        f"partitions_start = '{START:%Y-%m-%dT%H}'\npartitions_end = '{START + timedelta(hours=HOURS - 1):%Y-%m-%dT%H}'\n"
        f"[dagster]\nfan_out = true\nfan_out_mib = 1\n"
        f"[source]\narchive = '{folder}/archive'\nlayout = 'rudderstack'\n"
    )
    return path


@pytest.fixture(scope="module")
def one_step(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake that the hours make one by one."""
    settings = settings_of(config)
    lake = tmp_path_factory.mktemp("one") / "lake"
    settings = replace(settings, lake=replace(settings.lake, url=str(lake)))
    listing = list_hours(settings.sources["default"])
    for hour in hours():
        if hour in listing.hours:
            normalize_hour(settings, listing.source, listing.hours[hour])
    return lake


def hours() -> list[datetime]:
    return [START + timedelta(hours=number) for number in range(HOURS)]


def tree(lake: Path) -> dict[str, bytes]:
    """Every file of a lake with its bytes; not what is scratch."""
    files = (path for path in lake.rglob("*") if path.is_file())
    found = {str(path.relative_to(lake)): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(".")}


def cut_small(settings: Settings, monkeypatch: pytest.MonkeyPatch, size: int = 30_000) -> Plan:
    """A plan with tasks of so many bytes: no test writes an hour of megabytes."""
    monkeypatch.setattr(DagsterSettings, "task_bytes", size)
    return plan_tasks(settings, settings.sources["default"], hours())


@pytest.fixture
def fresh(config: Path, tmp_path: Path) -> Settings:
    """The settings with an empty lake."""
    settings = settings_of(config)
    return replace(settings, lake=replace(settings.lake, url=str(tmp_path / "lake")))


def present(one_step: Path) -> list[datetime]:
    names = {path.stem for path in (one_step / "default" / "hours").glob("*.json")}
    return [hour for hour in hours() if f"{hour:%Y-%m-%dT%H}" in names]


def test_hours_in_parts_are_the_same_bytes_as_hours_in_one(
    fresh: Settings, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fresh.sources["default"]
    plan = cut_small(fresh, monkeypatch)
    assert sum(len(plan.pieces(hour)) > 1 for hour in hours()) >= 5
    assert any(len(task.pieces) > 1 for task in plan.tasks)
    for task in reversed(plan.tasks):
        assert not run_task(fresh, source, task).failed
        run_task(fresh, source, task)
    for hour in present(one_step):
        gather_hour(fresh, source, plan, hour)
    made = tree(Path(fresh.lake.url))
    whole = tree(one_step)
    assert {name: made[name] for name in whole} == whole
    assert not [path for path in (Path(fresh.lake.url) / PARTS_FOLDER).rglob("*") if path.is_file()]
