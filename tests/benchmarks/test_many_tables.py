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
    assert results["shape"]["tables"] == 9
    reporting, definitions, idle, late, run, catalog = results["found"].values()
    sensors = {f"{name}_{source}" for name in SENSORS for source in SOURCES} | {"table_assets"}
    assert reporting.keys() == sensors
    assert definitions.keys() == {"imports", "answer of the code server"}
    ticks = sensors | {f"{name}_{source}" for name in SCHEDULES for source in SOURCES}
    assert (idle.keys(), late.keys()) == (ticks, ticks)
    assert {"web__lake", "web__warehouse"} <= run.keys()
    assert len(catalog) == 4
    assert all(spent["wall"] > 0 for part in (definitions, idle, late, catalog) for spent in part.values())
    assert not list(tmp_path.glob("tideline-bench-*"))
