"""Ticks of every sensor and schedule of a project, as the daemon has them, and a run of an hour that reports tables."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from typing import Any, Final, Self
from unittest.mock import patch

import dagster as dg

from benchmarks.many_tables_project import Project, Spent
from event_assets.config.settings import Flags, load_settings
from event_assets.definitions import build_definitions
from event_assets.defs.resources import Tideline
from event_assets.defs.tables.specs import find_tables
from event_assets.discovery.first_hours import first_hours

MOST_TICKS: Final = 1000
"""Ticks of a sensor until everything must be reported."""


class Ticks(AbstractContextManager["Ticks"]):
    """The definitions of a project with its Dagster instance; the sensors keep their cursors from tick to tick."""

    def __init__(self, project: Project) -> None:
        self._project, self._stack = project, ExitStack()
        self._stack.enter_context(patch.dict("os.environ", project.environment, clear=True))
        settings, self._now = load_settings({}, Flags(config=str(project.config))), datetime.now(UTC)
        self._resource = Tideline(config=str(project.config))
        starts, tables = first_hours(settings, self._now), find_tables(settings)
        self._repository = build_definitions(settings, starts, self._resource, tables).get_repository_def()
        self._cursors_path = project.home / "cursors.json"
        kept = self._cursors_path.read_text() if self._cursors_path.exists() else "{}"
        self._cursors: dict[str, str | None] = json.loads(kept)
        self._instance = self._stack.enter_context(dg.DagsterInstance.from_config(str(project.home)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._cursors_path.write_text(json.dumps(self._cursors))
        self._stack.close()

    def catch_up(self) -> dict[str, Spent]:
        """Tick every sensor until it has nothing to report; return the slowest tick of each."""
        return {
            sensor.name: max((spent for spent, _ in self._until_idle(sensor)), key=lambda spent: spent.wall)
            for sensor in self._repository.sensor_defs
        }

    def all(self) -> dict[str, Spent]:
        """Tick every sensor and every schedule once."""
        sensors = {sensor.name: self._tick(sensor)[0] for sensor in self._repository.sensor_defs}
        return sensors | {schedule.name: self._tick_schedule(schedule) for schedule in self._repository.schedule_defs}

    def run_hour(self, source: str) -> dict[str, Spent]:
        """Run the newest hour of a source; return the seconds of each step but those of its hour's own work."""
        job = self._repository.get_job(f"load_hours_{source}")
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        hour = f"{self._project.last:%Y-%m-%dT%H}"
        result = job.execute_in_process(instance=self._instance, partition_key=hour, run_config=quiet)
        return dict(_beside_work(self._instance.all_logs(result.run_id)))

    def _until_idle(self, sensor: dg.SensorDefinition) -> Iterator[tuple[Spent, int]]:
        for _ in range(MOST_TICKS):
            spent, reported = self._tick(sensor)
            yield spent, reported
            if not reported:
                return
        raise SystemExit(f"{sensor.name} still reports after {MOST_TICKS} ticks")

    def _tick(self, sensor: dg.SensorDefinition) -> tuple[Spent, int]:
        """Tick a sensor once; what it reports is stored after it, as by the daemon. Return how much that is, too."""
        with dg.build_sensor_context(
            instance=self._instance,
            repository_def=self._repository,
            resources={"tideline": self._resource},
            cursor=self._cursors.get(sensor.name),
            sensor_name=sensor.name,
        ) as context:
            spent, found = _timed(lambda: sensor.evaluate_tick(context))
        self._cursors[sensor.name] = found.cursor
        for event in found.asset_events:
            self._instance.report_runless_asset_event(event)
        return spent, len(found.asset_events)

    def _tick_schedule(self, schedule: dg.ScheduleDefinition) -> Spent:
        context = dg.build_schedule_context(
            instance=self._instance,
            scheduled_execution_time=self._now,
            resources={"tideline": self._resource},
            repository_def=self._repository,
        )
        return _timed(lambda: schedule.evaluate_tick(context))[0]


def _timed(call: Callable[[], Any]) -> tuple[Spent, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    found = call()
    return Spent(time.perf_counter() - started, time.process_time() - cpu), found


def _beside_work(entries: Iterable[dg.EventLogEntry]) -> Iterator[tuple[str, Spent]]:
    """Yield the seconds of each step, without those that its materialization gives for the hour itself."""
    started: dict[str, float] = {}
    work: dict[str, float] = {}
    for entry in entries:
        step, event = entry.step_key or "", entry.dagster_event
        match event and event.event_type:
            case dg.DagsterEventType.STEP_START:
                started[step] = entry.timestamp
            case dg.DagsterEventType.ASSET_MATERIALIZATION:
                seconds = entry.asset_materialization and entry.asset_materialization.metadata.get("seconds")
                work[step] = work.get(step, 0.0) + (float(str(seconds.value)) if seconds else 0.0)
            case dg.DagsterEventType.STEP_SUCCESS:
                yield step, Spent(entry.timestamp - started[step] - work.get(step, 0.0))
