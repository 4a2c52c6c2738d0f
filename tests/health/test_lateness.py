"""Late events are reported by `tideline status`, and in the metadata of their archive hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from tests.cli.test_app import document, tideline
from tests.defs.build import hour, track, write_config, write_file, write_hours
from tests.defs.test_assets import metadata_of, run_hours


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def test_status_shows_late_hours_and_the_curve(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_file(tmp_path / "archive", hour(4), [track("late", at=hour(0)), track("on time", at=hour(4))])
    write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    late = document(tideline("status", "--json", cwd=tmp_path))["sources"][0]["late_rows"]
    moved = {"inserted": 1, "updated": 0, "deleted": 0}
    (changed,) = late["changed"]
    assert changed == {"event_hour": hour(0).isoformat(), **moved, "archive_hour": hour(4).isoformat()}
    assert (late["arrived"]["3"], late["arrived"]["6"], late["unsettled"]) == (pytest.approx(5 / 6), 1, [])
    shown = tideline("status", cwd=tmp_path).stdout
    for words in ("1 event hours that the last 24 loads changed late", "83.33%", "30 d"):
        assert words in shown
    assert "least settled" not in shown


@pytest.mark.slow
def test_status_shows_the_recent_hours_that_are_least_settled(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    earlier = now - timedelta(hours=5)
    write_file(tmp_path / "archive", earlier, [track("a", at=earlier), track("b", at=earlier - timedelta(hours=4))])
    write_file(tmp_path / "archive", now - timedelta(hours=2), [track("c", at=now - timedelta(hours=2))])
    write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    unsettled = document(tideline("status", "--json", cwd=tmp_path))["sources"][0]["late_rows"]["unsettled"]
    assert unsettled[0]["event_hour"] == (now - timedelta(hours=2)).isoformat()
    assert (unsettled[0]["rows"], unsettled[0]["late"], unsettled[0]["settled"]) == (1, 0, pytest.approx(2 / 3))
    assert "Hours that are least settled" in tideline("status", cwd=tmp_path).stdout


def test_status_of_a_warehouse_without_the_views_shows_the_rest(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("DROP VIEW tideline.event_hours")
    late = document(tideline("status", "--json", cwd=tmp_path))["sources"][0]["late_rows"]
    assert late == {"changed": [], "arrived": {}, "unsettled": []}


@pytest.mark.slow
def test_the_metadata_of_an_hour_shows_the_older_days_it_restated(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_hours(tmp_path / "archive", [0])
    write_file(tmp_path / "archive", hour(20), [track("late", at=hour(1)), track("on time", at=hour(20))])
    config = write_config(tmp_path)
    run_hours(config, instance, 0, 0)
    run_hours(config, instance, 20, 20)
    shown = metadata_of(instance, "warehouse")
    assert "restated_days" not in shown["2026-01-31T07"]
    lines = shown["2026-02-01T03"]["restated_days"].splitlines()
    assert [line.replace("\\", "") for line in lines[2:]] == [
        f"| 2026-01-31 | {table} | 1 | 0 | 0 | late events |" for table in ("order_completed", "tracks")
    ]
