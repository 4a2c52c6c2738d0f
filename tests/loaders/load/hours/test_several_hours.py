"""Loads of several hours: the tables, copies and sums of loads of one hour each, in any order (contract §8, §11)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from loaders.ledger.loads import count_loads
from loaders.load.load import load_hours
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums, snapshot

HOURS: Final = 4
"""Hours of the drawn archives."""


def draw_event(drawn: random.Random, hour: int) -> Event:
    """An event of one of few ids, so that most ids are in several hours; equal copies and equal clocks are common."""
    kind, id = drawn.choice(["track", "track", "track", "identify", "page"]), f"id{drawn.randrange(12)}"
    if drawn.random() < 0.3:
        return event(id, type=kind, name="Order" if kind == "track" else None, at=30, received=drawn.choice([5, 200]))
    content = drawn.choice([None, "a", "b"])
    members: dict[str, object] = {"user_id": f"u{drawn.randrange(3)}"}
    if content is not None:
        members["traits" if kind == "identify" else "properties"] = {"n": content, "only": {"deep": [hour, 1]}}
    return event(
        id,
        type=kind,
        name=drawn.choice(["Order", "Cart", "List"]) if kind == "track" else None,
        at=drawn.choice([hour * 60, hour * 60 - 30, 30]),
        received=drawn.choice([None, hour * 60, 5, 65, 200]),
        **members,
    )


def draw_hour(drawn: random.Random, hour: int) -> list[Event]:
    """The events of an hour, ids distinct per type."""
    events = {(made["type"], made["id"]): made for made in (draw_event(drawn, hour) for _ in range(12))}
    return list(events.values())


def draw_archive(seed: int) -> list[dict[int, list[Event]]]:
    """States of an archive: all hours, then some of them changed, then some of them changed again."""
    drawn = random.Random(seed)
    first = {hour: draw_hour(drawn, hour) for hour in range(HOURS)}
    second = {hour: draw_hour(drawn, hour) for hour in drawn.sample(range(HOURS), 3)}
    third = {hour: events[2:] for hour, events in second.items() if hour % 2}
    return [first, second, third]


def load_archive(files: Files, archive: list[dict[int, list[Event]]], groups: Callable[[int], list[int]]) -> None:
    """Load every state of the archive, in loads of as many hours as the sizes of `groups` tell.

    An hour is written to the lake for its own load: a copy that is put back from an hour that waits for its load has
    the columns of that moment.
    """
    lake = MemoryLake()
    for number, state in enumerate(archive):
        sizes, left = groups(number), list(state)
        random.Random(number).shuffle(left)
        while left:
            size = sizes.pop(0) if sizes else 1
            load_hours(files.warehouse, [lake.put(hour, state[hour]) for hour in left[:size]])
            left = left[size:]


SIZES: Final[list[list[int]]] = [[HOURS] * 3, [2] * 6, [1, 3, 2], [3, 1]]


@pytest.mark.parametrize("seed", [3])
def test_hours_that_share_loads_give_the_rows_copies_and_sums_of_single_loads(
    files: Files, tmp_path: Path, seed: int
) -> None:
    archive = draw_archive(seed)
    alone = Files(tmp_path / "alone.duckdb")
    load_archive(alone, archive, lambda _: [])
    check_sums(alone)
    load_archive(files, archive, lambda number: list(SIZES[(seed + number) % len(SIZES)]))
    check_sums(files)
    assert snapshot(files) == snapshot(alone)


@pytest.mark.parametrize("kind", ["identify", "page", "track"])
def test_two_hours_of_one_load_with_an_id_in_common_keep_the_newest_copy(kind: str, file: Files) -> None:
    """The first load, in which no other type has rivals: neither stored ones nor any of another hour."""
    lake, tables = MemoryLake(), {"identify": "identifies", "page": "pages", "track": "tracks"}
    others = [event(f"other {of}", type=of, name="Order" if of == "track" else None) for of in tables]
    copies = [event("same", type=kind, received=n, name="Order" if kind == "track" else None) for n in (9, 3)]
    load_hours(file.warehouse, [lake.put(0, [*others, copies[0]]), lake.put(1, copies[1:])])
    check_sums(file)
    assert {row["id"]: row["_archive_hour"] for row in file.table(tables[kind])}["same"] == hour_at(0)


def test_hours_that_share_a_load_count_as_one_for_what_every_24th_load_does(file: Files) -> None:
    lake = MemoryLake()
    for hours in ([0, 1, 2], [3], [4, 5], [3]):
        load_hours(file.warehouse, [lake.put(hour, [event(f"{hour}")]) for hour in hours], reload=True)
    with file.warehouse.reading() as session:
        assert count_loads(session) == 4


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 8))
def test_hours_of_many_archives_share_loads(file: Files, tmp_path: Path, seed: int) -> None:
    test_hours_that_share_loads_give_the_rows_copies_and_sums_of_single_loads(file, tmp_path, seed)
