"""Junk as a user handles it: excluded by the settings, listed, dropped, kept in the catalog's file, restored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from event_assets.health.reconciliation import IDENTITIES, find_differences
from tests.cli.test_app import document
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.defs.in_process import tideline
from tests.defs.test_assets import checks_of, metadata_of, run_hours


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write two hours of orders, with three kinds of debug events and a screen in every hour."""
    for number in range(2):
        at = hour(number)
        junk = [track(f"d{number}-{n}", at=at, event=f"debug {n}", step=n) for n in range(3)]
        screen = track(f"s{number}", at=at) | {"type": "screen", "name": "Home"}
        orders = [track(f"o{number}-{n}", at=at, price=1.5, junk="x") for n in range(4)]
        write_file(tmp_path / "archive", at, [*orders, *junk, screen])
    write_config(tmp_path)
    return tmp_path


def choose(folder: Path, text: str) -> None:
    """Add keys to the source."""
    path = folder / "tideline.toml"
    path.write_text(path.read_text() + text + "\n")


def query(folder: Path, text: str) -> list[Any]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(text).fetchall()


def found_differences(folder: Path) -> list[str]:
    settings = settings_of(folder / "tideline.toml")
    by_identity = find_differences(settings, settings.sources["default"], IDENTITIES, None)
    return [str(difference) for differences in by_identity.values() for difference in differences]


