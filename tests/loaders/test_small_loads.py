"""What little costs: how often a file is opened for the rollups of a few days, and which of its rows are rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from loaders.dialects.duckdb import DuckDB
from loaders.rollups import find_rollups, recompute_due
from loaders.warehouse import Warehouse
from tests.loaders.lake import MemoryLake, event
from tests.loaders.rolling import ALL, DAY, SCHEMAS, lake, load, now, recompute
from tests.loaders.tables import Files

__all__ = ["lake"]

ROW_GROUPS = "SELECT COUNT(DISTINCT row_group_id) AS n FROM pragma_storage_info('events.tracks')"


@dataclass(frozen=True)
class Counted(DuckDB):
    """A DuckDB file that tells how often it was opened, and which of the times to write."""

    opened: list[bool] = field(default_factory=list)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        self.opened.append(write)
        with super().connect(write=write, wait=wait) as connection:
            yield connection


def test_few_days_of_all_rollups_open_the_file_once_to_look_and_once_to_write(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, *(event(f"e{day}", at=day * DAY, received=9 * DAY) for day in range(2)))
    counted = Counted(file.path, 640 << 20)
    warehouse = Warehouse(counted, 20)
    assert [each.rollup for each in recompute_due(warehouse, SCHEMAS, find_rollups(None), now=now)] == list(ALL)
    assert counted.opened == [False, True]
    assert list(recompute_due(warehouse, SCHEMAS, find_rollups(None), now=now)) == []
    assert counted.opened == [False, True, False]


def test_after_a_load_nobody_looks_before_the_file_is_opened_to_write(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, *(event(f"e{day}", at=day * DAY, received=9 * DAY) for day in range(2)))
    counted = Counted(file.path, 640 << 20)
    warehouse, rollups = Warehouse(counted, 20), find_rollups(None)
    assert [each.rows for each in recompute_due(warehouse, SCHEMAS, rollups, now=now, loaded=True)] == [2, 2, 2]
    assert list(recompute_due(warehouse, SCHEMAS, rollups, now=now, loaded=True)) == []
    assert counted.opened == [True, True]


def test_many_days_are_computed_in_several_openings(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, *(event(f"e{day}", at=day * DAY, received=99 * DAY) for day in range(11)))
    counted = Counted(file.path, 640 << 20)
    assert len(list(recompute_due(Warehouse(counted, 20), SCHEMAS, find_rollups(None), now=now))) == len(ALL)
    assert counted.opened == [False, True, True, True]


def test_a_pass_of_rollups_rewrites_no_events(file: Files, lake: MemoryLake) -> None:
    for number in range(3):
        load(file, lake, number, event(f"e{number}"))
    before = file.query(ROW_GROUPS)
    assert before == [{"n": 3}]
    recompute(file)
    assert file.query(ROW_GROUPS) == before
