"""`make demo-cluster`: hours loaded by two Celery workers, one of them killed while it holds a chunk.

Starts an S3 server, PostgreSQL (the warehouse and Dagster's own storage), Valkey as broker and two worker processes,
and runs the job `load_hours` over a dirty archive. As soon as the first worker has begun a chunk, it is killed with all
its processes (SIGKILL), as a machine that loses its power. The broker hands its chunk to the other worker.

Ends with 1 when the run does not succeed, the killed worker held no chunk, no other worker did that chunk, or lake or
tables differ from those that one process makes of the same archive.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from event_assets.demo.generate import generate
from event_assets.lake.writing.scratch_shards import SCRATCH_FOLDER
from tests.cluster.servers import (
    FIRST,
    HOURS,
    LIMIT,
    Late,
    Worker,
    running_broker,
    running_job,
    running_worker,
    wait_until,
    write_settings,
)
from tests.postgres import Database, start_server
from tests.promises.archives import condense
from tests.promises.compare import differences
from tests.s3 import Bucket, start_store

EVENTS: Final = 45_000


@dataclass(frozen=True)
class Outcome:
    """The observations of one run."""

    status: str
    killed: str
    """The chunk that the killed worker held."""
    retaken: bool
    """Whether the other worker began that chunk, too."""
    chunks: dict[str, int]
    """Worker -> chunks that it began."""
    hours: int
    steps: int
    """Chunks that the hours were cut into."""
    differing: list[str]
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the run succeeded as it must."""
        both_worked = min(self.chunks.values(), default=0) >= 1
        return self.status == "SUCCESS" and bool(self.killed) and self.retaken and both_worked and not self.differing


def demonstrate(folder: Path, *, events: int, on_progress: Callable[[str], None] = lambda line: None) -> Outcome:
    """Run the demonstration in an empty folder."""
    started = time.monotonic()
    with ExitStack() as stack:
        on_progress("starting an S3 server, PostgreSQL and Valkey")
        bucket = stack.enter_context(start_store()).new_bucket()
        server = stack.enter_context(start_server())
        warehouse, dagster = server.new_database(), server.new_database()
        broker = stack.enter_context(running_broker(folder))
        on_progress(
            f"writing {events:,} dirty events, two thirds of which arrive in two hours, to {bucket.url('archive')}"
        )
        generate(folder / "hourly", events=events, days=1)
        condense(folder / "hourly", folder / "archive", hours=8)
        for path in (folder / "archive").rglob("*.gz"):
            if int(path.name.split(".")[0]) >= (FIRST + timedelta(hours=HOURS)).timestamp():
                path.unlink()  # the evening, which would only take longer
        bucket.copy_from(folder / "archive", "archive")
        environment = write_settings(folder, bucket, warehouse, dagster, broker)

        on_progress("starting two workers")
        workers = [stack.enter_context(running_worker(folder, name, environment)) for name in ("one", "two")]
        for worker in workers:
            wait_until(worker.is_ready, f"worker {worker.name}", worker.log)
        on_progress("launching the job load_hours")
        job = stack.enter_context(running_job(folder, environment))
        killed = kill_holder(workers, job, folder)
        on_progress(f"killed worker {killed[0].name} (kill -9) while it held {killed[1]}")
        status = wait_for_job(job, folder)
        on_progress(f"the run ended: {status}; loading the same archive with one process")
        other = next(worker for worker in workers if worker is not killed[0])
        differing = compare(folder, bucket, warehouse, environment)
        return Outcome(
            status=status,
            killed=killed[1],
            retaken=killed[1] in other.begun(),
            chunks={worker.name: len(worker.begun()) for worker in workers},
            hours=HOURS,
            steps=len({chunk for worker in workers for chunk in worker.begun()}),
            differing=differing,
            seconds=time.monotonic() - started,
        )


