"""What `python -m benchmarks.many_tables` measures is there: ticks, definitions, the catalog, a run's steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.many_tables import DEFINITIONS, judge, main
from benchmarks.many_tables_pages import OWN
from benchmarks.many_tables_project import Spent

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
    assert {name.removesuffix(", empty location") for name in definitions} == {OWN, "answer of the code server"}
    assert len(definitions) == 4
    assert definitions[OWN]["cpu"] > definitions[f"{OWN}, empty location"]["cpu"]
    ticks = sensors | {f"{name}_{source}" for name in SCHEDULES for source in SOURCES}
    assert (idle.keys(), late.keys()) == (ticks, ticks)
    assert {"web__lake", "web__warehouse"} <= run.keys()
    assert len(catalog) == 4
    assert all(spent["wall"] > 0 for part in (definitions, idle, late, catalog) for spent in part.values())
    assert not list(tmp_path.glob("tideline-bench-*"))


def test_only_what_one_process_takes_for_the_definitions_has_their_target() -> None:
    assert judge(DEFINITIONS, OWN, Spent(2.9)).startswith("reached")
    assert judge(DEFINITIONS, OWN, Spent(3.1)).startswith("MISSED")
    assert judge(DEFINITIONS, f"{OWN}, empty location", Spent(9.0)).strip().startswith("9.00 s")
    assert judge("Ticks with nothing to do", "table_assets", Spent(5.1)).startswith("MISSED")
