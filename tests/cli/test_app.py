"""The command as a user runs it: in a process of its own, with its exit codes and its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.forked import run_forked
from tests.conftest import ROOT
from tests.defs.build import held_elsewhere, hour, track, write_config, write_file, write_hours


def tideline(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `tideline` with these arguments in a folder, without TIDELINE_ variables other than the given ones."""
    return run_forked([*map(str, arguments)], cwd, clean_environment(cwd) | environment)


def clean_environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LANG": "C.UTF-8"}


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def places(folder: Path) -> list[str | Path]:
    return ["--archive", folder / "archive", "--lake", folder / "lake", "--warehouse", folder / "w.duckdb"]


def count(folder: Path, table: str) -> int:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        row = connection.sql(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_every_pending_hour_is_loaded_in_order_and_only_once(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [2, 0, 1])
    done = document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))
    assert [outcome["archive_hour"] for outcome in done["hours"]] == [hour(n).isoformat() for n in range(3)]
    assert (done["loaded"], done["skipped"], done["failed"]) == (3, 0, 0)
    assert {name: done["totals"][name] for name in ("lines", "events", "duplicates", "quarantined", "staged")} == {
        "lines": 18,
        "events": 15,
        "duplicates": 3,
        "quarantined": 3,
        "staged": 24,
    }
    again = tideline("load", *places(tmp_path), cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert "Nothing is pending" in again.stdout
    assert count(tmp_path, "tideline.loads") == 3


@pytest.mark.slow
def test_variables_replace_flags(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    environment = {
        "TIDELINE_ARCHIVE": "archive",
        "TIDELINE_LAYOUT": "rudderstack",
        "TIDELINE_LAKE": "lake",
        "TIDELINE_WAREHOUSE": "duckdb:///w.duckdb",
    }
    assert document(tideline("load", "--json", cwd=tmp_path, **environment))["loaded"] == 1
    assert count(tmp_path, "events.tracks") == 4
    config = write_config(tmp_path)
    assert document(tideline("load", "--json", cwd=tmp_path, TIDELINE_CONFIG=str(config)))["loaded"] == 1


def test_from_and_to_are_inclusive(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(5))
    span = ["--from", "2026-01-31T08", "--to", "2026-01-31T10"]
    done = document(tideline("load", *places(tmp_path), *span, "--json", cwd=tmp_path))
    assert [outcome["archive_hour"] for outcome in done["hours"]] == [hour(n).isoformat() for n in (1, 2, 3)]


def test_a_dry_run_lists_pending_hours_and_changes_nothing(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    listed = document(tideline("load", *places(tmp_path), "--dry-run", "--json", cwd=tmp_path))
    assert [(outcome["archive_hour"], outcome["why"]) for outcome in listed["pending"]] == [
        (hour(n).isoformat(), "never loaded") for n in (0, 1)
    ]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".duckdb") == ["archive"]
    assert "2 pending hours" in tideline("load", *places(tmp_path), "--dry-run", cwd=tmp_path).stdout


def test_late_files_run_their_hour_again_and_reload_runs_all(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    tideline("load", *places(tmp_path), cwd=tmp_path)
    write_file(tmp_path / "archive", hour(0), [track("late", at=hour(0))], part=7)
    status = document(tideline("status", *places(tmp_path), "--json", cwd=tmp_path))["sources"][0]
    assert status["pending"] == [hour(0).isoformat()]
    assert [len(late["files"]) for late in status["late"]] == [1]
    done = document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))
    assert [outcome["archive_hour"] for outcome in done["hours"]] == [hour(0).isoformat()]
    assert count(tmp_path, "events.tracks") == 9
    again = document(tideline("load", *places(tmp_path), "--reload", "--json", cwd=tmp_path))
    assert again["loaded"] == 2
    assert count(tmp_path, "events.tracks") == 9


def test_removals_are_taken_only_when_accepted(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    extra = write_file(tmp_path / "archive", hour(0), [track("extra", at=hour(0))], part=7)
    tideline("load", *places(tmp_path), cwd=tmp_path)
    extra.unlink()
    status = document(tideline("status", *places(tmp_path), "--json", cwd=tmp_path))["sources"][0]
    assert (list(status["vanished"]), status["pending"]) == (["2026-01-31T07"], [])
    assert document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))["hours"] == []
    assert count(tmp_path, "events.tracks") == 9
    document(tideline("load", *places(tmp_path), "--accept-removals", "--json", cwd=tmp_path))
    assert count(tmp_path, "events.tracks") == 8
    assert document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))["hours"] == []


