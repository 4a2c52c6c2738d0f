"""`retain_days` from outside: the command, the pass after loads, and checks that hold and still find differences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from event_assets.lake.reading.read import list_hours
from tests.cli.test_app import document, tideline
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.defs.checks.test_counts import change, differences
from tests.defs.test_assets import checks_of, run_hours

AGES = "retain_days = 1\n"
"""Every event of these tests is older than this."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two loaded hours, the second with a newer copy of an event of the first; retention is asked for since."""
    write_hours(tmp_path / "archive", [0, 1])
    write_file(tmp_path / "archive", hour(1), [track("m0-1", at=hour(1), price=2)], part=1)
    path = write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    path.write_text(path.read_text() + AGES)
    return path


def rows(config: Path, table: str = "tracks") -> int:
    status = document(tideline("status", "--json", cwd=config.parent))["sources"][0]
    return int(status["tables"][table])


def test_a_dry_run_reports_the_rows_that_retain_then_drops(config: Path) -> None:
    dry = document(tideline("retain", "--dry-run", "--json", cwd=config.parent))
    (reported,) = dry["sources"]
    assert (dry["dry_run"], reported["source"], reported["schema"], reported["retain_days"]) == (
        True,
        "default",
        "events",
        1,
    )
    assert (reported["tables"], reported["load_id"], rows(config)) == ({"order_completed": 8, "tracks": 8}, None, 8)
    done = document(tideline("retain", "--json", cwd=config.parent))["sources"][0]
    assert (done["tables"], bool(done["load_id"]), rows(config)) == (reported["tables"], True, 0)
    again = tideline("retain", cwd=config.parent)
    assert (again.returncode, again.stdout.startswith("Source default: no rows before")) == (0, True)


def test_the_pass_is_reported_in_words(config: Path) -> None:
    reported = tideline("retain", "--dry-run", cwd=config.parent).stdout
    assert "would be dropped" in reported
    assert "tracks" in reported
    assert "would be" not in tideline("retain", cwd=config.parent).stdout


def test_retain_without_the_setting_is_an_operators_mistake(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path)
    done = tideline("retain", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "retain_days" in done.stderr


@pytest.mark.slow
def test_counts_still_add_up_after_a_pass_and_after_rows_that_return(config: Path) -> None:
    document(tideline("retain", "--json", cwd=config.parent))
    assert differences(config) == {}
    write_file(config.parent / "archive", hour(0), [track("late", at=hour(0))], part=7)
    settings = config.read_text()
    config.write_text(settings.replace(AGES, ""))
    document(tideline("load", "--json", cwd=config.parent))
    assert (rows(config), differences(config)) == (5, {})
    config.write_text(settings)
    document(tideline("retain", "--json", cwd=config.parent))
    assert (rows(config), differences(config)) == (0, {})


@pytest.mark.parametrize(
    ("statement", "reported"),
    [
        (
            "DELETE FROM tideline.dropped WHERE archive_hour = '2026-01-31 07:00:00+00'",
            ["2026-01-31T07 tracks: 0 rows and 0 losing copies of 4 distinct ids in the lake"],
        ),
        (
            "UPDATE tideline.dropped SET dropped_copies = 0",
            ["2026-01-31T07 tracks: 0 rows and 0 losing copies, 3 dropped by retention, of 4 distinct ids in the lake"],
        ),
    ],
)
def test_rows_that_are_missing_without_a_record_are_still_named(
    config: Path, statement: str, reported: list[str]
) -> None:
    document(tideline("retain", "--json", cwd=config.parent))
    change(config, statement)
    assert differences(config)["rows_are_distinct"] == reported


def test_checks_of_a_warehouse_that_never_heard_of_retention_hold(config: Path) -> None:
    for view in ("event_hours", "lateness", "restatements"):
        change(config, f"DROP VIEW tideline.{view}")
    change(config, "DROP TABLE tideline.dropped")
    assert differences(config) == {}
    assert rows(config) == 8


def test_loads_drop_old_days_once_they_are_done(config: Path) -> None:
    write_hours(config.parent / "archive", [2])
    done = tideline("load", "--json", cwd=config.parent)
    assert document(done)["loaded"] == 1
    assert "default dropped days before" in done.stderr.splitlines()[-1]
    assert (rows(config), differences(config)) == (0, {})


def test_a_run_of_dagster_drops_old_days_and_its_checks_are_green(config: Path, instance: dg.DagsterInstance) -> None:
    write_hours(config.parent / "archive", [2])
    result = run_hours(config, instance, 2, 2)
    assert rows(config) == 0
    assert checks_of(result) == dict.fromkeys(checks_of(result), True)
    assert settings_of(config).sources["default"].retain_days == 1


def test_a_run_of_dagster_takes_old_hours_out_of_the_lake_and_exports_tables(
    config: Path, instance: dg.DagsterInstance
) -> None:
    text = config.read_text().replace(AGES, "")
    config.write_text(f'lake_retain_days = 1\nexport = "{config.parent}/files"\n{text}')
    write_hours(config.parent / "archive", [2])
    checks = checks_of(run_hours(config, instance, 2, 2))
    assert checks == dict.fromkeys(checks, True)
    assert list_hours(settings_of(config).lake, "default") == []
    exported = pl.read_parquet(f"{config.parent}/files/events/tracks/**/*.parquet")
    assert exported.height == rows(config) > 8
