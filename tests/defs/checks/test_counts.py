"""Checks turn red when a count does not add up, name hour and table, and stay red until it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from event_assets.health.reconciliation import IDENTITIES, find_differences
from event_assets.lake.checksums import checksum_json
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.defs.test_assets import checks_of, run_hours


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def config(tmp_path: Path, instance: dg.DagsterInstance) -> Path:
    """Two loaded hours; the second contains a newer copy of an event of the first."""
    write_hours(tmp_path / "archive", [0, 1])
    write_file(tmp_path / "archive", hour(1), [track("m0-1", at=hour(1), price=2)], part=1)
    path = write_config(tmp_path)
    run_hours(path, instance, 0, 1)
    assert differences(path) == {}
    return path


def differences(config: Path) -> dict[str, list[str]]:
    settings = settings_of(config)
    found = find_differences(settings, settings.sources["default"], IDENTITIES, None)
    return {name: [str(difference) for difference in different] for name, different in found.items() if different}


def change(config: Path, statement: str) -> None:
    with duckdb.connect(str(config.parent / "warehouse.duckdb")) as connection:
        connection.execute(statement)


HURT = [
    (
        "DELETE FROM events.order_completed WHERE id = 'm0-2'",
        {
            "arrivals_add_up": [
                "2026-01-31T07 order_completed: event hour 2026-01-31T07 has 2 rows, arrivals sum to 3"
            ],
        },
    ),
    (
        "DELETE FROM events.tracks WHERE id = 'm1-2'",
        {
            "arrivals_add_up": ["2026-01-31T08 tracks: event hour 2026-01-31T08 has 4 rows, arrivals sum to 5"],
            "rows_are_distinct": ["2026-01-31T08 tracks: 4 rows and 0 losing copies of 5 distinct ids in the lake"],
        },
    ),
    (
        "INSERT INTO events.tracks SELECT * FROM events.tracks WHERE id = 'm1-3'",
        {
            "arrivals_add_up": ["2026-01-31T08 tracks: event hour 2026-01-31T08 has 6 rows, arrivals sum to 5"],
            "rows_are_distinct": [
                "2026-01-31T08 tracks: id 'm1-3' occurs 2 times",
                "2026-01-31T08 tracks: 6 rows and 0 losing copies of 5 distinct ids in the lake",
            ],
        },
    ),
    (
        "DELETE FROM tideline.copies",
        {"rows_are_distinct": ["2026-01-31T07 tracks: 3 rows and 0 losing copies of 4 distinct ids in the lake"]},
    ),
    (
        "UPDATE tideline.loads SET events = events + 1 WHERE archive_hour = '2026-01-31 07:00:00+00'",
        {
            "lines_add_up": ["2026-01-31T07 loads: 6 lines, 6 events + 1 quarantined"],
            "events_add_up": ["2026-01-31T07 loads: 6 events, 4 distinct ids in the lake + 1 duplicates"],
        },
    ),
]


@pytest.mark.parametrize(("statement", "expected"), HURT)
def test_a_manual_change_is_found_and_named(config: Path, statement: str, expected: dict[str, list[str]]) -> None:
    change(config, statement)
    assert differences(config) == expected


def test_a_load_whose_rows_do_not_add_up_is_named(config: Path) -> None:
    change(config, "UPDATE tideline.loads SET staged = staged + 1 WHERE archive_hour = '2026-01-31 08:00:00+00'")
    found = differences(config)
    assert list(found) == ["staged_add_up"]
    assert found["staged_add_up"][0].startswith("2026-01-31T08 loads: staged 11")


def test_a_dropped_table_is_named(config: Path) -> None:
    change(config, "DROP TABLE events.order_completed")
    assert any("order_completed" in line for line in differences(config)["arrivals_add_up"])


def test_a_note_with_more_events_than_its_parquet_is_named(config: Path) -> None:
    note = config.parent / "lake/default/hours/2026-01-31T07.json"
    content = json.loads(note.read_text())
    content["counts"]["distinct"] += 1
    del content["checksum"]
    content["checksum"] = checksum_json(content)  # wrong when it was written, not damaged since
    note.write_text(json.dumps(content))
    assert differences(config) == {
        "lake_is_distinct": ["2026-01-31T07 lake events: 4 rows, 4 distinct ids, 5 in the hour's note"]
    }


def test_a_red_check_stays_red_while_other_hours_are_sound(config: Path, instance: dg.DagsterInstance) -> None:
    change(config, "DELETE FROM events.order_completed WHERE id = 'm0-2'")
    failed = run_hours(config, instance, 0, 0, raises=False)
    assert not failed.success
    red = [name for name, passed in checks_of(failed).items() if not passed]
    assert red == ["arrivals_add_up"]
    write_hours(config.parent / "archive", [2])
    after = checks_of(run_hours(config, instance, 2, 2, raises=False))
    assert not after["arrivals_add_up"]
    change(
        config,
        "UPDATE tideline.arrivals SET inserted = inserted - 1 WHERE table_name = 'order_completed' "
        "AND event_hour = '2026-01-31 07:00:00+00' AND inserted > 0",
    )
    assert checks_of(run_hours(config, instance, 2, 2, raises=False))["arrivals_add_up"]


def test_a_vanished_file_is_a_warning_that_names_it(config: Path, instance: dg.DagsterInstance) -> None:
    vanished = next((config.parent / "archive").glob("**/*.0001.json.gz"))
    vanished.unlink()
    result = run_hours(config, instance, 1, 1)
    (warning,) = [check for check in result.get_asset_check_evaluations() if check.check_name == "no_file_vanished"]
    assert (warning.passed, warning.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert vanished.name in str(warning.metadata["files"].value)
    assert all(passed for name, passed in checks_of(result).items() if name != "no_file_vanished")


def test_a_table_without_room_for_new_columns_is_a_warning(config: Path, instance: dg.DagsterInstance) -> None:
    assert checks_of(run_hours(config, instance, 0, 0))["within_budgets"]
    config.write_text(config.read_text() + "\n[budgets]\ncolumns = 20\ntables = 1\n")
    evaluations = run_hours(config, instance, 0, 0).get_asset_check_evaluations()
    (warning,) = [evaluation for evaluation in evaluations if evaluation.check_name == "within_budgets"]
    assert (warning.passed, warning.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "order_completed has" in str(warning.description)
    assert "1 of 1 event tables" in str(warning.description)


def test_a_table_that_is_not_ours_under_a_name_of_ours_is_a_missing_one(config: Path) -> None:
    change(config, "ALTER TABLE events.order_completed RENAME TO old_orders")
    change(config, "CREATE TABLE events.order_completed (x INT)")
    assert [*differences(config)] == ["arrivals_add_up"]
    assert "the table does not exist" in differences(config)["arrivals_add_up"][0]
