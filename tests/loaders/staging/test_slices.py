"""Slices of several hours: the rows of an event together, in the order of the hours, and no more of them in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from loaders.interface.limits import Limits
from loaders.staging.slices import HourEvents, slice_hours
from loaders.transform.slices import Slice
from tests.loaders.transform.build import HOUR, lake, row

EVENTS = ("Cart Viewed", "Order Completed", "Product Viewed")
TEXT = 1_000
"""Bytes of the properties of a row, which are nearly all of its bytes."""
PER_HOUR = 4 * len(EVENTS)


def hours_of(count: int, taken: list[datetime]) -> list[HourEvents]:
    """Hours with four rows of each event, and one that is no track; `taken` gets each hour whose rows are read."""

    def read(hour: datetime, number: int) -> Iterator[pl.DataFrame]:
        taken.append(hour)
        rows = [
            row(number * 100 + at, event=EVENTS[at % len(EVENTS)], properties="x" * TEXT, timestamp=hour)
            for at in range(PER_HOUR)
        ]
        yield lake(*rows, row(number * 100 + 99, type="page", properties="x" * TEXT, timestamp=hour))

    def events(number: int) -> HourEvents:
        hour = HOUR + timedelta(hours=number)

        def read_all(types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
            return read(hour, number)

        return HourEvents(hour, read_all)

    return [events(number) for number in range(count)]


def runs(parts: list[Slice]) -> list[tuple[str, str | None, int]]:
    """The type, the event and the rows of each run of the slices."""
    found = []
    for part in parts:
        run = part.frame["event"].rle().struct.unnest()
        found += [(part.type, event, length) for length, event in run.iter_rows()]
    return found


def test_the_rows_of_an_event_are_one_run_whatever_hours_have_them() -> None:
    parts = list(slice_hours(hours_of(6, []), None, Limits()))
    assert runs(parts) == [("page", None, 6), *(("track", event, 24) for event in EVENTS)]
    for event in EVENTS:
        hours = parts[1].frame.filter(pl.col("event") == event)["_archive_hour"]
        assert hours.is_sorted()


@pytest.mark.parametrize("together", [1, 2, 3])
def test_no_more_hours_are_read_ahead_than_the_bytes_of_rows_that_are_sorted_together(together: int) -> None:
    taken: list[datetime] = []
    room = Limits(sorted_bytes=together * (PER_HOUR + 1) * (TEXT + 300))
    read_at = [len(taken) for _ in slice_hours(hours_of(6, taken), None, room)]
    assert read_at[0] == together + 1
    assert read_at[-1] == 6
    assert max(later - earlier for earlier, later in pairwise(read_at)) <= together


def test_a_slice_has_no_more_bytes_than_its_limit() -> None:
    parts = list(slice_hours(hours_of(6, []), None, Limits(slice_bytes=5 * (TEXT + 100))))
    assert max(len(part) for part in parts) == 5
    assert sum(len(part) for part in parts) == 6 * (PER_HOUR + 1)
    assert sorted(id for part in parts for id in part.frame["id"]) == sorted(
        id for part in slice_hours(hours_of(6, []), None, Limits()) for id in part.frame["id"]
    )