def test_status_shows_what_is_quarantined_and_why(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_file(tmp_path / "archive", hour(0), ['{"type": "shout"}', "[red]no markup[/red]\x1b[31m"], part=1)
    before = document(tideline("status", *places(tmp_path), "--json", cwd=tmp_path))["sources"][0]
    assert (before["loaded"], before["pending"]) == ([], [hour(0).isoformat()])
    tideline("load", *places(tmp_path), cwd=tmp_path)
    status = document(tideline("status", *places(tmp_path), "--json", cwd=tmp_path))["sources"][0]
    assert {reason["reason"]: reason["held"] for reason in status["quarantine"]} == {
        "invalid_json": 2,
        "unknown_type": 1,
    }
    assert status["tables"] == {"order_completed": 4, "tracks": 4, "users": 0} or status["tables"]["tracks"] == 4
    shown = tideline("status", *places(tmp_path), cwd=tmp_path)
    assert shown.returncode == 0
    assert "unknown_type" in shown.stdout
    assert "[red]no markup[/red]" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_bad_data_is_no_failure(tmp_path: Path) -> None:
    write_file(tmp_path / "archive", hour(0), ["no json at all", "\x00", '{"type":"track"}'])
    broken = write_file(tmp_path / "archive", hour(0), [track("m1", at=hour(0))], part=1)
    broken.write_bytes(broken.read_bytes()[:-4])
    done = document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))
    totals = done["totals"]
    assert (totals["events"], totals["quarantined"], totals["bad_files"]) == (1, 2, 1)


GOOD = ["--archive", "archive", "--lake", "l", "--warehouse", "w"]
MISTAKES = [
    (["load"], "--archive"),
    (["load", "--archive", "nowhere", "--lake", "l", "--warehouse", "w"], "nowhere"),
    (["load", "--archive", "archive", "--lake", "l", "--warehouse", "no/such/folder/w.duckdb"], "no/such/folder"),
    (["load", "--archive", "archive", "--lake", "l", "--warehouse", "oracle://x"], "oracle"),
    (["load", *GOOD, "--layout", "segmnt"], "segmnt"),
    (["load", *GOOD, "--from", "yesterday"], "yesterday"),
    (
        [
            "load",
            "--archive",
            "archive",
            "--lake",
            "l",
            "--warehouse",
            "w",
            "--from",
            "2026-01-02T00",
            "--to",
            "2026-01-01T00",
        ],
        "after",
    ),
    (["load", "--config", "none.toml"], "none.toml"),
    (["load", *GOOD, "--mapping", "githab"], "githab"),
    (["load", "--lkae", "x"], "--lkae"),
    (["laod"], "laod"),
    (["status", "--archive", "archive"], "--lake"),
    (["retain", *GOOD], "retain_days"),
    (["demo", "--folder", "archive"], "archive"),
    (["demo", "--events", "few"], "--events"),
]


