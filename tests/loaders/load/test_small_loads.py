"""What little costs: how often a file is opened, what is read of it twice, and which of its rows are rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from loaders.connection.warehouse import Warehouse
from loaders.dialects import stamp
from loaders.dialects.duckdb import DuckDB
from loaders.load.load import load_hour
from loaders.rollups.recompute import find_rollups, recompute_due
from tests.loaders.lake import MemoryLake, event
from tests.loaders.load.test_rerun import load_meanwhile
from tests.loaders.rollups.rolling import ALL, DAY, SCHEMAS, lake, load, now, recompute
from tests.loaders.tables import Files, check_sums

__all__ = ["lake"]

ROW_GROUPS = "SELECT COUNT(DISTINCT row_group_id) AS n FROM pragma_storage_info('events.tracks')"


@dataclass(frozen=True)
class Counted(DuckDB):
    """A DuckDB file that counts how often it is opened, how often to write, and what is asked of it."""

    opened: list[bool] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def connect(self, *, write: bool, wait: float) -> Iterator[Connection]:
        self.opened.append(write)
        with super().connect(write=write, wait=wait) as connection:
            sa.event.listen(connection, "before_cursor_execute", lambda *given: self.asked.append(given[2]))
            yield connection

    def readings(self) -> int:
        """How often the catalog was read."""
        return sum(text.startswith("SELECT") and "FROM tideline.columns" in text for text in self.asked)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file counts as settled as soon as it is written."""
    monkeypatch.setattr(stamp, "SETTLED", 0)


@pytest.mark.usefixtures("settled")
def test_the_state_is_read_once_where_nobody_has_written_since(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, event("first"))
    counted = Counted(file.path, 640 << 20)
    assert load_hour(Warehouse(counted, 20), lake.put(1, [event("second", properties={"new": 1})])).loaded
    assert (counted.opened, counted.readings()) == ([False, True], 1)
    check_sums(file)


@pytest.mark.usefixtures("settled")
def test_what_was_committed_since_is_looked_at_again(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, event("first"))
    counted = Counted(file.path, 640 << 20)
    other, hour = (
        lake.put(1, [event("other", properties={"n": "word"})]),
        lake.put(2, [event("late", properties={"n": 1})]),
    )
    result = load_hour(Warehouse(counted, 20), load_meanwhile(hour, lambda: load_hour(file.warehouse, other)))
    assert (result.loaded, counted.readings()) == (True, 2)
    check_sums(file)
    assert file.query("SELECT id, n FROM events._order ORDER BY id") == [
        {"id": "first", "n": None}, {"id": "late", "n": "1"}, {"id": "other", "n": "word"},
    ]  # fmt: skip


@pytest.mark.usefixtures("settled")
def test_a_commit_that_only_the_log_has_changes_the_stamp(file: Files, lake: MemoryLake) -> None:
    load(file, lake, 0, event("first"))
    dialect = DuckDB(file.path, 640 << 20)
    seen = dialect.stamp()
    with duckdb.connect(str(file.path)) as connection:
        connection.execute("CREATE TABLE events.more AS SELECT 1 AS n")
        size = file.path.stat().st_size
        assert dialect.stamp() != seen
        assert file.path.stat().st_size == size


def test_a_file_that_was_written_just_now_is_looked_at_again(
    file: Files, lake: MemoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp, "SETTLED", 3_600_000_000_000)
    load(file, lake, 0, event("first"))
    counted = Counted(file.path, 640 << 20)
    assert load_hour(Warehouse(counted, 20), lake.put(1, [event("second")])).loaded
    assert counted.readings() == 2


@pytest.mark.parametrize(
    ("changed", "after", "settled"),
    [
        (1_700_000_000_123_456_789, 9_999_999, False),  # within one unit of a kernel's clock of files
        (1_700_000_000_123_456_789, 20_000_000, True),
        (1_700_000_000_000_000_000, 1_999_999_999, False),  # whole seconds: FAT counts in units of two
        (1_700_000_000_120_000_000, 1_999_999_999, False),  # units of 10 ms: exFAT
        (1_700_000_000_000_000_000, 2_000_000_000, True),
        (1_700_000_000_123_456_789, -5, False),  # a clock that was set back
    ],
)
def test_a_stamp_is_good_once_a_second_change_would_show(changed: int, after: int, *, settled: bool) -> None:
    assert stamp.is_settled(changed, changed + after) is settled


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
