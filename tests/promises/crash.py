"""Loads an hour again and again in children that are killed at a given statement (contract §11, promise 4).

Run as a module: it reads `hour statement` lines and answers each with the child's end: `killed`, or `done` and the
number of statements the load had. The parent imports everything once and starts no thread pool; children are forks.
At statement 0 no child is killed: it halts before every statement, with a line `halted`, until it reads a line.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from event_assets.lake.reading.read import read_note
from event_assets.pipeline.hour import load_note
from tests.drive import Place, utc


def kill_at(number: int) -> list[int]:
    """Kill this process without a word before the n-th statement or commit; gives the count that goes up meanwhile.

    With 0 the process halts before every one of them.
    """
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1
        if counted[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 0:
            sys.stdout.write("halted\n")
            sys.stdout.flush()
            sys.stdin.readline()

    sa.event.listen(Engine, "before_cursor_execute", count)
    sa.event.listen(Engine, "commit", count)
    return counted


def load(where: Place, hour: datetime) -> None:
    """Load an hour that is in the lake."""
    note = read_note(where.settings.lake, where.source.name, hour)
    assert note is not None
    load_note(where.settings, where.source, note, reload=True)


def answer(where: Place, hour: datetime, number: int) -> str:
    """How a child ends that is killed at the n-th statement."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        counted = kill_at(number)
        load(where, hour)
        os.write(writer, str(counted[0]).encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        output = pipe.read()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return "killed"
    return f"done {output}" if status == 0 else f"failed {status}"


def main() -> None:
    """Answer every line of standard input."""
    where: Place = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - written by the test itself
    for line in sys.stdin:
        hour, number = line.split()
        sys.stdout.write(answer(where, utc(hour), int(number)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
