"""Runs commands as processes of a group of their own, sends signals to them, and finds what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from event_assets.cli.ending.stopping import STOPPED_MESSAGE
from tests.conftest import ROOT

STOPPED = f"tideline: {STOPPED_MESSAGE}\n"


@dataclass
class Command:
    """A running process with an own folder for temporary files."""

    process: subprocess.Popen[str]
    temporary: Path

    def stop(self, number: int) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def wait_until_watching(self) -> None:
        """Wait until the process has handlers of its own; what is before is Python's start."""
        for _ in range(6_000):
            if watches(self.process.pid) or self.process.poll() is not None:
                return
            time.sleep(0.005)

    def end(self, seconds: float = 60.0) -> tuple[int, str]:
        """Wait for the end; return the exit code and what is on standard error."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors

    def left(self, *, seconds: float = 8.0) -> list[str]:
        """Return the processes of the group that have not ended so many seconds later, and temporary files."""
        until = time.monotonic() + seconds
        while (alive := self._group()) and time.monotonic() < until:
            time.sleep(0.02)
        return [*alive, *(str(path) for path in self.temporary.rglob("*"))]

    def _group(self) -> list[str]:
        done = subprocess.run(["pgrep", "-a", "-g", str(self.process.pid)], capture_output=True, text=True, check=False)
        return done.stdout.splitlines()


def watches(process: int) -> bool:
    """Return whether a process catches SIGTERM."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return False
    caught = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")), 0)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def start_python(
    arguments: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    output: int | IO[Any] = subprocess.DEVNULL,
    errors: int | IO[Any] = subprocess.PIPE,
    ignored: int | None = None,
) -> Command:
    """Start Python in a folder; its temporary files are in `tmp` below it. It ignores one signal from its parent.

    If none is given, not even SIGINT, as it would where a shell has started the tests in the background.
    """
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    number, action = (ignored, signal.SIG_IGN) if ignored else (signal.SIGINT, signal.SIG_DFL)
    former = signal.signal(number, action)
    try:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(number, former)
    return Command(process, temporary)


def start_command(*arguments: str, folder: Path, environment: Mapping[str, str] | None = None) -> Command:
    """Start `tideline` with these arguments."""
    return start_python(["-m", "event_assets.cli", *arguments], folder, environment=environment)
