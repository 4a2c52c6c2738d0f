"""Hours that an erasure has rewritten are loaded again; a warehouse that is none ends that with the first load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.erasure.refresh import refresh_hours
from loaders.interface.errors import WarehouseError
from tests.drive import load_archive, place, write_lake
from tests.promises.archives import write_archive
from tests.promises.dirty import fixed_hours


class Taken(list[HourNote]):
    """Notes that count how many of them were looked at."""

    number = 0

    def __iter__(self) -> Iterator[HourNote]:
        for note in super().__iter__():
            self.number += 1
            yield note


@pytest.mark.parametrize(("hours_per_load", "taken"), [(1, 1), (2, 2)])
def test_a_warehouse_that_is_none_ends_it_with_the_first_load(tmp_path: Path, hours_per_load: int, taken: int) -> None:
    hours = fixed_hours()
    where = place(write_archive(tmp_path / "archive", hours), tmp_path / "out")
    load_archive(where)
    notes = Taken(write_lake(where, hour) for hour in hours)
    settings = replace(where.settings, hours_per_load=hours_per_load)
    where.warehouse.write_text("no database")
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb"):
        refresh_hours(settings, where.source, notes, now=lambda: datetime.now(UTC))
    assert (len(notes), notes.number) == (3, taken)
