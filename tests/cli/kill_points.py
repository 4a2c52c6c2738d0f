"""Runs the command in children that are killed at the n-th thing they do to a file or to the warehouse.

Run as a module: it reads a JSON array `[folder, point, arguments]` a line, and answers with the exit code (negative for
a signal), the number of points passed, and what was printed. The children are forks of a process without threads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import sqlalchemy as sa

from event_assets.cli.app import run
from tests.cli.forked import import_all
from tests.conftest import ROOT

FILE_EVENTS: Final = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir"})


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    points: int
    out: str
    err: str


@dataclass(frozen=True)
class Commands:
    """The process that forks a child per command."""

    calls: IO[str]
    answers: IO[str]

    def run(self, folder: Path, *arguments: str, kill_at: int = 0) -> Ended:
        """Run the command in a folder, and kill it at a point if one is given."""
        self.calls.write(json.dumps([str(folder), kill_at, arguments]) + "\n")
        self.calls.flush()
        return Ended(*json.loads(self.answers.readline()))


@contextmanager
def start_commands(home: Path) -> Iterator[Commands]:
    """Start the process that forks."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    with subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Commands(process.stdin, process.stdout)
        process.stdin.close()


def count_points(counted: IO[bytes], folder: str, kill_at: int) -> None:
    """Count statements, commits, closed connections and changes of files below the folder; kill at one of them."""

    def arrive(*_: object) -> None:
        counted.write(b".")
        if counted.tell() == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, values: tuple[Any, ...]) -> None:
        if event in FILE_EVENTS and str(values[0]).startswith(folder):
            arrive()

    sa.event.listen(sa.Engine, "before_cursor_execute", arrive)
    sa.event.listen(sa.Engine, "commit", arrive)
    sa.event.listen(sa.Pool, "close", arrive)
    sys.addaudithook(hear)


def answer(folder: str, kill_at: int, arguments: list[str]) -> Ended:
    """Run one command in a child."""
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        tempfile.TemporaryFile(buffering=0) as points,
    ):
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            count_points(points, folder, kill_at)
            code = run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [os.pread(file.fileno(), 1 << 20, 0).decode() for file in (out, err)]
        return Ended(code, os.fstat(points.fileno()).st_size, *texts)


def main() -> None:
    """Answer every line of standard input."""
    import_all()
    for line in sys.stdin:
        ended = answer(*json.loads(line))
        print(json.dumps([ended.code, ended.points, ended.out, ended.err]), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
