"""Slices of several hours: the rows of an event together, in the order of the hours, in memory or in files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

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


def sliced(tmp_path: Path, hours: list[HourEvents], limits: Limits) -> list[Slice]:
    return list(slice_hours(hours, None, limits, tmp_path))


def room_for(hours: float) -> Limits:
    """Limits with room for the rows of so many hours of `hours_of` in memory."""
    return Limits(sorted_bytes=int(hours * (PER_HOUR + 1) * (TEXT + 300)))


@pytest.mark.parametrize("in_memory", [1, 2, 4, 7])
def test_the_rows_of_an_event_are_one_run_whatever_hours_have_them(tmp_path: Path, in_memory: int) -> None:
    parts = sliced(tmp_path, hours_of(6, []), room_for(in_memory))
    assert runs(parts) == [("page", None, 6), *(("track", event, 24) for event in EVENTS)]
    for event in EVENTS:
        hours = parts[1].frame.filter(pl.col("event") == event)["_archive_hour"]
        assert hours.is_sorted()


@pytest.mark.parametrize("slice_rows", [5, 1_000])
def test_rows_that_were_in_files_are_those_that_were_in_memory(tmp_path: Path, slice_rows: int) -> None:
    cut = slice_rows * (TEXT + 100)
    in_memory = sliced(tmp_path, hours_of(6, []), Limits(slice_bytes=cut))
    in_files = sliced(tmp_path, hours_of(6, []), replace(room_for(2), slice_bytes=cut))
    for event_type in ("page", "track"):
        ours, theirs = (
            pl.concat([part.frame for part in parts if part.type == event_type]) for parts in (in_files, in_memory)
        )
        assert_frame_equal(ours, theirs)
        assert ours.height == 6 * (1 if event_type == "page" else PER_HOUR)


@pytest.mark.parametrize("in_memory", [1, 2, 3])
def test_no_more_rows_wait_in_memory_than_the_bytes_that_are_sorted_together(tmp_path: Path, in_memory: int) -> None:
    parts = slice_hours(hours_of(6, []), None, room_for(in_memory), tmp_path)
    next(parts)
    written = [count_rows(path) for path in sorted(tmp_path.iterdir())]
    assert written == [in_memory * (PER_HOUR + 1)] * (6 // in_memory)
    del parts
    assert list(tmp_path.iterdir()) == []


def test_rows_that_fit_in_memory_need_no_file_and_all_files_are_gone_in_the_end(tmp_path: Path) -> None:
    parts = slice_hours(hours_of(6, []), None, room_for(7), tmp_path)
    next(parts)
    assert list(tmp_path.iterdir()) == []
    assert len(sliced(tmp_path, hours_of(6, []), room_for(1))) == 2
    assert list(tmp_path.iterdir()) == []


def count_rows(path: Path) -> int:
    with pa.ipc.open_file(path) as file:
        return int(file.read_all().num_rows)


@pytest.mark.parametrize("in_memory", [1, 7])
def test_a_slice_has_no_more_bytes_than_its_limit(tmp_path: Path, in_memory: int) -> None:
    limits = replace(room_for(in_memory), slice_bytes=5 * (TEXT + 100))
    parts = sliced(tmp_path, hours_of(6, []), limits)
    assert max(len(part) for part in parts) == 5
    whole = sliced(tmp_path, hours_of(6, []), Limits())
    assert sum(len(part) for part in parts) == 6 * (PER_HOUR + 1)
    assert sorted(id for part in parts for id in part.frame["id"]) == sorted(
        id for part in whole for id in part.frame["id"]
    )
