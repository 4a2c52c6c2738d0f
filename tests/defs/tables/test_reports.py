"""Loads report to the tables that they touched: by Dagster's runs and by the command, rows and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from event_assets.defs.tables.reports import restated_at_once
from loaders.queries.lateness import Restatement
from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline
from tests.defs.sensors.test_pending_hours import tick
from tests.defs.test_assets import metadata_of, run_hours


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def reported(instance: dg.DagsterInstance, table: str) -> dict[str, Any]:
    found = metadata_of(instance, ["events", table])
    return found[None] if found else {}


def identify(name: str, number: int, **traits: object) -> dict[str, Any]:
    event = track(name, at=hour(number)) | {"type": "identify", "traits": traits}
    return {member: value for member, value in event.items() if member not in ("event", "properties")}


def test_a_run_and_the_command_report_to_the_tables_that_they_touched(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_file(tmp_path / "archive", hour(0), [track("a", at=hour(0)), track("b", at=hour(0), event="Cart Viewed")])
    write_file(tmp_path / "archive", hour(1), [track("c", at=hour(1)), identify("i", 1, plan="pro")])
    config = write_config(tmp_path, hours=48)
    run_hours(config, instance, 0, 1)
    orders = reported(instance, "order_completed")
    assert (orders["dagster/row_count"], orders["inserted"], orders["updated"], orders["deleted"]) == (2, 2, 0, 0)
    assert (orders["archive_hours"], orders["loads"]) == ("2026-01-31T07 to 2026-01-31T08", 2)
    assert "price" in {column.name for column in orders["dagster/column_schema"].columns}
    assert orders["dagster/column_lineage"].deps_by_column["price"][0].column_name == "properties"
    assert "days_restated" not in orders
    users = reported(instance, "users")
    assert users["dagster/row_count"] == 1
    assert users["dagster/column_lineage"].deps_by_column["plan"][0].column_name == "traits"
    (record,) = instance.fetch_materializations(dg.AssetKey(["events", "users"]), limit=10).records
    assert record.event_log_entry.run_id

    run_hours(config, instance, 0, 1)  # loaded already
    assert len(instance.fetch_materializations(dg.AssetKey(["events", "tracks"]), limit=10).records) == 1

    assert tick_result(config, instance).asset_events == [], "the runs have reported"
    late = [track("late", at=hour(0)), track("a", at=hour(0), price=7)]
    write_file(tmp_path / "archive", hour(0) + timedelta(days=1), late)
    assert tideline("load", "--config", config, cwd=tmp_path).returncode == 0
    for event in tick_result(config, instance).asset_events:
        instance.report_runless_asset_event(event)
    orders = reported(instance, "order_completed")
    assert (orders["dagster/row_count"], orders["inserted"], orders["days_restated"]) == (3, 1, 1)
    assert orders["restated"] == "2026-01-31"
    assert "dagster/column_schema" not in orders, "the definitions have it"
    assert len(instance.fetch_materializations(dg.AssetKey(["events", "cart_viewed"]), limit=10).records) == 1
    restated = metadata_of(instance, ["tideline", "restatements"])[None]
    assert restated["restated"] == "* **2026-01-31** (late events): order\\_completed +1, tracks +1"
    (row,) = [line for line in restated["restated_rows"].splitlines() if "order" in line]
    assert row == "| 2026-01-31 | order\\_completed | +1 | 1 | 1 |  | late events |"
    assert restated["restated_from"].startswith("* 2026-01-31: 2026-02-01T07, 17699292")
    assert restated["restated_from"].count("\n") == 0, "one file changed both tables"
    assert (restated["days"], restated["net"]) == (1, 2)
    assert restated["lateness"].startswith("![share of rows that came later than](data:image/svg+xml;base64,")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM events.order_completed").fetchone() == (3,)


def test_restatements_name_the_file_that_came_late(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_file(tmp_path / "archive", hour(0), [track("a", at=hour(0))])
    file = write_file(tmp_path / "archive", hour(0), [track("b", at=hour(0)), track("c", at=hour(0))], part=1)
    config = write_config(tmp_path)
    run_hours(config, instance, 0, 0)
    assert metadata_of(instance, ["tideline", "restatements"]) == {}
    assert len(metadata_of(instance, ["tideline", "arrivals"])) == 1
    late = write_file(tmp_path / "archive", hour(0), [track("d", at=hour(0))], part=2)
    run_hours(config, instance, 0, 0)
    (row,) = [line for line in rows_restated(instance) if "order" in line]
    assert "| +1 | 1 |  |  | loaded again |" in row
    assert restated_from(instance) == f"* 2026-01-31: 2026-01-31T07, {late.name}"
    write_file(tmp_path / "archive", hour(0), [track("b", at=hour(0))], part=1)
    late.write_bytes(file.read_bytes())
    run_hours(config, instance, 0, 0)
    (row,) = [line for line in rows_restated(instance) if "order" in line]
    assert "| -2 |  |  | 2 | loaded again |" in row
    assert restated_from(instance) == "* 2026-01-31: 2026-01-31T07, 2 files"


def test_days_beyond_those_that_are_shown_are_counted(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_assets.defs.tables.reports.SHOWN_DAYS", 1)
    for number in (0, 24):
        write_file(tmp_path / "archive", hour(number), [track(f"a{number}", at=hour(number))])
    config = write_config(tmp_path, hours=72)
    run_hours(config, instance, 0, 24)
    late = [track("b", at=hour(0)), track("c", at=hour(0)), track("d", at=hour(24))]
    write_file(tmp_path / "archive", hour(48), late)
    run_hours(config, instance, 48, 48)
    restated = metadata_of(instance, ["tideline", "restatements"])[None]
    assert restated["restated"].splitlines() == [
        "* **2026-02-01** (late events): order\\_completed +1, tracks +1",
        "* and 1 more in `tideline.restatements`",
    ]
    (row,) = restated["restated_rows"].splitlines()[2:]
    assert row.startswith("| 2026-02-01 | order\\_completed | +1 | 1 |")
    assert (restated["days"], restated["net"]) == (2, 6)  # in order_completed and in tracks
    assert reported(instance, "tracks")["days_restated"] == 2


def test_the_page_shows_as_many_restated_days_as_it_can_at_once() -> None:
    changes = [
        Restatement(date(2026, 1, 31) - timedelta(days=number), f"{'long_name_' * 6}{table}", 1, 0, 0, "late events",
                    table, hour(0), "l")
        for number in range(99)
        for table in range(5)
    ]  # fmt: skip
    shown = restated_at_once(changes)
    assert len(shown) <= 990, "longer Markdown is behind a click"
    first, *_, last = shown.splitlines()
    names = [f"long\\_name\\_long\\_n...name\\_long\\_name\\_{table} +{table}" for table in (4, 3, 2)]
    assert first == f"* **2026-01-31** (late events): {', '.join(names)}, 2 more +1"
    days = shown.count("(late events)")
    assert (days > 3, last) == (True, f"* and {99 - days} more in `tideline.restatements`")


def rows_restated(instance: dg.DagsterInstance) -> list[str]:
    return str(metadata_of(instance, ["tideline", "restatements"])[None]["restated_rows"]).splitlines()


def restated_from(instance: dg.DagsterInstance) -> str:
    return str(metadata_of(instance, ["tideline", "restatements"])[None]["restated_from"])


def tick_result(config: Path, instance: dg.DagsterInstance) -> dg.SensorResult:
    found = tick(config, instance, "loaded_hours")
    assert isinstance(found, dg.SensorResult)
    return found