@pytest.mark.parametrize(("arguments", "word"), MISTAKES, ids=[" ".join(arguments[-2:]) for arguments, _ in MISTAKES])
def test_an_operators_mistake_is_one_line_and_exit_2(arguments: list[str], word: str, tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    done = tideline(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert word in done.stderr


def test_a_failed_hour_is_named_the_others_are_loaded_and_the_exit_is_1(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1, 2])
    note = tmp_path / "lake/default/hours/2026-01-31T08.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"format": 1000}')
    done = tideline("load", *places(tmp_path), "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert [outcome["state"] for outcome in json.loads(done.stdout)["hours"]] == ["loaded", "failed", "loaded"]
    assert "2026-01-31T08 failed" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("tideline: failed: 2026-01-31T08")
    note.write_text("no note of any version")
    assert document(tideline("load", *places(tmp_path), "--reload", "--json", cwd=tmp_path))["loaded"] == 3
    assert count(tmp_path, "events.tracks") == 12


def test_hours_whose_notes_are_damaged_are_written_again_and_leave_none_pending(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(5))
    notes = tmp_path / "lake/default/hours"
    notes.mkdir(parents=True)
    for number in range(5):
        (notes / f"{hour(number):%Y-%m-%dT%H}.json").write_text("no note")
    done = tideline("load", *places(tmp_path), "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert (done.returncode, result["loaded"], result["failed"], result["left"]) == (0, 5, 0, 0)


def test_a_lake_that_cannot_be_used_is_one_line_and_no_failure_of_every_hour(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(5))
    (tmp_path / "lake").write_text("a file where the lake should be")
    done = tideline("load", *places(tmp_path), "--json", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "a file is where a folder should be" in done.stderr


def test_a_password_is_never_printed(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    flags = places(tmp_path)[:-1]
    for url, code in (("mysql://me:hush@localhost/db", 2), ("postgresql://me:hush@127.0.0.1:1/db", 1)):
        done = tideline("load", *flags, url, cwd=tmp_path)
        assert done.returncode == code
        assert "hush" not in done.stderr + done.stdout


def test_two_commands_at_once_load_no_hour_twice(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(6), events=20)
    command = [sys.executable, "-m", "event_assets.cli", "load", *map(str, places(tmp_path)), "--json"]
    running = [
        subprocess.Popen(
            command, cwd=tmp_path, env=clean_environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    results = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], results
    documents = [json.loads(out) for out, _ in results]
    loaded = [
        outcome["archive_hour"] for done in documents for outcome in done["hours"] if outcome["state"] == "loaded"
    ]
    assert sorted(loaded) == [hour(n).isoformat() for n in range(6)]
    assert count(tmp_path, "tideline.loads") == 6
    assert count(tmp_path, "events.tracks") == 120


def test_a_command_waits_for_a_reader_that_leaves(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))
    write_hours(tmp_path / "archive", [1])
    command = [sys.executable, "-m", "event_assets.cli", "load", *map(str, places(tmp_path)), "--json"]
    with held_elsewhere(tmp_path / "w.duckdb"):
        process = subprocess.Popen(
            command, cwd=tmp_path, env=clean_environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=5)
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, json.loads(out)["loaded"]) == (0, 1)


@pytest.mark.parametrize("command", ["load", "status", "retain", "demo"])
def test_help_shows_variables_and_an_example(command: str, tmp_path: Path) -> None:
    done = tideline(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert f"tideline {command}" in done.stdout
    assert "Example" in done.stdout
    assert "\x1b" not in done.stdout
    if command == "load":
        for name in ("ARCHIVE", "LAYOUT", "LAKE", "WAREHOUSE", "CONFIG"):
            assert f"TIDELINE_{name}" in done.stdout
        assert "--from" in done.stdout
        assert "--accept-removals" in done.stdout


@pytest.mark.slow
def test_a_small_demo_ends_with_its_tables_and_what_to_do_next(tmp_path: Path) -> None:
    done = tideline("demo", "--events", "300", "--days", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("What was put right", "tracks", "Quarantine by reason", "events_daily", "What to do next", "late"):
        assert words in done.stdout
    assert "\x1b" not in done.stdout
    again = document(tideline("load", "--config", "demo/tideline.toml", "--json", cwd=tmp_path))
    assert again["hours"] == []
    due = document(tideline("rollups", "--config", "demo/tideline.toml", "--dry-run", "--json", cwd=tmp_path))
    assert due["due"] == []