def kill_holder(workers: list[Worker], job: subprocess.Popen[bytes], folder: Path) -> tuple[Worker, str]:
    """Kill the first worker that has begun a chunk and not finished it; return both."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and job.poll() is None:
        for worker in workers:
            begun = worker.begun()
            if begun and f"{begun[-1]} done in" not in worker.output():
                os.killpg(worker.process.pid, signal.SIGSTOP)  # so that it cannot finish between look and kill
                if f"{begun[-1]} done in" not in worker.output():
                    worker.kill()
                    return worker, begun[-1]
                os.killpg(worker.process.pid, signal.SIGCONT)
        time.sleep(0.02)
    raise Late(f"no worker was seen with a chunk; see {folder}")


def wait_for_job(job: subprocess.Popen[bytes], folder: Path) -> str:
    """Return SUCCESS, or FAILURE with the path of the log."""
    try:
        return "SUCCESS" if job.wait(LIMIT) == 0 else f"FAILURE; see {folder / 'job.log'}"
    except subprocess.TimeoutExpired:
        return f"not ended after {LIMIT} s; see {folder / 'job.log'}"


def compare(folder: Path, bucket: Bucket, warehouse: Database, environment: dict[str, str]) -> list[str]:
    """Return the differences from a load of the same archive by one process into another lake and another database."""
    beside = warehouse.beside()
    text = (folder / "tideline.toml").read_text().replace(warehouse.warehouse_url, beside.warehouse_url)
    text = text.replace(bucket.url("lake"), bucket.url("lake-of-one"))
    (folder / "one.toml").write_text(re.sub(r"\[dagster\].*?\n\n", "", text, flags=re.DOTALL))
    command = [sys.executable, "-m", "event_assets.cli", "load", "--config", str(folder / "one.toml")]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    one, many = folder / "one.duckdb", folder / "cluster.duckdb"
    beside.mirror(one)
    warehouse.mirror(many)
    return [*lakes_unlike(bucket), *differences(many, one)]


def lakes_unlike(bucket: Bucket) -> list[str]:
    """Return the files of the two lakes that are not the same bytes, and shards that are left over.

    The command skips an hour without files, of which the run writes an empty note.
    """
    many, one = (
        {key.removeprefix(f"{name}/"): info["ETag"] for key, info in bucket.keys(f"{name}/").items()}
        for name in ("lake", "lake-of-one")
    )
    scratch = [key for key in many if key.startswith(SCRATCH_FOLDER)]
    kept = [key for key in many.keys() - one.keys() - {*scratch} if not _is_empty(bucket, f"lake/{key}")]
    found = [f"{key} of the lake differs" for key in sorted({*one, *kept}) if many.get(key) != one.get(key)]
    return [*found, *(f"{key} is left over" for key in scratch if "/values/" not in key)]


def _is_empty(bucket: Bucket, key: str) -> bool:
    return "/hours/" in key and json.loads(bucket.read(key))["files"] == []


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Print the result in a few lines."""
    begun = ", ".join(f"{name} began {number}" for name, number in outcome.chunks.items())
    console.print(f"{outcome.hours} hours in {outcome.steps} chunks: {begun}.")
    retaken = "was finished by the other worker" if outcome.retaken else "was NOT finished by the other worker"
    console.print(f"The killed worker held {outcome.killed}; it {retaken}.")
    for line in outcome.differing[:20]:
        console.print(line)
    console.print(f"The run: {outcome.status}. {outcome.seconds:.0f} s in all.")
    console.print(
        "Lake and tables are those of a single process." if outcome.right else "NOT those of a single process."
    )


def main() -> int:
    """Run the demonstration in a folder of its own, which is created again."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.demonstrate", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("demo-cluster"), help="the folder of all files (%(default)s)"
    )
    parser.add_argument("--events", type=int, default=EVENTS, help="events in all (%(default)s)")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    console = Console(width=120, highlight=False)
    began = time.monotonic()
    outcome = demonstrate(
        options.folder.resolve(),
        events=options.events,
        on_progress=lambda line: console.print(f"{time.monotonic() - began:5.0f} s  {line}"),
    )
    print_outcome(outcome, console)
    return 0 if outcome.right else 1


if __name__ == "__main__":
    sys.exit(main())
