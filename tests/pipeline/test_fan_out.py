"""The `events` asset as a graph of steps gives the same lake, byte for byte, as its one step does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.execution import DagsterSettings
from event_assets.config.settings import Settings
from event_assets.definitions import build_definitions
from event_assets.demo.generate import START, generate
from event_assets.lake.errors import LakeError, TransientLakeError
from event_assets.lake.writing.scratch_shards import SCRATCH_FOLDER, clean_scratch
from event_assets.pipeline.fan_out import FanOutPlan, Step, fill_steps, gather_hour, plan_steps, run_step
from event_assets.pipeline.hour import normalize_hour
from event_assets.pipeline.shards import Shard, cut_by_bytes
from tests.defs.build import resource_of, settings_of

HOURS = 12
FAN_OUT = DagsterSettings(fan_out=True, fan_out_mib=1)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dirty archive of twelve hours, with bad files, copies and broken lines, and its configuration."""
    folder = tmp_path_factory.mktemp("fan_out")
    generate(folder / "archive", events=6_000, days=2)
    path = folder / "tideline.toml"
    path.write_text(
        f"lake = '{folder}/lake'\nwarehouse = '{folder}/w.duckdb'\n"
        f"partitions_start = '{START:%Y-%m-%dT%H}'\npartitions_end = '{hours()[-1]:%Y-%m-%dT%H}'\n"
        f"[dagster]\nfan_out = true\nfan_out_mib = 1\n"
        f"[source]\narchive = '{folder}/archive'\nlayout = 'rudderstack'\n"
    )
    return path


