"""The program that a process becomes when it ends in the middle of its work: `removal.py CODE WORKERS FOLDER...`.

It waits for the workers, removes the folders and their locks, and exits with the code. It prints nothing and imports
the standard library only: it runs without the packages of an environment. A stop signal ends it at once.

Covered by tests/loaders/process/test_ending.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

WORKER_SECONDS: Final = 5.0
"""How long workers may remove their own folders before they are killed."""


def remove_folder(folder: Path) -> None:
    """Remove a folder with all it contains, then the lock beside it; no link is followed."""
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        with suppress(OSError):
            lock_path(folder).unlink(missing_ok=True)


def lock_path(folder: Path) -> Path:
    """Return the lock beside a folder."""
    return folder.with_name(f"{folder.name}.lock")


def wait_for_workers(workers: list[int], seconds: float) -> None:
    """Return once the child processes have ended; kill those that have not after so many seconds."""
    until = time.monotonic() + seconds
    for worker in workers:
        with suppress(ChildProcessError):
            while os.waitpid(worker, os.WNOHANG) == (0, 0):
                if time.monotonic() >= until:
                    os.kill(worker, signal.SIGKILL)
                    os.waitpid(worker, 0)
                    break
                time.sleep(0.01)


def main() -> None:
    """Read the code, the workers and the folders from the arguments, and clean up after the process."""
    code, workers, folders = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, lambda *_: os._exit(code))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    wait_for_workers([int(worker) for worker in workers.split(",") if worker], WORKER_SECONDS)
    for folder in folders:
        remove_folder(Path(folder))
    parents = {Path(folder).parent for folder in folders}
    for parent in parents:
        if parent.name.startswith("tideline-"):
            with suppress(OSError):  # folders of other processes are in it
                parent.rmdir()
    os._exit(code)


if __name__ == "__main__":
    main()
