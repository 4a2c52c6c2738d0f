"""The job `replay_quarantine` does what the command does, with a typed config."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb

from event_assets.defs.assets import warehouse_pool
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.defs.governance.jobs import run_job
from tests.defs.test_assets import run_hours


def run_replay(config: Path, instance: dg.DagsterInstance, **choice: object) -> dg.ExecuteInProcessResult:
    """The job of today's settings, run in this process."""
    return run_job(config, instance, "replay_quarantine", "replay_quarantine_lines", choice)


def count_tracks(folder: Path) -> int:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        (count,) = connection.sql("SELECT count(*) FROM events.tracks").fetchall()
    return int(count[0])


def test_the_job_replays_the_lines_of_its_config(tmp_path: Path) -> None:
    sale = {**track("m1", at=hour(0)), "type": "sale"}
    path = write_file(tmp_path / "archive", hour(0), [track("m2", at=hour(0)), sale])
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 0)
        with config.open("a") as text:
            text.write('mapping = { type = { path = "type", values = { sale = "track", track = "track" } } }\n')
        path.unlink()
        wrong = run_replay(config, instance, reasons=["sale"])
        assert (wrong.success, count_tracks(tmp_path)) == (False, 1)
        dry = run_replay(config, instance, reasons=["unknown_type"], dry_run=True)
        assert (dry.success, count_tracks(tmp_path)) == (True, 1)
        done = run_replay(config, instance, start="2026-01-31", end="2026-01-31")
        assert (done.success, count_tracks(tmp_path)) == (True, 2)
        (step,) = done.job_def.nodes
        assert step.definition.pools == {warehouse_pool(settings_of(config))} == {"tideline_warehouse"}