@pytest.fixture(scope="module")
def one_step(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of hours normalized one by one."""
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
    """Every file of a lake with its bytes, without the scratch area."""
    files = (path for path in lake.rglob("*") if path.is_file())
    found = {str(path.relative_to(lake)): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(".")}


def cut_small(settings: Settings, monkeypatch: pytest.MonkeyPatch, size: int = 12_000) -> FanOutPlan:
    """A plan with steps of so many bytes: no test writes an hour of megabytes."""
    monkeypatch.setattr(DagsterSettings, "task_bytes", size)
    return plan_steps(settings, settings.sources["default"], hours())


@pytest.fixture
def fresh(config: Path, tmp_path: Path) -> Settings:
    """The settings with an empty lake."""
    settings = settings_of(config)
    return replace(settings, lake=replace(settings.lake, url=str(tmp_path / "lake")))


def present(one_step: Path) -> list[datetime]:
    names = {path.stem for path in (one_step / "default" / "hours").glob("*.json")}
    return [hour for hour in hours() if f"{hour:%Y-%m-%dT%H}" in names]


def quarantined(lake: Path, hour: datetime) -> int:
    """How many lines of an hour are quarantined, by its note."""
    note = json.loads((lake / "default" / "hours" / f"{hour:%Y-%m-%dT%H}.json").read_bytes())
    return int(note["counts"]["quarantined"])


def test_hours_cut_into_shards_are_the_same_bytes_as_whole_hours(
    fresh: Settings, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fresh.sources["default"]
    plan = cut_small(fresh, monkeypatch)
    assert sum(len(plan.shards(hour)) > 1 for hour in hours()) >= 5
    for step in reversed(plan.steps):
        assert not run_step(fresh, source, step).failed
        run_step(fresh, source, step)
    for hour in present(one_step):
        gather_hour(fresh, source, plan, hour)
    written = tree(Path(fresh.lake.url))
    whole = tree(one_step)
    assert {name: written[name] for name in whole} == whole
    assert not [path for path in (Path(fresh.lake.url) / SCRATCH_FOLDER).rglob("*") if path.is_file()]


def test_small_hours_are_one_step_and_a_large_one_has_many() -> None:
    sizes = {0: [3], 1: [4], 2: [5, 9, 1, 30], 3: [], 4: [2]}
    shards = [
        shard
        for number, files in sizes.items()
        for shard in cut_by_bytes(
            Manifest("s", hours()[number], tuple(ArchiveFile(f"{n}", size, "e") for n, size in enumerate(files))),
            most=10,
        )
    ]
    steps = [[(shard.hour.hour, shard.size, shard.whole) for shard in step] for step in fill_steps(shards, 10)]
    assert steps == [
        [(0, 3, True), (1, 4, True)],
        [(2, 5, False)],
        [(2, 10, False)],
        [(2, 30, False)],
        [(3, 0, True), (4, 2, True)],
    ]


def test_a_plan_passes_between_steps_as_json_whose_keys_stay() -> None:
    """A run may be under way while its machines are upgraded."""
    shard = Shard(hours()[0], (ArchiveFile("a", 3, "e"),), ignored=1, whole=False)
    plan = FanOutPlan("s", "rudderstack", (Step("0001_x", "rudderstack", (shard,)),))
    content = json.loads(msgspec.json.encode(msgspec.to_builtins(plan)))
    assert set(content) == {"source", "layout", "tasks"}
    assert set(content["tasks"][0]) == {"key", "layout", "pieces"}
    assert set(content["tasks"][0]["pieces"][0]) == {"hour", "files", "ignored", "whole"}
    assert msgspec.convert(content, FanOutPlan) == plan


def test_a_shard_that_is_missing_or_failed_is_normalized_where_the_hour_is_gathered(
    fresh: Settings, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fresh.sources["default"]
    plan = cut_small(fresh, monkeypatch)
    hour = next(hour for hour in present(one_step) if len(plan.shards(hour)) > 1)
    note = f"default/hours/{hour:%Y-%m-%dT%H}.json"
    gather_hour(fresh, source, plan, hour)
    assert tree(Path(fresh.lake.url))[note] == tree(one_step)[note]
    assert not gather_hour(fresh, source, plan, hour).written


def test_a_shard_whose_file_is_missing_is_written_again_by_the_next_try(
    fresh: Settings, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fresh.sources["default"]
    plan = cut_small(fresh, monkeypatch)
    hour = next(hour for hour in present(one_step) if len(plan.shards(hour)) > 1)
    for step in plan.steps:
        if hour in {shard.hour for shard in step.shards}:
            run_step(fresh, source, step)
    next((Path(fresh.lake.url) / SCRATCH_FOLDER).rglob("*.parquet")).unlink()
    with pytest.raises(TransientLakeError, match="run the hour again"):
        gather_hour(fresh, source, plan, hour)
    gather_hour(fresh, source, plan, hour)
    note = f"default/hours/{hour:%Y-%m-%dT%H}.json"
    assert tree(Path(fresh.lake.url))[note] == tree(one_step)[note]


def test_shards_that_are_not_gathered_are_removed_after_a_day(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    source = fresh.sources["default"]
    cut = [step for step in cut_small(fresh, monkeypatch).steps if not step.shards[0].whole]
    for step in cut[:3]:
        run_step(fresh, source, step)
    there = [path for path in (Path(fresh.lake.url) / SCRATCH_FOLDER).rglob("*") if path.is_file()]
    assert there
    now = datetime.now(UTC)
    assert clean_scratch(fresh.lake, "default", now=now + timedelta(hours=23)) == ()
    assert len(clean_scratch(fresh.lake, "default", now=now + timedelta(hours=25))) == len(there)


def test_shards_that_are_not_the_hours_files_are_refused(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    source = fresh.sources["default"]
    plan = cut_small(fresh, monkeypatch)
    hour = next(hour for hour in hours() if len(plan.shards(hour)) > 1)
    monkeypatch.setattr(FanOutPlan, "shards", lambda plan, hour, every=FanOutPlan.shards: every(plan, hour)[1:])
    manifest = list_hours(source, start=hour, end=hour).hours[hour]
    monkeypatch.setattr(FanOutPlan, "manifest", lambda plan, hour: manifest)
    with pytest.raises(LakeError, match="are not its files"):
        gather_hour(fresh, source, plan, hour)


def test_the_job_in_process_reports_every_hour_and_writes_the_same_lake(
    config: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DagsterSettings, "task_bytes", 12_000)
    settings = settings_of(config)
    built = build_definitions(settings, {"default": START}, resource_of(config))
    dirty = [hour for hour in present(one_step) if quarantined(one_step, hour)]
    tags = {
        "dagster/asset_partition_range_start": f"{START:%Y-%m-%dT%H}",
        "dagster/asset_partition_range_end": f"{START + timedelta(hours=HOURS - 1):%Y-%m-%dT%H}",
    }
    with dg.DagsterInstance.ephemeral() as instance:
        job = built.resolve_job_def("load_hours")
        result = job.execute_in_process(
            instance=instance, tags=tags, asset_selection=[dg.AssetKey("lake")], raise_on_error=True
        )
        records = instance.fetch_materializations(dg.AssetKey("lake"), limit=100).records
    assert result.success
    shown = {record.partition_key: record.asset_materialization for record in records}
    assert shown.keys() == {f"{hour:%Y-%m-%dT%H}" for hour in hours()}
    counted = shown[f"{dirty[-1]:%Y-%m-%dT%H}"]
    assert counted is not None
    assert counted.metadata["written"].value is True
    assert isinstance(counted.metadata["lines"].value, int)
    assert counted.metadata["lines"].value > 0
    assert "quarantined_lines" in counted.metadata, "as the asset of one step shows them"
    written = tree(Path(settings.lake.url))
    whole = tree(one_step)
    assert {name: written[name] for name in whole} == whole


def test_the_definitions_are_those_of_one_step_with_the_same_names(config: Path) -> None:
    settings = settings_of(config)
    one = replace(settings, dagster=DagsterSettings())
    graphs = [
        build_definitions(chosen, {"default": START}, resource_of(config)).resolve_asset_graph()
        for chosen in (settings, one)
    ]
    key = dg.AssetKey("lake")
    assert graphs[0].get_all_asset_keys() == graphs[1].get_all_asset_keys()
    for name in ("metadata", "owners", "kinds", "group_name", "description", "backfill_policy", "parent_keys"):
        assert getattr(graphs[0].get(key), name) == getattr(graphs[1].get(key), name)
    assert graphs[0].get_check_keys_for_assets({key}) == graphs[1].get_check_keys_for_assets({key})
