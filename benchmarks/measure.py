"""Runs a job in a process of its own and tells what it cost: CPU with children, wall time, peak memory."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SAMPLE = 0.05
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
    """Bytes resident: the largest process, or all of the job's at one moment if that was more."""

    @property
    def rate(self) -> float:
        """Events per second of CPU."""
        return self.events / self.cpu


class JobError(RuntimeError):
    """A job ended with an error; its output is in the message."""


def run_job(name: str, archive: Path, work: Path) -> Cost:
    """Run `benchmarks.jobs.<name>` on an archive with `work` as its folder. Raises JobError."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.jobs", name, str(archive), str(work)]
    with (work / f"{name}.log").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        watch = _Watch(process.pid)
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
    return Cost(
        events=json.loads(output.splitlines()[-1])["events"],
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        peak=max(usage.ru_maxrss * 1024, watch.peak),
    )


def take_median(costs: list[Cost]) -> Cost:
    """Each number's median over the runs."""
    return Cost(
        events=costs[0].events,
        cpu=median(cost.cpu for cost in costs),
        wall=median(cost.wall for cost in costs),
        peak=int(median(cost.peak for cost in costs)),
    )


class _Watch(threading.Thread):
    """Samples the resident memory of a process and all below it, taken together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._done.wait(_SAMPLE):
            self.peak = max(self.peak, sum(_resident(pid) for pid in _family(self._pid)))

    def stop(self) -> None:
        """End the sampling and wait for it."""
        self._done.set()
        self.join()


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            numbers = children.read_text().split()
        except OSError:
            continue
        for child in numbers:
            yield from _family(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
