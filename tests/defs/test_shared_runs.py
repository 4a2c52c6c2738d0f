"""A run of several hours loads them together: a report an hour, a failure that costs its hour, the same tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from event_assets.definitions import build_definitions
from event_assets.pipeline.load import Choice
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_file, write_hours
from tests.defs.test_assets import checks_of, metadata_of, run_hours
from tests.drive import load_pending
from tests.promises.compare import differences

KEYS = [f"{hour(number):%Y-%m-%dT%H}" for number in range(6)]
BOTH = ("lake", "warehouse")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def materialize(
    config: Path, instance: dg.DagsterInstance, first: int, last: int, assets: Sequence[str] = BOTH
) -> dg.ExecuteInProcessResult:
    """Run a range of hours as a backfill does, without the checks, which are several steps of their own."""
    definitions = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    job = dg.define_asset_job("hours", dg.AssetSelection.assets(*assets).without_checks())
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    span = {"dagster/asset_partition_range_start": KEYS[first], "dagster/asset_partition_range_end": KEYS[last]}
    return merged.resolve_job_def("hours").execute_in_process(instance=instance, tags=span, raise_on_error=False)


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    failure = result.failure_data_for_node("warehouse")
    assert failure is not None
    return str(failure.error)


def query(folder: Path, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        return connection.execute(text).fetchall()


def shared(folder: Path) -> list[int]:
    """How many hours every load had, in the order of loads."""
    rows = query(folder, "SELECT count(*) FROM tideline.loads GROUP BY shared_load ORDER BY shared_load")
    return [count for (count,) in rows]


def write_archive(folder: Path) -> None:
    """Six hours of different sizes; the fifth has a newer copy of an order of the first, and a name of its own."""
    for number in range(6):
        write_hours(folder / "archive", [number], events=number + 2)
    newer = [track("m0-0", at=hour(4), price=9), track("gift", at=hour(4), event="Gift Wrapped")]
    write_file(folder / "archive", hour(4), newer, part=9)


@pytest.mark.slow
def test_hours_of_a_run_share_a_load_and_are_reported_one_by_one(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_archive(tmp_path)
    result = run_hours(write_config(tmp_path), instance, 0, 5)
    assert checks_of(result) == dict.fromkeys(checks_of(result), True)
    assert shared(tmp_path) == [6]
    shown = metadata_of(instance, "warehouse")
    assert [shown[key]["events"] for key in KEYS] == [3, 4, 5, 6, 9, 8]
    loads = query(tmp_path, "SELECT load_id, run_id FROM tideline.loads ORDER BY archive_hour")
    assert [(shown[key]["load_id"], result.run_id) for key in KEYS] == loads
    assert [shown[key]["hours_of_load"] for key in KEYS] == [6] * 6
    assert len({shown[key]["summary"] for key in KEYS}) == 6
    (table,) = instance.fetch_materializations(dg.AssetKey(["events", "order_completed"]), limit=9).records
    assert table.asset_materialization is not None
    assert table.asset_materialization.metadata["loads"].value == 6


@pytest.mark.parametrize(("most", "loads"), [(1, [1] * 6), (4, [4, 2])])
def test_the_tables_are_those_of_hours_that_are_loaded_alone(
    tmp_path: Path, instance: dg.DagsterInstance, most: int, loads: list[int]
) -> None:
    for folder in (tmp_path / "alone", tmp_path / "together"):
        write_archive(folder)
    load_pending(replace(settings_of(write_config(tmp_path / "alone")), hours_per_load=1), Choice())
    assert materialize(write_config(tmp_path / "together", extra=f"hours_per_load = {most}"), instance, 0, 5).success
    assert shared(tmp_path / "together") == loads
    alone, together = (tmp_path / name / "warehouse.duckdb" for name in ("alone", "together"))
    assert differences(alone, together) == []


def test_an_hour_that_a_table_refuses_costs_itself_and_the_next_run_loads_what_is_left(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    config = write_config(tmp_path)
    write_hours(tmp_path / "archive", range(6))
    assert materialize(config, instance, 0, 0).success
    (made,) = query(tmp_path, "SELECT sql FROM duckdb_tables() WHERE table_name = 'order_completed'")[0]
    query(tmp_path, "ALTER TABLE events.order_completed RENAME TO before")
    query(tmp_path, made.rstrip(";").removesuffix(")") + ", CHECK (id NOT LIKE 'm3-%'))")
    query(tmp_path, "INSERT INTO events.order_completed SELECT * FROM events.before")
    query(tmp_path, "DROP TABLE events.before")
    assert f"1 of 6 hours failed. {KEYS[3]}: " in failure_of(materialize(config, instance, 0, 5))
    assert set(metadata_of(instance, "warehouse")) == {*KEYS} - {KEYS[3]}
    assert query(tmp_path, "SELECT count(*) FROM events.tracks") == [(5 * 4,)]


def test_an_hour_that_the_lake_does_not_have_costs_itself(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", range(6))
    config = write_config(tmp_path)
    assert materialize(config, instance, 0, 5, ["lake"]).success
    (tmp_path / "lake" / "default" / "hours" / f"{KEYS[2]}.json").unlink()
    for file in (tmp_path / "archive").rglob(f"{int(hour(2).timestamp())}.*"):
        file.unlink()
    assert f"1 of 6 hours failed. {KEYS[2]}: " in failure_of(materialize(config, instance, 0, 5, ["warehouse"]))
    assert set(metadata_of(instance, "warehouse")) == {*KEYS} - {KEYS[2]}
    assert shared(tmp_path) == [5]
    write_hours(tmp_path / "archive", [2])
    assert materialize(config, instance, 0, 5).success
    assert shared(tmp_path) == [5, 1]
