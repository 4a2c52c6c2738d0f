"""Dagster's default run launcher, extended to detect runs whose process is gone.

Dagster 1.13's `DefaultRunLauncher` cannot check its runs, so `run_monitoring` never ends a run whose process died
together with the code server that started it: after a power cut or `kill -9` of the process group the run stays
*Started*, and its slots in the queue and in the pools stay taken. `dagster.yaml` names this launcher instead.
Covered by tests/defs/test_run_launcher.py, and by tests/live/test_killed_group.py with a live daemon.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus  # no public export
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher as _DefaultRunLauncher
from dagster._serdes import ConfigurableClassData

HOST_TAG: Final = "tideline/launched_on"
"""Host that launched the run: processes of other hosts cannot be checked from here."""
_CLOCK_SLACK_SECONDS: Final = 2.0
"""A process that started later than its run's first log line by more than this has only the same number."""


class LocalRunLauncher(_DefaultRunLauncher):
    """Launches each run in a process of this machine, and reports a run as failed when that process is gone.

    A run launched on another host, or whose process has not been logged yet, counts as running.
    """

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> LocalRunLauncher:
        """Return the launcher for `run_launcher` of dagster.yaml; it has no settings."""
        return cls(inst_data=inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether `run_monitoring` may ask for a run's process: always."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch the run, and tag it with this host."""
        self._instance.add_run_tags(context.dagster_run.run_id, {HOST_TAG: socket.gethostname()})
        super().launch_run(context)

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return FAILED if the run's process ran on this host and is gone, else RUNNING."""
        if (process := self._lost_process(run)) is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"its process {process} is gone")

    def terminate(self, run_id: str) -> bool:
        """Terminate a run; one whose process is gone is reported as canceled right away."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or (process := self._lost_process(run)) is None:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]  # Dagster annotates no argument
        self._instance.report_run_canceled(run, f"The run's process {process} was gone already.")
        return True

    def _lost_process(self, run: dg.DagsterRun) -> int | None:
        """Return the number of the run's process if it is gone; None if it lives or cannot be checked."""
        current = self._instance.get_run_by_id(run.run_id)  # the given run may be older than its tags
        if current is None or current.tags.get(HOST_TAG) != socket.gethostname():
            return None
        logged = self._logged_process(run.run_id)
        return None if logged is None or _is_alive(*logged) else logged[0]

    def _logged_process(self, run_id: str) -> tuple[int, float] | None:
        """Return the number of the run's newest process and when it was logged, in seconds since 1970."""
        for entry in reversed(self._instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)):
            data = entry.dagster_event.engine_event_data if entry.dagster_event else None
            process = data.metadata.get("pid") if data else None
            if process is not None and entry.step_key is None:
                return int(str(process.value)), entry.timestamp
        return None


def _is_alive(process: int, logged_at: float) -> bool:
    """Return whether a process exists that was there when the run logged its number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{process}/stat")
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()  # a system without /proc: the number has to do
    state, ticks = fields[0], int(fields[19])
    return state not in {"Z", "X"} and _started_at(ticks) <= logged_at + _CLOCK_SLACK_SECONDS


def _started_at(ticks: int) -> float:
    """Return a start time of /proc/PID/stat in seconds since 1970."""
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
