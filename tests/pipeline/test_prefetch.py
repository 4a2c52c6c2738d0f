"""Hours that a process normalizes beside the load give the same tables, also when that process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from event_assets.config.memory import LEAST_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.pipeline import prefetch
from event_assets.pipeline.load import Choice, Outcome, Plan, load_plans, plan_hours
from tests.defs.build import hour, settings_of, write_config, write_file, write_hours

HOURS = 6


@pytest.fixture
def worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any hours are worth a process."""
    monkeypatch.setattr(prefetch, "LEAST_PREFETCH_BYTES", 1)


def settings_in(folder: Path, processes: int) -> Settings:
    """A project of its own with the same archive; six hours, with one broken file."""
    folder.mkdir()
    write_hours(folder / "archive", range(HOURS))
    write_file(folder / "archive", hour(2), ["{"], part=7).write_bytes(b"no gzip at all")
    memory = plan_memory(2 * LEAST_MIB, processes=processes)
    return replace(settings_of(write_config(folder)), memory=memory)


def load(settings: Settings, on_progress: Callable[[Plan, str, object], None] = lambda *_: None) -> list[Outcome]:
    return list(load_plans(settings, plan_hours(settings, Choice()), Choice(), on_progress))


def rows(folder: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql("SELECT id, event, timestamp, _archive_hour FROM events.tracks ORDER BY id").fetchall()


def workers() -> list[int]:
    asked = ["pgrep", "-P", str(os.getpid()), "-f", "event_assets.pipeline.worker"]
    return list(map(int, subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()))


@pytest.mark.usefixtures("worth")
def test_prefetched_hours_load_as_those_of_one_process(tmp_path: Path) -> None:
    seen: set[int] = set()
    outcomes = load(settings_in(tmp_path / "prefetch", 2), lambda *_: seen.update(workers()))
    assert len(seen) == 1, "one process normalized the hours"
    assert workers() == [], "and ended with them"
    here = load(settings_in(tmp_path / "here", 1))
    assert [outcome.counts for outcome in outcomes] == [outcome.counts for outcome in here]
    assert [outcome.state for outcome in outcomes] == ["loaded"] * HOURS
    assert rows(tmp_path / "prefetch") == rows(tmp_path / "here")


@pytest.mark.usefixtures("worth")
def test_the_process_has_ended_when_nothing_is_left_but_the_load(tmp_path: Path) -> None:
    seen: dict[str, set[int]] = {"events": set(), "warehouse": set()}
    load(settings_in(tmp_path / "prefetch", 2), lambda _, step, __: seen[step].update(workers()))
    assert len(seen["events"]) == 1
    assert seen["warehouse"] == set()


@pytest.mark.usefixtures("worth")
def test_hours_whose_process_is_killed_are_normalized_in_this_one(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(plan: Plan, step: str, _: object) -> None:
        if step == "events" and not killed:
            killed.extend(workers())
            for process in killed:
                os.kill(process, signal.SIGKILL)

    outcomes = load(settings_in(tmp_path / "killed", 2), kill)
    assert len(killed) == 1
    assert [outcome.state for outcome in outcomes] == ["loaded"] * HOURS
    load(settings_in(tmp_path / "here", 1))
    assert rows(tmp_path / "killed") == rows(tmp_path / "here")


@pytest.mark.usefixtures("worth")
def test_the_error_of_a_prefetched_hour_is_that_of_one_process(tmp_path: Path) -> None:
    errors = []
    for processes in (1, 2):
        settings = settings_in(tmp_path / str(processes), processes)
        plans = plan_hours(settings, Choice())
        for file in (tmp_path / str(processes) / "archive").rglob(f"{int(hour(3).timestamp())}*"):
            file.unlink()
        outcomes = list(load_plans(settings, plans, Choice(), lambda *_: None))
        assert [outcome.state for outcome in outcomes] == ["loaded"] * 3 + ["failed"] + ["loaded"] * 2
        errors.append(str(outcomes[3].error).replace(str(tmp_path / str(processes)), "FOLDER"))
    assert errors[0] == errors[1]


def test_few_small_hours_start_no_process(tmp_path: Path) -> None:
    seen: set[int] = set()
    load(settings_in(tmp_path / "few", 2), lambda *_: seen.update(workers()))
    assert seen == set()
