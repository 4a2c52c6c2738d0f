"""The records of computed days: what a day added up to before and adds up to now, also in an older ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from loaders.rollups.day_records import DayTotals, computed_days
from tests.loaders.lake import MemoryLake, event
from tests.loaders.rollups.rolling import ALL, COUNT, DAY, FIRST, SCHEMAS, file_in, lake, load, recompute, recorded
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
    files.execute("DELETE FROM tideline.rollup_days WHERE rollup = 'sessions'")
    recompute(files)
    assert {name for (name, _), totals in totals_of(files).items() if totals} == {"sessions"}


def test_a_rebuilt_table_has_nothing_to_compare_its_days_with(tmp_path: Path, files: Files, lake: MemoryLake) -> None:
    load(files, lake, 0, event("a"))
    own = file_in(tmp_path / "own", COUNT)
    recompute(files, own)
    file_in(tmp_path / "own", COUNT.replace("AS n", "AS n, 1 AS one"))
    recompute(files, own)
    (row,) = files.query("SELECT * FROM tideline.rollup_totals WHERE rollup = 'mine'")
    assert (row["why"], row["totals_before"]) == ("edited", None)
