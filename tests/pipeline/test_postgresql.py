"""The command and Dagster on PostgreSQL: their tables, output and checks are those of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from event_assets.health.reconciliation import IDENTITIES, find_differences
from tests.cli.test_app import document, tideline
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.defs.test_assets import checks_of, metadata_of, run_hours
from tests.postgres import Server


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def load_and_ask(folder: Path, warehouse: str) -> list[dict[str, Any]]:
    """The output of the command for loads and the state after them, without values that differ from run to run."""
    locations = ("--archive", folder.parent / "archive", "--lake", folder / "lake", "--warehouse", warehouse)
    folder.mkdir()
    reported = [
        document(tideline("load", *locations, "--json", cwd=folder)),
        document(tideline("load", *locations, "--reload", "--json", cwd=folder)),
        document(tideline("status", *locations, "--json", cwd=folder)),
    ]
    for load in reported[:2]:
        for result in (*load["hours"], *load["rollups"]):
            del result["seconds"]
        for result in load["hours"]:
            result["schema_changes"].sort()
    for source in reported[2]["sources"]:
        del source["last_loaded_at"]
    return reported


def test_the_command_reports_the_same_of_both_warehouses(tmp_path: Path, postgres: Server) -> None:
    write_hours(tmp_path / "archive", [0, 1, 2])
    write_file(tmp_path / "archive", hour(2), [track("m0-1", at=hour(2), price=2.5)], part=1)
    expected = load_and_ask(tmp_path / "duckdb", "w.duckdb")
    reported = load_and_ask(tmp_path / "postgresql", postgres.new_database().warehouse_url)
    assert reported == expected
    assert [done["loaded"] for done in reported[:2]] == [3, 3]


def test_an_hour_is_materialized_and_its_checks_find_differences(
    tmp_path: Path, instance: dg.DagsterInstance, postgres: Server
) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    write_file(tmp_path / "archive", hour(1), [track("m0-1", at=hour(1), price=2)], part=1)
    database = postgres.new_database()
    config = write_config(tmp_path, warehouse=database.warehouse_url, extra="[dagster]\nsample_rows = 2\n")
    result = run_hours(config, instance, 0, 1)
    assert checks_of(result) == dict.fromkeys(checks_of(result), True)
    shown = metadata_of(instance, "warehouse")[f"{hour(0):%Y-%m-%dT%H}"]
    # The hours share a load, and the second one has a copy of `m0-1` that wins: the two rows of the first are ignored.
    counts = [shown[name] for name in ("lines", "events", "staged", "inserted", "ignored", "loaded")]
    assert counts == [6, 5, 8, 6, 2, True]
    assert "m0-0" in shown["sample_rows"]

    assert database.execute("DELETE FROM events.tracks WHERE id = 'm1-2'") == 1
    settings = settings_of(config)
    found = find_differences(settings, settings.sources["default"], IDENTITIES, None)
    assert {name: list(map(str, differences)) for name, differences in found.items() if differences} == {
        "arrivals_add_up": ["2026-01-31T08 tracks: event hour 2026-01-31T08 has 4 rows, arrivals sum to 5"],
        "rows_are_distinct": ["2026-01-31T08 tracks: 4 rows and 0 losing copies of 5 distinct ids in the lake"],
    }
