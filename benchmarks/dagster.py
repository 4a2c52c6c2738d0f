"""What Dagster adds to the work: a backfill through the daemon, the start of a run, the ticks of the sensor.

Run as `python -m benchmarks.dagster`; `--help` tells the options. A live `dagster dev` backfills an archive of many
small hours, and `tideline load` loads the same one. CPU is that of all processes of each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import dagster as dg
import duckdb

from benchmarks import machine
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Flags, load_settings
from event_assets.config.source import Source
from event_assets.definitions import build_definitions
from event_assets.defs.resources import Tideline
from event_assets.demo.generate import generate
from event_assets.discovery.lookback import Memory
from tests.browser.dagster_dev import Dagster, running_dagster, wait_for
from tests.defs.build import track, write_file

RESULTS: Final = Path(__file__).parent / "results" / "dagster.json"
TICKS: Final = os.sysconf("SC_CLK_TCK")
MOST_CPU: Final = 1.5
"""What a backfill may cost, in CPU of `tideline load` of the same hours."""
MOST_START: Final = 6.0
"""Seconds that a run of one hour may take beside its steps."""
MOST_TICK: Final = 5.0
"""Seconds that a tick of the sensor may take."""
FINISHED: Final = {"SUCCESS", "FAILURE", "CANCELED"}
PATIENCE: Final = 7200.0


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU, of a process and all below it, and by the clock."""

    cpu: float
    wall: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each part, print it and write JSON."""
    options = _read_options(arguments)
    described = machine.describe()
    print(", ".join(f"{name} {value}" for name, value in described.items()), flush=True)
    found: dict[str, Any] = {"machine": described}
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work) as folder:
        if options.hours:
            found["backfill"] = measure_backfill(Path(folder), options.hours, options.events, runs=options.runs)
            _tell(found["backfill"])
        if options.archive_hours:
            found["sensor"] = measure_ticks(Path(folder), options.archive_hours)
            _tell(found["sensor"])
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(found, indent=1) + "\n")


def measure_backfill(folder: Path, hours: int, events: int, *, runs: int) -> dict[str, float]:
    """Hours of so many events, loaded by the command and backfilled by a live Dagster; then hours by themselves."""
    summary = generate(folder / "archive", events=hours * events, days=hours // 24, seed=1, clean=True)
    keys = [f"{hour:%Y-%m-%dT%H}" for hour in list_hours(Source(str(folder / "archive"), layout="rudderstack")).hours]
    command = load_by_command(folder)
    config = write_config(folder, "dagster")
    with running_dagster(folder / "home", config, patience=600) as dagster:
        backfilled = backfill(dagster, keys)
        starts = [start for key in keys[-runs:] for start in time_start(dagster, key)]
    rows = [count_rows(folder / name / "warehouse.duckdb") for name in ("command", "dagster")]
    if rows[0] != rows[1]:
        raise SystemExit(f"the command left {rows[0]:,} rows and the backfill {rows[1]:,}")
    return {
        "hours": len(keys),
        "events": summary.lines,
        "cpu_seconds_of_tideline_load": command.cpu,
        "cpu_seconds_of_the_backfill": backfilled.cpu,
        "cpu_ratio": backfilled.cpu / command.cpu,
        "cpu_ratio_allowed": MOST_CPU,
        "seconds_of_tideline_load": command.wall,
        "seconds_of_the_backfill": backfilled.wall,
        "seconds_of_a_run_beside_its_steps": median(starts),
        "seconds_of_a_run_beside_its_steps_allowed": MOST_START,
    }


def write_config(folder: Path, name: str) -> Path:
    """The configuration of a lake and warehouse of its own over the one archive."""
    (folder / name).mkdir()
    path = folder / name / "tideline.toml"
    path.write_text(
        f'lake = "{folder}/{name}/lake"\nwarehouse = "{folder}/{name}/warehouse.duckdb"\nsettle = "0s"\n'
        f'[source]\narchive = "{folder}/archive"\nlayout = "rudderstack"\n'
    )
    return path


def load_by_command(folder: Path) -> Cost:
    """`tideline load`; what it spent on rollups, which no backfill of hours computes, is taken off."""
    config = write_config(folder, "command")
    started = time.perf_counter()
    with (folder / "load.json").open("w") as output:
        arguments = ["load", "--config", str(config), "--json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "event_assets.cli", *arguments], stdout=output, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"tideline load ended with {process.returncode}")
    rollups = sum(each["seconds"] for each in json.loads((folder / "load.json").read_text())["rollups"])
    return Cost(usage.ru_utime + usage.ru_stime - rollups, time.perf_counter() - started - rollups)


def backfill(dagster: Dagster, keys: Sequence[str]) -> Cost:
    """All hours as the UI starts it; CPU is that of the daemon, the code server, the webserver and the runs."""
    time.sleep(20)  # what starts up is not measured
    cpu, started = tree_cpu(dagster.pid), time.perf_counter()
    identifier = dagster.backfill(["lake", "warehouse"], keys)
    wait_for(lambda: dagster.backfill_status(identifier) != "REQUESTED", "the backfill", seconds=PATIENCE)
    cost = Cost(tree_cpu(dagster.pid) - cpu, time.perf_counter() - started)
    if (status := dagster.backfill_status(identifier)) != "COMPLETED_SUCCESS":
        raise SystemExit(f"the backfill ended with {status}")
    return cost


def time_start(dagster: Dagster, key: str) -> Iterator[float]:
    """Seconds of one run of an hour from its launch to its end, less its steps."""
    known = {run["runId"] for run in dagster.runs()}
    dagster.backfill(["lake", "warehouse"], [key])
    wait_for(lambda: len(dagster.runs()) > len(known), "the run", seconds=PATIENCE)
    wait_for(lambda: all(run["status"] in FINISHED for run in dagster.runs()), "its end", seconds=PATIENCE)
    for run in dagster.runs():
        if run["runId"] not in known:
            yield beside_steps(dagster.logs(run["runId"]))


def beside_steps(events: Sequence[dict[str, Any]]) -> float:
    """From the launch of a run to its end, less the time from each step's start to its end, in seconds."""
    times = {event.get("eventType"): float(event["timestamp"]) for event in events if event.get("eventType")}
    begun: dict[str, float] = {}
    steps = 0.0
    for event in events:
        if event.get("eventType") == "STEP_START":
            begun[event["stepKey"]] = float(event["timestamp"])
        elif event.get("eventType") == "STEP_SUCCESS":
            steps += float(event["timestamp"]) - begun[event["stepKey"]]
    launched = times.get("RUN_STARTING") or times["PIPELINE_STARTING"]
    ended = times.get("RUN_SUCCESS") or times["PIPELINE_SUCCESS"]
    return (ended - launched - steps) / 1000


