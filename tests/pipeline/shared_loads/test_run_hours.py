"""Hours that a run loads: what fails for all of them is asked for once, and what waits is loaded before a run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.config.settings import Settings
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.failed_hours import shared_cause
from event_assets.pipeline.hour import LoadOptions, normalize_hour
from event_assets.pipeline.load import Choice, plan_hours
from event_assets.pipeline.shared_loads.run_hours import HourLoads, LoadedNote
from tests.defs.build import hour, settings_of, write_config, write_hours

HOURS = [hour(number) for number in range(4)]


@pytest.fixture
def notes(tmp_path: Path) -> dict[datetime, HourNote]:
    """Four hours in the lake."""
    write_hours(tmp_path / "archive", range(4))
    settings = settings_of(write_config(tmp_path))
    plans = plan_hours(settings, Choice())
    return {plan.state.archive_hour: normalize_hour(settings, plan.source, plan.state.manifest).note for plan in plans}


def loads_of(
    settings: Settings,
    read: Callable[[datetime], HourNote],
    failed: list[datetime],
    loaded: list[LoadedNote],
    *,
    shared: bool | None = None,
) -> HourLoads:
    """The loads of a run; `shared` is what is told of every failure, else it is found out."""
    source = settings.only_source()

    def is_shared(at: datetime, error: Exception) -> bool:
        return shared_cause(settings, source, at, error) is not None if shared is None else shared

    return HourLoads(settings, source, LoadOptions(), read, loaded.append, lambda at, _: failed.append(at), is_shared)


@pytest.mark.parametrize("most", [1, 2, None])
def test_a_warehouse_that_is_away_is_asked_for_one_load(
    tmp_path: Path, notes: dict[datetime, HourNote], most: int | None
) -> None:
    settings = settings_of(write_config(tmp_path, warehouse=str(tmp_path / "nowhere" / "w.duckdb")))
    failed: list[datetime] = []
    results = loads_of(replace(settings, hours_per_load=most), notes.__getitem__, failed, []).load(HOURS)
    assert (list(results.done), list(results.failed), failed) == ([], HOURS[:1], HOURS[:1])


@pytest.mark.parametrize(("shared", "loaded"), [(True, HOURS[:2]), (False, [*HOURS[:2], HOURS[3]])])
def test_an_hour_that_cannot_be_read_ends_the_run_only_where_all_hours_would(
    tmp_path: Path, notes: dict[datetime, HourNote], loaded: list[datetime], *, shared: bool
) -> None:
    def read(at: datetime) -> HourNote:
        if at == HOURS[2]:
            raise OSError("gone")
        return notes[at]

    failed, done = list[datetime](), list[LoadedNote]()
    settings = settings_of(write_config(tmp_path))
    results = loads_of(settings, read, failed, done, shared=shared).load(HOURS)
    assert (list(results.done), list(results.failed), failed) == (loaded, [HOURS[2]], [HOURS[2]])
    assert [one.note.archive_hour for one in done] == loaded
    assert {one.result.hours for one in done} == {len(loaded)}
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM tideline.loads").fetchone() == (len(loaded),)
