"""Kills a transaction before each of its statements: `tests.loaders.dialects.clickhouse.kill FOLDER`.

Everything happens in forked children, so that the process that forks never has threads of its own. After each kill no
table is half changed and no load is recorded whose rows are missing; the next process that writes finishes what was
begun, or nothing was. Ends with 0 where that holds, and prints what was seen.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from loaders.connection.warehouse import Warehouse
from tests.apart import run_apart
from tests.clickhouse import Folder
from tests.loaders.dialects.clickhouse.two_tables import AFTER, BEFORE, Held, change, held, prepare


def change_until(warehouse: Warehouse, at: int) -> None:
    """Change the tables, and die before the statement with this number."""
    with warehouse.writing() as session:
        passed = 0

        def arrive(*_: object) -> None:
            nonlocal passed
            passed += 1
            if passed == at:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.Engine, "before_cursor_execute", arrive)
        with session.transaction():
            change(session)


def look(folder: Folder, warehouse: Warehouse, file: Path) -> tuple[Held, Held]:
    """Return what the tables hold, and what they hold once a process has opened the warehouse for writing."""

    def write() -> None:
        left = held(folder)
        with warehouse.writing():
            pass
        file.write_bytes(pickle.dumps((left, held(folder))))

    apart(write)
    found: tuple[Held, Held] = pickle.loads(file.read_bytes())  # noqa: S301  our own
    return found


def apart(job: Callable[[], object]) -> None:
    """Run a job that must succeed."""
    if run_apart(job):
        sys.exit("a job failed")


def main(place: Path) -> int:
    """Kill at one statement after the other until the transaction ends by itself; return 1 if something went wrong."""
    at = halves = finished_by_next = 0
    wrong = []
    base = Folder(str(place / "base"))
    apart(partial(prepare, Warehouse.open(base.warehouse_url)))
    while True:
        at += 1
        folder = base.beside(copied=True)
        warehouse = Warehouse.open(folder.warehouse_url, wait=5)
        status = run_apart(partial(change_until, warehouse, at))
        left, whole = look(folder, warehouse, place / "left")
        if any(ids not in (BEFORE.get(name), AFTER[name]) for name, ids in left.items()):
            wrong.append(f"statement {at}: a table is half changed: {left}")
        if left["loads"] == ["x"] and left != AFTER:
            wrong.append(f"statement {at}: a load is recorded before its rows are there: {left}")
        if whole != (BEFORE if left == BEFORE and whole == BEFORE else AFTER):
            wrong.append(f"statement {at}: left {left}, finished as {whole}")
        halves += left not in (BEFORE, AFTER)
        finished_by_next += whole != left
        if status == 0:
            break
        if status != -signal.SIGKILL:
            wrong.append(f"statement {at}: ended with {status}")
    sys.stderr.write(f"{at} statements, {halves} left some tables changed, {len(wrong)} wrong\n" + "\n".join(wrong))
    return int(bool(wrong) or halves < 3 or finished_by_next < 3)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
