"""Loaders of one hour each, in processes of their own: `tests.loaders.dialects.ducklake.at_once URL NUMBER`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from loaders.connection.warehouse import Warehouse
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event

ROOT: Final = Path(__file__).resolve().parents[4]


def load_at_once(url: str, loaders: int) -> list[int]:
    """Load so many hours at the same time; the exit codes of the processes."""
    command = [sys.executable, "-m", "tests.loaders.dialects.ducklake.at_once", url]
    running = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(loaders)]
    return [process.wait(120) for process in running]


def load_one(url: str, number: int) -> None:
    """Load an hour with columns of its own, and with a copy of an event that every hour has."""
    events = [event(f"{number}-{n}", at=number * 60, properties={f"of_{number}": n}) for n in range(20)]
    hour = MemoryLake().put(number, [event("shared", received=number), *events])
    load_hour(Warehouse.open(url, wait=60), hour)


if __name__ == "__main__":
    load_one(sys.argv[1], int(sys.argv[2]))
