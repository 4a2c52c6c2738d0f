"""Runs a job in a process of its own and tells what it cost: CPU with children, wall time, peak memory and disk."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_SAMPLE = 0.05
_SAMPLES_PER_LOOK = 10
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a job cost."""

    events: int
    cpu: float
    """Seconds, user and system, of the process and its children; start and imports included."""
    wall: float
    """Seconds."""
    peak: int
    """Bytes resident: of the job's own process, or of it and all below it at one moment if that was more."""
    temporary: int = 0
    """Bytes of disk that temporary files took together at one moment."""
    distinct: int = 0
    """Distinct (type, id) that the job found; 0 where it does not look."""
    written: int = 0
    """Bytes of what it left behind."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wall time by step, as the job tells them."""

    @property
    def rate(self) -> float:
        """Events per second of CPU."""
        return self.events / self.cpu

    @property
    def each(self) -> float:
        """Microseconds of CPU per event."""
        return self.cpu / self.events * 1e6

    @property
    def wall_each(self) -> float:
        """Microseconds of wall time per event."""
        return self.wall / self.events * 1e6


class JobError(RuntimeError):
    """A job ended with an error; its output is in the message."""


def run_job(
    name: str, archive: Path, work: Path, *, environment: Mapping[str, str] | None = None, one_core: bool = False
) -> Cost:
    """Run `benchmarks.jobs.<name>` on an archive with `work` as its folder, and with more of an environment.

    Its temporary files go below `work`, where their size is watched. Raises JobError.
    """
    started = time.perf_counter()
    temporary = work / "temporary"
    temporary.mkdir(exist_ok=True)
    variables = {**os.environ, "TMPDIR": str(temporary), **(environment or {})}
    command = [sys.executable, "-m", "benchmarks.jobs", name, str(archive), str(work)]
    if one_core:
        command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]
    with (work / f"{name}.log").open("w+") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=variables
        )
        watch = _Watch(process.pid, [temporary, work / "lake" / ".spool", work / "warehouse.duckdb.tmp"])
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        watch.stop()
        log.seek(0)
        output = log.read()
    if process.returncode:
        message = f"{' '.join(command)} ended with {process.returncode}:\n{output[-4_000:]}"
        raise JobError(message)
    result = json.loads(output.splitlines()[-1])
    return Cost(
        events=result["events"],
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        peak=max(result["peak"], watch.peak),
        temporary=watch.temporary,
        **{reported: result[reported] for reported in ("distinct", "written", "stages")},
    )


def take_median(costs: list[Cost]) -> Cost:
    """Each number's median over the runs."""
    return Cost(
        events=costs[0].events,
        cpu=median(cost.cpu for cost in costs),
        wall=median(cost.wall for cost in costs),
        peak=int(median(cost.peak for cost in costs)),
        temporary=int(median(cost.temporary for cost in costs)),
        distinct=costs[0].distinct,
        written=int(median(cost.written for cost in costs)),
        stages={step: median(cost.stages[step] for cost in costs) for step in costs[0].stages},
    )


class _Watch(threading.Thread):
    """Samples the resident memory of a process and all below it, taken together, and what some folders hold."""

    def __init__(self, pid: int, folders: Sequence[Path]) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._folders = folders
        self._done = threading.Event()
        self.peak = 0
        self.temporary = 0

    def run(self) -> None:
        samples = 0
        while not self._done.wait(_SAMPLE):
            if samples % _SAMPLES_PER_LOOK == 0:
                self.temporary = max(self.temporary, sum(map(measure_folder, self._folders)))
            samples += 1
            self.peak = max(self.peak, sum(_resident(pid) for pid in family_of(self._pid)))

    def stop(self) -> None:
        """End the sampling and wait for it."""
        self._done.set()
        self.join()


def family_of(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            numbers = children.read_text().split()
        except OSError:
            continue
        for child in numbers:
            yield from family_of(int(child))


def measure_folder(folder: Path) -> int:
    """Bytes of disk below a folder, at about this moment: its files come and go."""
    size = 0
    for below, _, files in os.walk(folder):  # which leaves out a folder that is gone when it is read
        for name in files:
            with suppress(OSError):
                size += Path(below, name).stat().st_blocks * 512
    return size


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
