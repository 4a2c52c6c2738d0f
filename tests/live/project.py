"""A project for a live Dagster: an archive of small hours, its configuration, and the same archive loaded again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from event_assets.pipeline.load import Choice, load_plans, plan_hours
from tests.browser.dagster_dev import Dagster
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.postgres import Database

FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Project:
    """A folder with archive, lake, warehouse and configuration."""

    folder: Path
    config: Path
    hours: int

    @property
    def keys(self) -> list[str]:
        """Its partitions."""
        return [f"{hour(number):%Y-%m-%dT%H}" for number in range(self.hours)]


def write_project(
    folder: Path, hours: int, *, hours_per_run: int, events: int = 6, database: Database | None = None, extra: str = ""
) -> Project:
    """Write an archive of so many hours; every hour repeats an event of the one before."""
    for number in range(hours):
        write_hour(folder / "archive", number, events)
    warehouse = database.warehouse_url if database else None
    config = write_config(folder, hours=hours, warehouse=warehouse, extra=f"hours_per_run = {hours_per_run}\n{extra}")
    return Project(folder, config, hours)


def write_hour(archive: Path, number: int, events: int) -> None:
    """Write the one file of an hour."""
    good = [
        track(f"m{number}-{n}", at=hour(number), event=f"Event {n % 3}", price=n, label=f"n{number}")
        for n in range(events)
    ]
    before = [track(f"m{number - 1}-0", at=hour(number), event="Event 0", price=number)]
    write_file(archive, hour(number), [*good, *before, "broken"])


def load_again(project: Project) -> Path:
    """Load the archive by the command's functions into a new DuckDB file; return its path."""
    folder = project.folder / "again"
    folder.mkdir()
    text = project.config.read_text()
    text = re.sub(r'lake = "[^"]*"', f'lake = "{folder}/lake"', text)
    text = re.sub(r'warehouse = "[^"]*"', f'warehouse = "{folder}/w.duckdb"', text)
    (folder / "tideline.toml").write_text(text)
    settings = settings_of(folder / "tideline.toml")
    outcomes = list(load_plans(settings, plan_hours(settings, Choice()), Choice(), lambda *_: None))
    assert {outcome.state for outcome in outcomes} == {"loaded"}
    return folder / "w.duckdb"


def step_spans(dagster: Dagster, step: str) -> list[tuple[float, float]]:
    """Return when a step began and ended in every run that had it, in milliseconds."""
    spans = []
    for run in dagster.runs():
        times = {
            event["eventType"]: float(event["timestamp"])
            for event in dagster.logs(run["runId"])
            if event.get("stepKey") == step and event.get("eventType") in {"STEP_START", "STEP_SUCCESS"}
        }
        if len(times) == 2:
            spans.append((times["STEP_START"], times["STEP_SUCCESS"]))
    return sorted(spans)


def overlapping(spans: Iterable[tuple[float, float]]) -> int:
    """Return the number of consecutive spans that overlap."""
    ordered = sorted(spans)
    return sum(after[0] < before[1] for before, after in itertools.pairwise(ordered))


def worker_of(dagster: Dagster, run_id: str) -> int | None:
    """Return the process of a run, from the run's own log."""
    for event in dagster.logs(run_id):
        if found := re.search(r"Started process for run \(pid: (\d+)\)", event.get("message") or ""):
            return int(found[1])
    return None


def materialized_at(dagster: Dagster, asset: str) -> dict[str, list[str]]:
    """Return per partition the ids of the runs that materialized it."""
    query = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
      assetMaterializations(limit: 1000) { partition runId } } } }"""
    answer = dagster.ask(query, key={"path": asset.split("/")})["assetOrError"]
    found: dict[str, list[str]] = {}
    for event in answer["assetMaterializations"]:
        found.setdefault(event["partition"], []).append(event["runId"])
    return found


def archive_day(moment: datetime) -> str:
    """Return the partition of rollups that contains a moment."""
    return f"{moment:%Y-%m-%d}"
