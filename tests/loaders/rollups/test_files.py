"""Files of rollups: the user's own, what they may hold, and how a wrong one is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loaders.lake import MemoryLake, event
from tests.loaders.rollups.rolling import (
    ALL,
    COUNT,
    DAY,
    FIRST,
    days_of,
    each_of,
    file_in,
    lake,
    load,
    recompute,
    recorded,
)
from tests.loaders.tables import Files

__all__ = ["lake"]


def test_a_file_of_the_users_own_replaces_the_shipped_one_of_its_name(
    files: Files, lake: MemoryLake, tmp_path: Path
) -> None:
    load(files, lake, 0, event())
    own = file_in(tmp_path / "own", COUNT, name="sessions")
    assert set(recompute(files, own)) == set(ALL)
    assert files.table("sessions", "rollups") == [{"date": FIRST, "n": 1}]


def test_casts_colons_and_percent_signs_of_a_file_are_left_as_they_are(
    files: Files, lake: MemoryLake, tmp_path: Path
) -> None:
    text = """/* :start in a comment; and 'a quote */
SELECT :start::DATE AS date, '12:30:00 :end ; %' AS "a:b", 7 % 4 AS m, 3::TEXT AS t, '\\:x' AS slash, $$:end$$ AS d,
    '{n}' AS n
FROM tracks
WHERE "timestamp" >= :start AND "timestamp" < :end; -- the end: done
"""
    load(files, lake, 0, event())
    result = recompute(files, file_in(tmp_path / "own", text))["mine"]
    assert result.errors == ()
    assert files.table("mine", "rollups") == [
        {"date": FIRST, "a:b": "12:30:00 :end ; %", "m": 3, "t": "3", "slash": "\\:x", "d": ":end", "n": "{n}"}
    ]


WHERE = 'WHERE "timestamp" >= :start AND "timestamp" < :end'
WRONG = {
    "not a select": ("-- why\n\nDELETE FROM tracks", 3, "begins with 'DELETE'"),
    "two statements": (f"{COUNT};\n\nDROP TABLE tracks", 3, "a second statement"),
    "no start": ("\nSELECT event_date AS date FROM tracks\nWHERE 1 < ':start' AND 1 = :end", 2, "no :start"),
    "no end": ("SELECT 1 -- :end\nWHERE 1 > :start", 1, "no :end"),
    "empty": ("-- nothing\n", 1, "no SELECT"),
    "no date": (f"SELECT id FROM tracks {WHERE}", 1, "no column `date`"),
    "syntax": (f"-- a comment\nSELECT event_date AS date\nFRM tracks\n{WHERE}", 3, "syntax error"),
    "column": (f"SELECT\n    event_date AS date,\n    prize\nFROM tracks {WHERE}", 3, "prize"),
    "table": (f"SELECT event_date AS date\nFROM never_came\n{WHERE}", 2, "never_came"),
}


@pytest.mark.parametrize(("text", "line", "given"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_reported_with_its_line_and_the_others_go_on(
    files: Files, lake: MemoryLake, tmp_path: Path, text: str, line: int, given: str
) -> None:
    load(files, lake, 0, event(), event("b", at=DAY, received=2 * DAY))
    own = file_in(tmp_path / "own", text)
    results = recompute(files, own)
    (error,) = results.pop("mine").errors
    assert error.startswith(f"{own / 'mine.sql'}, line {line}: ")
    assert given in error
    assert days_of(results) == each_of([0, 1])
    assert "mine" not in files.table_names("rollups")
    assert {row["rollup"] for row in recorded(files)} == set(ALL)


def test_a_file_with_a_name_that_no_table_should_have_is_wrong(files: Files, lake: MemoryLake, tmp_path: Path) -> None:
    load(files, lake, 0, event())
    results = recompute(files, file_in(tmp_path / "own", COUNT, name="My Rollup; DROP"))
    (error,) = results["My Rollup; DROP"].errors
    assert "rename the file" in error
    assert set(days_of(results)) == {*ALL, "My Rollup; DROP"}


def test_rows_of_another_day_are_refused(files: Files, lake: MemoryLake, tmp_path: Path) -> None:
    load(files, lake, 0, event(), event("b", at=DAY, received=2 * DAY))
    own = file_in(tmp_path / "own", f"SELECT DATE '2026-01-31' AS date, COUNT(*) AS n FROM tracks {WHERE}")
    result = recompute(files, own)["mine"]
    assert [day.date for day in result.days] == [FIRST], result.errors
    (error,) = result.errors
    assert "2026-02-01 has 1 row of another date" in error


def test_a_bad_day_costs_a_day(files: Files, lake: MemoryLake, tmp_path: Path) -> None:
    names = ["1", "2", "three", "4"]
    load(files, lake, 0, *(event(n, at=at * DAY, received=9 * DAY) for at, n in enumerate(names)))
    own = file_in(tmp_path / "own", f"SELECT event_date AS date,\nCAST(id AS INTEGER) AS n FROM tracks {WHERE}")
    result = recompute(files, own)["mine"]
    assert days_of({"mine": result}) == {"mine": [0, 1, 3]}
    (error,) = result.errors
    assert "on 2026-02-02 the warehouse refused" in error
    assert [row["n"] for row in files.table("mine", "rollups")] == [1, 2, 4]
