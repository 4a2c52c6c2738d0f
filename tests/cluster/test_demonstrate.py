"""Hours over processes and workers: the lake and the tables of a single process, with a worker killed or without."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from event_assets.demo.generate import START, generate
from tests.cluster.demonstrate import EVENTS, Outcome, demonstrate
from tests.conftest import ROOT
from tests.promises.archives import condense

RIGHT = Outcome(
    status="SUCCESS",
    killed="0001",
    retaken=True,
    chunks={"one": 1, "two": 4},
    hours=24,
    steps=4,
    differing=[],
    seconds=1,
)


def test_an_outcome_is_wrong_when_anything_is_missing() -> None:
    assert RIGHT.right
    assert not replace(RIGHT, status="FAILURE").right
    assert not replace(RIGHT, killed="").right
    assert not replace(RIGHT, retaken=False).right
    assert not replace(RIGHT, chunks={"one": 5, "two": 0}).right
    assert not replace(RIGHT, differing=["tracks: 1 rows only in one"]).right


@pytest.mark.slow
def test_a_killed_workers_chunk_is_finished_by_the_other_and_nothing_differs(tmp_path: Path) -> None:
    outcome = demonstrate(tmp_path, events=EVENTS)
    assert outcome.right, outcome


@pytest.mark.slow
def test_steps_in_processes_of_their_own_write_the_lake_of_one(tmp_path: Path) -> None:
    generate(tmp_path / "hourly", events=25_000, days=1)
    condense(tmp_path / "hourly", tmp_path / "archive", hours=24)
    hour = f"{START:%Y-%m-%d}T23"
    for name, extra in (
        ("many", "[dagster]\nexecutor = 'multiprocess'\nfan_out = true\nfan_out_mib = 1\n"),
        ("one", ""),
    ):
        (tmp_path / f"{name}.toml").write_text(
            f"lake = '{tmp_path}/{name}'\nwarehouse = '{tmp_path}/{name}.duckdb'\npartitions_start = '{hour}'\n"
            f"partitions_end = '{hour}'\n{extra}[source]\narchive = '{tmp_path}/archive'\nlayout = 'rudderstack'\n"
        )
    (tmp_path / "home").mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DAGSTER_HOME": str(tmp_path / "home")}
    dagster = [str(Path(sys.executable).with_name("dagster")), "asset", "materialize", "-m", "event_assets.definitions"]
    commands = {
        "many": [*dagster, "--select", "lake", "--partition", hour],
        "one": [sys.executable, "-m", "event_assets.cli", "load"],
    }
    output = {}
    for name, command in commands.items():
        config = {"TIDELINE_CONFIG": str(tmp_path / f"{name}.toml")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | config, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        output[name] = done.stdout + done.stderr
    assert output["many"].count("files, ") >= 2
    assert output["many"].count("Launching subprocess") >= 4
    lakes = [
        {path.relative_to(lake): path.read_bytes() for path in lake.rglob("*") if path.is_file()}
        for lake in (tmp_path / "many" / "default", tmp_path / "one" / "default")
    ]
    assert lakes[0] == lakes[1]
    assert len(lakes[0]) >= 3