def measure_ticks(folder: Path, hours: int) -> dict[str, float]:
    """A full sweep and a tick of the look-back over a loaded archive with a file an hour, up to the last hour."""
    archive = folder / "many"
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    first = last - timedelta(hours=hours - 1)
    for number in range(hours):
        at = first + timedelta(hours=number)
        write_file(archive, at, [track(f"m{number}", at=at)])
    config = folder / "many.toml"
    config.write_text(
        f'lake = "{folder}/many-lake"\nwarehouse = "{folder}/many.duckdb"\nsettle = "0s"\n'
        f'partitions_start = "{first:%Y-%m-%dT%H}"\n[source]\narchive = "{archive}"\nlayout = "rudderstack"\n'
    )
    settings, resource = load_settings({}, Flags(config=str(config))), Tideline(config=str(config))
    definitions = build_definitions(settings, {"default": first}, resource)
    hour = f"{last:%Y-%m-%dT%H}"
    with dg.instance_for_test() as instance:
        job = definitions.resolve_job_def("load_hours")
        job.execute_in_process(instance=instance, partition_key=hour)
        pretend_loaded(folder / "many.duckdb", list_hours(settings.sources["default"]).hours)
        cursors = {"full_sweep": None, "look_back": Memory(datetime.now(UTC)).dump()}
        seconds = {
            name: [tick(definitions, resource, instance, cursor) for _ in range(3)] for name, cursor in cursors.items()
        }
    return {
        "archive_hours": hours,
        **{f"seconds_of_a_tick_{name}": median(each) for name, each in seconds.items()},
        "seconds_of_a_tick_allowed": MOST_TICK,
    }


def pretend_loaded(warehouse: Path, hours: dict[datetime, Manifest]) -> None:
    """Rows of the ledger for every hour, as loads of them would leave; the rows of one stand there already."""
    files = [
        (f"{number:036}", file.key, file.size, file.etag, 1, False, False)
        for number, manifest in enumerate(hours.values())
        for file in manifest.files
    ]
    loads = [(f"{number:036}", manifest.archive_hour, manifest.hash) for number, manifest in enumerate(hours.values())]
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TEMP TABLE given (load_id TEXT, archive_hour TIMESTAMPTZ, manifest_hash TEXT)")
        connection.executemany("INSERT INTO given VALUES (?, ?, ?)", loads)
        connection.execute(
            "INSERT INTO tideline.loads SELECT l.* REPLACE (g.load_id AS load_id, g.archive_hour AS archive_hour, "
            "g.manifest_hash AS manifest_hash) FROM tideline.loads AS l, given AS g "
            "WHERE g.archive_hour <> l.archive_hour"
        )
        connection.executemany("INSERT INTO tideline.load_files VALUES (?, ?, ?, ?, ?, ?, ?)", files)


def tick(definitions: dg.Definitions, resource: Tideline, instance: dg.DagsterInstance, cursor: str | None) -> float:
    """Seconds of one tick, which finds nothing to do."""
    with dg.build_sensor_context(
        instance=instance,
        repository_def=definitions.get_repository_def(),
        resources={"tideline": resource},
        cursor=cursor,
    ) as context:
        started = time.perf_counter()
        found = definitions.resolve_sensor_def("pending_hours")(context)
        seconds = time.perf_counter() - started
    if not isinstance(found, dg.SensorResult) or found.run_requests or " 0 pending" not in str(found.skip_reason):
        raise SystemExit(f"the tick should have found nothing to do: {found}")
    return seconds


def tree_cpu(pid: int) -> float:
    """CPU seconds so far of a process, of those below it, and of those that they have waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [] if task.parent.name == str(pid) else task.read_text().split()
    return sum(map(int, fields[11:15])) / TICKS + sum(tree_cpu(int(child)) for child in children)


def count_rows(warehouse: Path) -> int:
    """Rows of `tracks` and `users`."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events.tracks) + (SELECT count(*) FROM events.users)"
        ).fetchone()
    return int(row[0]) if row else 0


def _tell(numbers: dict[str, float]) -> None:
    print(*(f"{name.replace('_', ' ')}: {value:,.2f}".removesuffix(".00") for name, value in numbers.items()), sep="\n")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dagster", description=__doc__)
    parser.add_argument(
        "--hours", type=int, default=720, help="hours of the backfill, whole days; 0 for none (%(default)s)"
    )
    parser.add_argument("--events", type=int, default=2000, help="events of an hour (%(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of a single hour that are timed (%(default)s)")
    parser.add_argument(
        "--archive-hours", type=int, default=10_000, help="hours that the sensor looks at; 0 for none (%(default)s)"
    )
    parser.add_argument("--work", type=Path, help="where files go (the system's temporary folder)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
