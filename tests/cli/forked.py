"""Runs the command in a child of a process that has imported it already, which spares a test the start of Python.

A child is a process as the real one is, with its own folder, environment, descriptors, signals and exit code. What
happens before and during the imports is tested with real starts (tests/cli/test_start.py, tests/cli/test_stopping.py).
Run as a module it is the process that forks: it reads a JSON array `[folder, environment, arguments]` a line, and
answers with the exit code (negative for a signal) and what was printed. It has no threads when it forks.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import sqlalchemy as sa

import event_assets.cli
import event_assets.pipeline
import loaders
from event_assets.archive.listing.layouts import best_layout
from event_assets.cli.__main__ import main as run_command

ROOT = Path(__file__).resolve().parent.parent.parent
_LOCK = Lock()
_SECONDS = 300


def run_forked(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `tideline` with these arguments in a folder, and with this environment alone."""
    with _LOCK:
        code, out, err = _ask(json.dumps([str(folder), dict(environment), arguments]))
    return subprocess.CompletedProcess(arguments, code, out, err)


def _ask(call: str) -> tuple[int, str, str]:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(call + "\n")
    server.stdin.flush()
    limit = Timer(_SECONDS, server.kill)
    limit.start()
    answered = server.stdout.readline()
    limit.cancel()
    code, out, err = json.loads(answered or f'[-9, "", "no answer in {_SECONDS} seconds"]')
    return code, out, err


@cache
def _server() -> subprocess.Popen[str]:
    """Start the process that forks; it ends with this one."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", __name__]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[Any]) -> None:
    with server:
        assert server.stdin is not None
        server.stdin.close()


def import_all() -> None:
    """Import what commands import when they need it, and do once what is the same in all of them."""
    for package in (event_assets.cli, event_assets.pipeline, loaders):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith(("__main__", ".worker")):
                importlib.import_module(module.name)
    for url in ("duckdb:///:memory:", "postgresql+psycopg://localhost"):
        sa.create_engine(url)
    best_layout({"2026/01/01": 1.0})  # compiles the layouts
    gc.freeze()


def answer(folder: str, environment: dict[str, str], arguments: list[str]) -> tuple[int, str, str]:
    """Run one command in a child."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _become_command(folder, environment, out.fileno(), err.fileno())
            sys.argv[1:] = arguments
            run_command()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode() for file in (out, err)]
        return code, texts[0], texts[1]


def _become_command(folder: str, environment: dict[str, str], out: int, err: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def main() -> None:
    """Answer every line of standard input."""
    import_all()
    for line in sys.stdin:
        print(json.dumps(answer(*json.loads(line))), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
