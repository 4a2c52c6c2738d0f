"""Archive hours materialized in process: real files, a real lake, a real DuckDB, and metadata per partition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from event_assets.definitions import build_definitions
from loaders.interface.counts import LOAD_COUNTS
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_file, write_hours
from tests.defs.in_process import tideline


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def run_hours(
    config: Path, instance: dg.DagsterInstance, first: int, last: int, *, raises: bool = True
) -> dg.ExecuteInProcessResult:
    """The job over hours, as a sensor or backfill asks for it: one partition, or a range in one run."""
    job = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config)).resolve_job_def(
        "load_hours"
    )
    start, end = (f"{hour(number):%Y-%m-%dT%H}" for number in (first, last))
    if first == last:
        return job.execute_in_process(instance=instance, partition_key=start, raise_on_error=raises)
    tags = {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=raises)


def metadata_of(instance: dg.DagsterInstance, asset: str | list[str]) -> dict[str | None, dict[str, Any]]:
    """The newest metadata of every materialized partition."""
    found: dict[str | None, dict[str, Any]] = {}
    for record in reversed(instance.fetch_materializations(dg.AssetKey(asset), limit=100).records):
        materialization = record.asset_materialization
        assert materialization is not None
        found[materialization.partition] = {name: value.value for name, value in materialization.metadata.items()}
    return found


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_one_hour_is_in_lake_and_warehouse_with_every_count(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path, extra="[dagster]\nsample_rows = 2\n")
    result = run_hours(config, instance, 0, 0)
    assert checks_of(result) == dict.fromkeys(checks_of(result), True)
    assert len(checks_of(result)) == 18

    (shown,) = metadata_of(instance, "warehouse").values()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.sql(f"SELECT {', '.join(LOAD_COUNTS)} FROM tideline.loads").fetchone()
        assert connection.sql("SELECT count(*) FROM events.order_completed").fetchone() == (4,)
    assert row is not None
    assert {name: shown[name] for name in LOAD_COUNTS} == dict(zip(LOAD_COUNTS, row, strict=True))
    assert (shown["lines"], shown["events"], shown["duplicates"], shown["quarantined"]) == (6, 5, 1, 1)
    assert (shown["staged"], shown["inserted"], shown["loaded"]) == (8, 8, True)
    assert "created order\\_completed" in shown["schema_changes"] or "order_completed" in shown["schema_changes"]
    assert "m0-0" in shown["sample_rows"]
    assert shown["sample_rows"].count("\n") == 1 + 2
    assert "| 2026-01-31 " in shown["sample_rows"]
    assert "+00:00" not in shown["sample_rows"] + shown["recent_hours"], "times are UTC, to the second"
    assert "| order\\_completed | 4 |  |  |  |" in shown["rows_by_table"]
    assert "Order Completed" in shown["events_by_name"]
    assert shown["touched_days"] == "2026-01-31"
    assert list(shown)[:2] == ["summary", "numbers"]
    assert "1 duplicate was left out" in shown["summary"]
    assert "| events.order\\_completed | 4 |" in shown["tables"]
    assert not {name for name, value in shown.items() if value in ("", "none", [])}
    assert set(shown["seconds_by_step"]) >= {"stage"}

    (lake,) = metadata_of(instance, "lake").values()
    assert (lake["distinct"], lake["written"], lake["dagster/partition_row_count"]) == (4, True, 4)
    assert "invalid\\_json" in lake["quarantined_by_reason"]
    assert "js 1" in lake["duplicates_by_library"]


def test_a_range_run_reports_each_hour_by_itself(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    for number in range(3):
        write_hours(tmp_path / "archive", [number], events=number + 2)
    run_hours(write_config(tmp_path), instance, 0, 2)
    keys = [f"{hour(number):%Y-%m-%dT%H}" for number in range(3)]
    for asset in ("lake", "warehouse"):
        shown = metadata_of(instance, asset)
        assert {key: shown[key]["events"] for key in keys} == dict(zip(keys, [3, 4, 5], strict=True))
        assert [key for key in keys if "sample_rows" in shown[key]] == []  # not unless it is set
    assert {key: shown["files"] for key, shown in metadata_of(instance, "archive").items()} == dict.fromkeys(keys, 1)


def test_an_hour_without_files_is_an_empty_hour(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [1])
    result = run_hours(write_config(tmp_path), instance, 0, 1)
    assert all(checks_of(result).values())
    shown = metadata_of(instance, "warehouse")
    assert [shown[f"{hour(number):%Y-%m-%dT%H}"]["files"] for number in range(2)] == [0, 1]


def test_a_loaded_hour_keeps_what_its_load_reported(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0])
    config = write_config(tmp_path)
    run_hours(config, instance, 0, 0)
    before = [metadata_of(instance, asset) for asset in ("lake", "warehouse")]
    result = run_hours(config, instance, 0, 1)
    assert sum("hours are as they were reported" in line.user_message for line in logs_of(instance, result)) == 2
    key = f"{hour(0):%Y-%m-%dT%H}"
    assert [metadata_of(instance, asset)[key] for asset in ("lake", "warehouse")] == [old[key] for old in before]
    assert len(instance.fetch_materializations(dg.AssetKey("archive"), limit=10).records) == 2

    write_file(tmp_path / "archive", hour(0), [track("late", at=hour(0))], part=5)
    load = tideline("load", "--config", config, cwd=tmp_path)  # another load than the one that was reported
    assert load.returncode == 0
    run_hours(config, instance, 0, 0)
    shown = metadata_of(instance, "warehouse")[key]
    assert (shown["loaded"], shown["events"]) == (False, 6)
    assert metadata_of(instance, "lake")[key]["distinct"] == 5


def logs_of(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> list[Any]:
    return list(instance.all_logs(result.run_id))


def test_a_bad_hour_of_a_range_fails_the_run_and_keeps_the_others(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0, 1, 2])
    config = write_config(tmp_path)
    run_hours(config, instance, 1, 1)
    note = next((tmp_path / "lake").glob("default/hours/*.json"))
    note.write_text('{"format": 1000}')
    result = run_hours(config, instance, 0, 2, raises=False)
    assert not result.success
    failure = result.failure_data_for_node("lake")
    assert failure is not None
    assert failure.error is not None
    assert "1 of 3 hours failed. 2026-01-31T08" in str(failure.error)
    assert set(metadata_of(instance, "lake")) == {f"{hour(number):%Y-%m-%dT%H}" for number in range(3)}


def test_hostile_event_names_stay_text_in_the_metadata(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    name = "a | b\n<script>x</script> [x](y)"
    write_file(tmp_path / "archive", hour(0), [track("m1", at=hour(0), event=name)])
    run_hours(write_config(tmp_path), instance, 0, 0)
    (shown,) = metadata_of(instance, "lake").values()
    row = shown["events_by_name"].splitlines()[2]
    assert row == "| a \\| b \\<script\\>x\\</script\\> \\[x\\](y) | 1 |"
