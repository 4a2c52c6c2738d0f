"""A process that ends in the middle of its work leaves no worker, no folder, and no open transaction."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

_BUSY = """
import os, sys, threading, time
from pathlib import Path
from event_assets.pipeline.worker import Worker
from loaders.process.ending import end_process
from loaders.process.temporary import temporary_folder
from tests.loaders.process.test_ending import hold_folder

parent = Path(sys.argv[1])
with temporary_folder(parent) as folder, Worker() as worker:
    (folder / "rows").write_bytes(b"rows")
    threading.Thread(target=worker.call, args=(hold_folder, parent), daemon=True).start()
    while len(list(parent.iterdir())) < 4:
        time.sleep(0.01)
    print(worker._process.pid, flush=True)
    threading.Thread(target=eval(sys.argv[2])).start()
    while True:
        pass
"""


def hold_folder(parent: Path) -> None:
    """Hold a folder of the worker's own, and never return."""
    from loaders.process.temporary import temporary_folder

    with temporary_folder(parent):
        while True:
            pass


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ended(process: int, seconds: float = 15.0) -> bool:
    """Whether a process ends in that time."""
    until = time.monotonic() + seconds
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(process)


@pytest.mark.parametrize(
    ("end", "code"),
    [("lambda: end_process(143)", 143), ("lambda: os.kill(os.getpid(), 9)", -signal.SIGKILL)],
    ids=["ended", "killed"],
)
def test_the_end_of_a_process_ends_its_workers_in_the_middle_of_their_calls(
    end: str, code: int, tmp_path: Path
) -> None:
    parent = tmp_path / "folders"
    parent.mkdir()
    command = [sys.executable, "-c", _BUSY, str(parent), end]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (process.returncode, process.stderr) == (code, "")
    assert ended(int(process.stdout)), "the worker"
    left = [path.name for path in parent.iterdir()]
    assert len(left) == (0 if code > 0 else 2), "killed, only the process's own folder and its lock are left"


def test_a_worker_is_deaf_to_the_signals_that_stop_a_command(tmp_path: Path) -> None:
    from event_assets.pipeline.worker import Worker

    with Worker() as worker:
        process = worker._process.pid
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process, number)
        assert worker.call(os.getpid) == process
    assert ended(process)
