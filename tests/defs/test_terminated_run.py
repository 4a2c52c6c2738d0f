"""A run that is terminated unwinds: its temporary folders are removed, and the same hour is loaded by the next run."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from event_assets.demo.generate import generate
from tests.cli.commands import Command, start_python
from tests.conftest import ROOT
from tests.promises.archives import condense

_HOUR = "2026-03-02T23"
_CONFIG = """
lake = "lake"
warehouse = "warehouse.duckdb"
settle = "10s"
look_back = "3650d"
partitions_start = "2026-03-02T00"
partitions_end = "2026-03-02T23"

[source]
archive = "archive"
layout = "rudderstack"
"""


def start_run(folder: Path) -> Command:
    """Materialize an hour in a process of its own."""
    arguments = ["--select", "lake,warehouse", "--partition", _HOUR]
    command = ["-m", "dagster", "asset", "materialize", "-m", "event_assets.definitions", *arguments]
    return start_python(command, folder, environment={"DAGSTER_HOME": str(folder / "home")})


def in_the_middle(folder: Path) -> bool:
    """Whether the run sorts the hour's rows; earlier, an exception where a block begins would leave its lock."""
    return next((folder / "lake" / ".spool").glob("*/*"), None) is not None


def drafts(folder: Path) -> list[str]:
    return [str(path) for name in ("tmp", "lake/.spool") for path in (folder / name).rglob("*.lock")]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_terminated_run_leaves_nothing(number: int, tmp_path: Path) -> None:
    generate(tmp_path / "demo", events=10_000, days=1)
    condense(tmp_path / "demo", tmp_path / "archive", hours=24)
    (tmp_path / "tideline.toml").write_text(_CONFIG)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_bytes((ROOT / "deploy" / "dagster-dev.yaml").read_bytes())
    run = start_run(tmp_path)
    until = time.monotonic() + 300
    while not (seen := in_the_middle(tmp_path)) and run.process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    assert seen
    run.process.send_signal(number)
    code, errors = run.end(300)
    assert code != 0
    assert "DagsterExecutionInterruptedError" in errors
    assert run.left(seconds=60) == []
    assert drafts(tmp_path) == []
    code, errors = start_run(tmp_path).end(300)
    assert code == 0, errors[-2000:]