def test_load_and_status_report_excluded_events_and_the_checks_add_up(project: Path) -> None:
    choose(project, 'exclude = {types = ["screen"], events = ["debug*"]}')
    loaded = tideline("load", "--json", cwd=project)
    done = document(loaded)
    assert (done["totals"]["events"], done["totals"]["excluded"], done["totals"]["staged"]) == (16, 8, 16)
    assert "excluded=4" in loaded.stderr
    assert query(project, "SELECT DISTINCT table_name FROM tideline.columns ORDER BY 1") == [
        ("order_completed",),
        ("tracks",),
    ]
    assert found_differences(project) == []
    (status,) = document(tideline("status", "--json", cwd=project))["sources"]
    assert [(row["type"], row["event"], row["events"]) for row in status["excluded"]] == [
        ("screen", None, 2),
        *(("track", f"debug {n}", 2) for n in range(3)),
    ]
    assert (status["totals"]["excluded"], status["other_settings"]) == (8, [])
    assert "Excluded by include and exclude" in tideline("status", cwd=project).stdout
    with duckdb.connect(str(project / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE tideline.excluded SET events = 0 WHERE type = 'screen'")
    assert found_differences(project) == [
        f"{hour(n):%Y-%m-%dT%H} screens: 0 rows and 0 losing copies of 1 distinct ids in the lake" for n in range(2)
    ]


def test_hours_of_other_settings_are_reported_with_the_command_that_loads_them_again(project: Path) -> None:
    tideline("load", cwd=project)
    assert tideline("status", cwd=project).stdout.count("--reload") == 0
    choose(project, 'exclude = {events = ["debug*"]}\nnot_users = ["U1"]')
    loaded = tideline("load", cwd=project)
    assert "Nothing is pending" in loaded.stdout
    command = "tideline load --reload --from 2026-01-31T07 --to 2026-01-31T08"
    assert command in loaded.stderr
    (status,) = document(tideline("status", "--json", cwd=project))["sources"]
    assert status["other_settings"] == [hour(0).isoformat(), hour(1).isoformat()]
    assert command in tideline("status", cwd=project).stdout
    reloaded = document(tideline(*command.split()[1:], "--json", cwd=project))
    assert (reloaded["totals"]["deleted"], reloaded["other_settings"]) == (12, {})
    (status,) = document(tideline("status", "--json", cwd=project))["sources"]
    assert status["other_settings"] == []
    assert found_differences(project) == []


def test_junk_is_listed_dropped_exported_and_restored(project: Path) -> None:
    tideline("load", cwd=project)
    by_columns = document(tideline("catalog", "list", "--by", "columns", "--json", cwd=project))["tables"]
    assert [usage["table"] for usage in by_columns][:2] == ["order_completed", "debug_0"]
    columns = document(tideline("catalog", "list", "order_completed", "--json", cwd=project))["columns"]
    assert {usage["column"]: usage["values"] for usage in columns}["junk"] == 8
    assert "4 of 500 event tables" in tideline("catalog", "list", cwd=project).stdout

    dry = tideline("catalog", "drop", "debug_0", "--dry-run", cwd=project)
    assert dry.stdout.startswith("debug_0 would be dropped, with 2 rows\n2 rows of 2 archive hours would be rebuilt")
    for name in ("debug_0", "order_completed.junk"):
        assert tideline("catalog", "drop", name, cwd=project).returncode == 0
    (text,) = query(project, "SELECT _rescued FROM events.tracks WHERE id = 'd0-0'")
    assert json.loads(text[0]) == {"properties": {"step": 0}}
    assert found_differences(project) == []
    listed = document(tideline("catalog", "list", "--by", "name", "--json", cwd=project))["tables"]
    assert [usage["state"] for usage in listed if usage["table"] == "debug_0"] == ["dropped"]
    assert "3 of 500 event tables" in tideline("catalog", "list", cwd=project).stdout

    exported = tideline("catalog", "export", cwd=project).stdout
    assert '[debug_0]\n"*" = { type = "dropped" }\n' in exported
    assert '\njunk = { type = "dropped" }\n' in exported
    (project / "types.toml").write_text(exported)
    fresh = project / "fresh.duckdb"
    imported = tideline("catalog", "import", "types.toml", "--warehouse", fresh, cwd=project)
    assert "new debug_0.* dropped" in imported.stdout
    tideline("load", "--warehouse", fresh, cwd=project)
    again = tideline("catalog", "export", "--warehouse", fresh, cwd=project).stdout
    assert again.replace("pinned = true, ", "") == exported.replace("provisional = true, ", "")

    half = tideline("catalog", "drop", "order_completed.", cwd=project)
    assert (half.returncode, "has no column ''" in half.stderr) == (2, True)
    already = tideline("catalog", "drop", "debug_0", cwd=project)
    assert (already.returncode, "debug_0 is dropped already" in already.stdout) == (0, True), already
    assert tideline("catalog", "restore", "debug_0", cwd=project).returncode == 0
    (project / "one.toml").write_text('[order_completed]\njunk = "string"\n')
    restored = tideline("catalog", "import", "one.toml", cwd=project).stdout
    assert "changed order_completed.junk dropped -> string pinned" in restored
    assert document(tideline("load", "--reload", "--json", cwd=project))["loaded"] == 2
    assert query(project, "SELECT count(*), count(junk) FROM events.order_completed") == [(8, 8)]
    assert query(project, "SELECT count(*) FROM events.debug_0") == [(2,)]
    assert found_differences(project) == []


REFUSED = {
    '[order_completed]\nprice = "dropped"': "tideline catalog drop order_completed.price",
    '[order_completed]\n"*" = "dropped"': "tideline catalog drop order_completed",
    '[tracks]\n"*" = "dropped"': "exclude",
    '[novel]\n"*" = "string"': "only be dropped",
    '[novel]\n"*" = "dropped"\nx = "int"': "[novel] x: the table is dropped",
}


def test_a_file_that_would_drop_existing_columns_is_refused(project: Path) -> None:
    tideline("load", cwd=project)
    for file, words in REFUSED.items():
        (project / "types.toml").write_text(file)
        done = tideline("catalog", "import", "types.toml", cwd=project)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert query(project, "SELECT count(price) FROM events.order_completed") == [(8,)]


def test_infer_ignores_excluded_events(project: Path) -> None:
    choose(project, 'include = {events = ["Order*"]}')
    inferred = tideline("catalog", "infer", cwd=project).stdout
    assert "[order_completed]" in inferred
    assert "debug" not in inferred


def test_dagster_shows_the_excluded_events_of_an_hour(project: Path, instance: dg.DagsterInstance) -> None:
    choose(project, 'exclude = {types = ["screen"], events = ["debug*"]}\nnot_users = ["u1"]')
    result = run_hours(project / "tideline.toml", instance, 0, 0)
    assert checks_of(result) == dict.fromkeys(checks_of(result), True)
    (shown,) = metadata_of(instance, "warehouse").values()
    assert (shown["excluded"], shown["events"], shown["staged"]) == (4, 8, 8)
