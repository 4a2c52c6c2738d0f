"""Loads an hour and kills itself: `tests.loaders.dialects.snowflake.kill URL POINT`.

The point is a number of statements after BEGIN, or COMMIT for the moment before it, or END for the one after it.
"""

from __future__ import annotations

import os
import signal
import sys

import sqlalchemy as sa

from loaders.connection.warehouse import Warehouse
from loaders.load.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event

BEFORE: list[Event] = [
    event("gone", name="Parted", properties={"n": 5}),
    event("changed", received=5, properties={"n": 1}),
    event("person", type="identify", traits={"plan": "pro"}),
]
AFTER: list[Event] = [
    event("changed", received=6, at=80, name="Two", properties={"late": True}),
    event("new", type="page", name="Home"),
    event("person", type="identify", received=7, traits={"plan": "free", "age": 41}),
]


def main(url: str, point: str) -> None:
    """Load the hour in its second form."""
    passed = -1

    def arrive(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal passed
        if passed >= 0 or statement == "BEGIN":
            passed += 1
        if point in (str(passed), statement) or (point == "END" and '"MERGE_LOCK' in statement and passed > 3):
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", arrive)
    load_hour(Warehouse.open(url, wait=5), MemoryLake().put(0, AFTER))


if __name__ == "__main__":
    main(*sys.argv[1:])
