"""What `python -m benchmarks.many_tables` measures is there: ticks, definitions, the catalog, a run's steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.many_tables import main

SENSORS = {"pending_hours", "loaded_hours", "events_flow", "computed_rollups", "due_rollup_days"}
SCHEDULES = {"closed_hours", "daily_audit"}
SOURCES = ("web", "app", "server")


@pytest.mark.slow
def test_every_tick_and_page_of_a_project_with_tables_and_hours_is_measured(tmp_path: Path) -> None:
    size = ["--tables", "9", "--days", "1", "--events", "3", "--runs", "1"]
    main([*size, "--work", str(tmp_path), "--results", str(tmp_path / "results.json")])
    results = json.loads((tmp_path / "results.json").read_text())
    found = results["found"]
    assert results["shape"]["tables"] == 9
    sensors = {f"{name}_{source}" for name in SENSORS for source in SOURCES} | {"table_assets"}
    assert found["ticks that report all hours"].keys() == sensors
    ticks = sensors | {f"{name}_{source}" for name in SCHEDULES for source in SOURCES}
    assert found["ticks with nothing to do"].keys() == ticks
    assert found["ticks after a late file for every table"].keys() == ticks
    assert {"web__lake", "web__warehouse"} <= found["beside the load in a run of that hour"].keys()
    assert len(found["catalog page"]) == 4
    assert all(seconds > 0 for part in ("definitions", "catalog page") for seconds in found[part].values())
    assert not list(tmp_path.glob("tideline-bench-*"))
