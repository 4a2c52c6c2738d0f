"""The records of computed days: what a day added up to before and adds up to now, also in an older ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from loaders.load.load import load_hour
from loaders.rewrite.forget import Erasure, begin_erasure, finish_erasure
from loaders.rollups.day_records import DayTotals, computed_days
from tests.loaders.lake import MemoryLake, event
from tests.loaders.rollups.rolling import ALL, COUNT, DAY, FIRST, SCHEMAS, file_in, lake, load, now, recompute, recorded
from tests.loaders.tables import Files

__all__ = ["lake"]


def totals_of(files: Files) -> dict[tuple[str, int], DayTotals | None]:
    """The recorded totals, by rollup and number of the day."""
    with files.warehouse.reading() as session:
        days = computed_days(session, SCHEMAS, ALL, datetime(2026, 1, 1, tzinfo=UTC))
    return {(day.rollup, (day.date - FIRST).days): day.totals for day in days}


def test_the_totals_of_a_day_are_recorded_before_and_after(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a"), event("b", at=DAY))
    recompute(files)
    first = totals_of(files)["events_daily", 0]
    assert first == DayTotals("new", None, {"rows": 1})
    load(files, lake, 1, event("c"), event("p", type="page"))
    recompute(files)
    changed = totals_of(files)["events_daily", 0]
    assert changed is not None
    assert changed.before is not None
    assert (changed.why, changed.before["events"], changed.after["events"]) == ("touched", 1, 3)
    assert (changed.before["rows"], changed.after["rows"]) == (1, 2)
    assert totals_of(files)["events_daily", 1] == DayTotals("new", None, {"rows": 1})
    assert len(files.query("SELECT * FROM tideline.rollup_totals")) == len(recorded(files))


def test_a_day_that_lost_its_events_has_totals_of_nothing(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a"))
    recompute(files)
    load(files, lake, 0)
    recompute(files)
    lost = totals_of(files)["events_daily", 0]
    assert lost is not None
    assert (lost.before or {})["events"] == 1
    assert (lost.after["rows"], lost.after["events"]) == (0, 0)


def test_a_ledger_of_an_earlier_version_gets_the_table_of_totals(files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a"))
    recompute(files)
    files.execute("DROP TABLE tideline.rollup_totals")
    assert set(totals_of(files).values()) == {None}
    load(files, lake, 1, event("b", at=DAY))
    recompute(files)
    assert {day for (_, day), totals in totals_of(files).items() if totals} == {1}


def test_what_a_day_was_before_an_erasure_is_not_recorded(files: Files, lake: MemoryLake) -> None:
    """The difference would be the events of the person, whoever computes the day while the erasure is under way."""
    load(files, lake, 0, event("a"), event("of the person"))
    recompute(files)
    load(files, lake, 1, event("late"))
    recompute(files)
    assert [row["totals_before"] for row in files.query("SELECT * FROM tideline.rollup_totals")] != [None] * 3
    erasure = Erasure("0a", "{}", "legal", None, persons=1, events=0, tables={"tracks": 1}, hours=[])
    with files.warehouse.loading("events") as session:
        begin_erasure(session, "default", erasure, now=now())
    assert {row["totals_before"] for row in files.query("SELECT * FROM tideline.rollup_totals")} == {None}
    load_hour(files.warehouse, replace(lake.put(0, [event("a")]), erasures=frozenset({"0a"})))
    (done,) = recompute(files)["events_daily"].days
    assert (done.why, done.before, done.after) == ("touched", None, None)
    assert totals_of(files)["events_daily", 0] == DayTotals("touched", None, {"rows": 1})
    with files.warehouse.loading("events") as session:
        finish_erasure(session, "default", "0a", now=now())
    load_hour(files.warehouse, replace(lake.put(2, [event("later")]), erasures=frozenset({"0a"})))
    (done,) = recompute(files)["events_daily"].days
    assert ((done.before or {})["events"], (done.after or {})["events"]) == (2, 3)


def test_a_rebuilt_table_has_nothing_to_compare_its_days_with(tmp_path: Path, files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a"))
    own = file_in(tmp_path / "own", COUNT)
    recompute(files, own)
    file_in(tmp_path / "own", COUNT.replace("AS n", "AS n, 1 AS one"))
    recompute(files, own)
    (row,) = files.query("SELECT * FROM tideline.rollup_totals WHERE rollup = 'mine'")
    assert (row["why"], row["totals_before"]) == ("edited", None)
