"""Pending hours that share a load: one ledger row an hour, and a bad hour costs itself alone (contract §8, §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.config.memory import plan_memory
from event_assets.config.settings import Settings
from event_assets.pipeline import hour as hours_of_pipeline
from event_assets.pipeline.hour import normalize_hour
from event_assets.pipeline.load import Choice, Outcome, load_plans, plan_hours
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours


def load_pending(settings: Settings) -> list[Outcome]:
    return list(load_plans(settings, plan_hours(settings, Choice()), Choice(), lambda *_: None))


def query(folder: Path, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        return connection.execute(text).fetchall()


def shared(folder: Path) -> list[int]:
    """How many hours every load had, in the order of loads."""
    rows = query(folder, "SELECT count(*) FROM tideline.loads GROUP BY shared_load ORDER BY shared_load")
    return [count for (count,) in rows]


def failed(outcomes: Sequence[Outcome]) -> list[int]:
    return [number for number in range(12) if any(o.error and o.archive_hour == hour(number) for o in outcomes)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Six hours of an archive."""
    write_hours(tmp_path / "archive", range(6))
    return settings_of(write_config(tmp_path))


def test_pending_hours_share_a_load_and_have_a_row_of_the_ledger_each(settings: Settings, tmp_path: Path) -> None:
    outcomes = load_pending(settings)
    assert [outcome.state for outcome in outcomes] == ["loaded"] * 6
    assert [outcome.counts["inserted"] for outcome in outcomes] == [8] * 6
    assert shared(tmp_path) == [6]
    assert query(tmp_path, "SELECT count(DISTINCT load_id) FROM tideline.loads") == [(6,)]
    arrived = "SELECT archive_hour, sum(inserted) FROM tideline.arrivals GROUP BY ALL ORDER BY ALL"
    assert [rows for _, rows in query(tmp_path, arrived)] == [8] * 6
    assert query(tmp_path, "SELECT count(DISTINCT archive_hour) FROM tideline.quarantine") == [(6,)]
    assert load_pending(settings) == []


@pytest.mark.parametrize(("most", "expected"), [(1, [1] * 6), (4, [4, 2])])
def test_hours_per_load_is_the_most_that_share_one(
    settings: Settings, tmp_path: Path, most: int, expected: list[int]
) -> None:
    load_pending(replace(settings, hours_per_load=most))
    assert shared(tmp_path) == expected


def test_the_memory_bounds_the_rows_of_a_load(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = plan_memory().total_bytes
    monkeypatch.setattr(hours_of_pipeline, "STAGED_BYTES", room // 10 + 1)  # two hours of five events
    load_pending(settings)
    assert shared(tmp_path) == [2, 2, 2]


def test_an_hour_whose_file_is_gone_costs_itself(settings: Settings, tmp_path: Path) -> None:
    for plan in plan_hours(settings, Choice()):
        note = normalize_hour(settings, plan.source, plan.state.manifest).note
        if plan.state.archive_hour == hour(2):
            (tmp_path / "lake" / note.parquet[0]).unlink()
    plans = plan_hours(settings, Choice())
    for file in (tmp_path / "archive").rglob(f"{int(hour(2).timestamp())}.*"):
        file.unlink()
    outcomes = list(load_plans(settings, plans, Choice(), lambda *_: None))
    assert failed(outcomes) == [2]
    assert "the archive no longer has" in next(str(outcome.error) for outcome in outcomes if outcome.error)
    assert shared(tmp_path) == [5]
    assert query(tmp_path, "SELECT count(*) FROM events.tracks") == [(20,)]


def test_an_hour_whose_file_can_be_written_again_is_loaded_with_the_others(settings: Settings, tmp_path: Path) -> None:
    for plan in plan_hours(settings, Choice()):
        note = normalize_hour(settings, plan.source, plan.state.manifest).note
        (tmp_path / "lake" / note.parquet[0]).unlink()
    outcomes = load_pending(settings)
    assert failed(outcomes) == []
    assert shared(tmp_path) == [6]
    assert query(tmp_path, "SELECT count(*) FROM events.tracks") == [(24,)]


def test_an_hour_that_a_table_refuses_costs_itself(settings: Settings, tmp_path: Path) -> None:
    load_pending(settings)
    (made,) = query(tmp_path, "SELECT sql FROM duckdb_tables() WHERE table_name = 'tracks'")[0]
    query(tmp_path, "ALTER TABLE events.tracks RENAME TO before")
    query(tmp_path, made.rstrip(";").removesuffix(")") + ", CHECK (id <> 'refused'))")
    query(tmp_path, "INSERT INTO events.tracks SELECT * FROM events.before")
    query(tmp_path, "DROP TABLE events.before")
    write_hours(tmp_path / "archive", range(6, 12))
    write_file(tmp_path / "archive", hour(9), [track("refused", at=hour(9))], part=7)
    outcomes = load_pending(settings_of(write_config(tmp_path)))
    assert failed(outcomes) == [9]
    assert "CHECK constraint" in next(str(outcome.error) for outcome in outcomes if outcome.error)
    assert query(tmp_path, "SELECT count(*) FROM events.tracks") == [(44,)]
    assert sum(shared(tmp_path)) == 11


def test_late_files_of_several_hours_are_merged_together(settings: Settings, tmp_path: Path) -> None:
    load_pending(settings)
    for number in (1, 4):
        write_file(tmp_path / "archive", hour(number), [track(f"late{number}", at=hour(number))], part=3)
        write_file(tmp_path / "archive", hour(number), [track("m0-0", at=hour(number), price=9)], part=4)
    outcomes = load_pending(settings)
    assert [(o.counts["inserted"], o.counts["updated"], o.counts["deleted"]) for o in outcomes] == [
        (2, 0, 0),
        (4, 0, 2),
    ]
    assert shared(tmp_path) == [6, 2]
    assert query(tmp_path, "SELECT _archive_hour FROM events.tracks WHERE id = 'm0-0'") == query(
        tmp_path, f"SELECT TIMESTAMPTZ '{hour(4).isoformat()}'"
    )
    assert len(query(tmp_path, "SELECT * FROM tideline.copies WHERE id = 'm0-0'")) == 2
