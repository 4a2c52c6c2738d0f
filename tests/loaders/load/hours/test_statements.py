"""What a load asks of the database follows its tables, not its hours: a statement may have a price (contract §8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from loaders.load.load import load_hours
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files

FEW, MANY = 1, 24
MOST = 1.2
"""How many times the statements of one hour a load of many hours may issue."""


def hour_of(number: int) -> list[Event]:
    """Events of every home table and of three names."""
    names = [event(f"t{number} {name}", name=name, at=60 * number) for name in ("Order", "Cart", "List")]
    kinds = [event(f"{kind}{number}", type=kind, name=None, at=60 * number) for kind in ("identify", "page", "screen")]
    return [*names, *kinds]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of the block, of any connection."""
    asked: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


def test_a_load_of_many_small_hours_asks_little_more_than_one_of_one(files: Files) -> None:
    lake = MemoryLake()
    load_hours(files.warehouse, [lake.put(0, hour_of(0))])
    with counted() as few:
        load_hours(files.warehouse, [lake.put(hour, hour_of(hour)) for hour in range(1, 1 + FEW)])
    with counted() as many:
        load_hours(files.warehouse, [lake.put(hour, hour_of(hour)) for hour in range(1 + FEW, 1 + FEW + MANY)])
    assert len(few) > 50, "it counts"
    assert len(many) <= MOST * len(few), f"{len(many)} statements for {MANY} hours, {len(few)} for {FEW}"
