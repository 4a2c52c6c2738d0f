"""The lake kept in order under a warehouse: compacted, cleaned, old hours taken out; loads and answers stay right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from event_assets.config.settings import Flags, Settings, SettingsError, load_settings
from event_assets.demo.generate import generate
from event_assets.lake.maintenance.tombstones import is_retired
from event_assets.lake.reading.read import list_hours, list_notes
from event_assets.pipeline.lake_maintenance import clean_sources, compact_lake, retire_hours
from event_assets.pipeline.load import Choice, Outcome, load_plans, plan_hours
from tests.cli.test_app import document, tideline
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.drive import Place, archive_hours, load_archive, place, write_lake
from tests.lake.maintenance.days import age_all, files_in
from tests.promises.archives import condense
from tests.promises.compare import differences

MINUTE = timedelta(minutes=1)


def load(config: Path, **choice: bool) -> list[Outcome]:
    """Load the pending hours, as the command does."""
    settings, chosen = settings_of(config), Choice(**choice)  # type: ignore[arg-type]  # its flags
    return list(load_plans(settings, plan_hours(settings, chosen), chosen, lambda *_: None))


def rows(config: Path, table: str = "events.tracks") -> dict[str, int]:
    """Rows of a table by archive hour."""
    with duckdb.connect(str(config.parent / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT strftime(_archive_hour, '%dT%H'), count(*) FROM {table} GROUP BY 1 ORDER BY 1"
        return dict(connection.execute(query).fetchall())


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A dirty archive of a day in four archive hours, loaded."""
    folder = tmp_path_factory.mktemp("maintenance")
    generate(folder / "demo", events=600, days=1)
    where = place(condense(folder / "demo", folder / "archive", hours=6), folder / "out")
    load_archive(where)
    return where


@pytest.mark.slow
def test_a_warehouse_from_a_compacted_lake_is_the_same(loaded: Place, tmp_path: Path) -> None:
    other = replace(loaded.elsewhere(tmp_path), folder=tmp_path)
    for archive_hour in archive_hours(other):
        write_lake(other, archive_hour)
    days = list(compact_lake(other.settings))
    assert days
    age_all(other.settings.lake, days=3)
    before = files_in(other.settings.lake)
    removed = [path for cleaned in clean_sources(other.settings) for path in cleaned.files]
    assert removed
    assert set(removed) < before
    results = load_archive(other)
    assert all(result.loaded for result in results)
    assert differences(loaded.warehouse, other.warehouse) == []
    reloaded = load_archive(other, archive_hours(other)[1:3], reload=True)
    assert all(result.loaded for result in reloaded)
    assert differences(loaded.warehouse, other.warehouse) == []


def test_copies_are_put_back_from_a_compacted_hour(tmp_path: Path) -> None:
    config = two_copies(tmp_path)
    settings = settings_of(config)
    assert list(compact_lake(settings))
    age_all(settings.lake, days=3)
    list(clean_sources(settings))
    write_file(tmp_path / "archive", hour(1), [track("m1", at=hour(1))])
    (outcome,) = load(config)
    assert (outcome.state, outcome.warnings) == ("loaded", ())
    assert rows(config) == {"31T07": 2, "31T08": 1}


def two_copies(folder: Path, *, extra: str = "") -> Path:
    """Two loaded hours; the row of `both` is the second hour's, the first has an older copy."""
    write_file(folder / "archive", hour(0), [track("both", at=hour(0) + MINUTE), track("m0", at=hour(0))])
    write_file(folder / "archive", hour(1), [track("both", at=hour(1) + MINUTE), track("m1", at=hour(1))])
    config = write_config(folder, extra=extra)
    load(config)
    assert rows(config) == {"31T07": 1, "31T08": 2}
    return config


def after(settings: Settings, hours: int) -> datetime:
    """A moment at which `lake_retain_days = 1` removes the hours of the first day, or not yet."""
    return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=1, hours=hours)


AGES = "lake_retain_days = 1\n"


def retire(config: Path, **how: bool) -> list[str]:
    """Retire old hours; return the reported lines."""
    settings = settings_of(config)
    return [str(retired) for retired in retire_hours(settings, now=lambda: after(settings, 1), **how)]


def test_old_hours_leave_the_lake_and_the_warehouse_stays(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    settings = settings_of(config)
    reported = retire(config, dry_run=True)
    assert reported == ["default 2 hours before 2026-02-01 left the lake, 4 events"]
    assert len(list_hours(settings.lake, "default")) == 2
    assert next(iter(retire_hours(settings, now=lambda: after(settings, -1)))).hours == ()
    assert retire(config) == reported
    assert list_hours(settings.lake, "default") == []
    assert is_retired(settings.lake, "default", hour(0))
    assert rows(config) == {"31T07": 1, "31T08": 2}
    assert load(config) == []  # nothing is pending


def test_files_of_an_hour_that_left_are_removed_after_their_day(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    settings = settings_of(config)
    age_all(settings.lake, days=30)
    retire(config)
    now = datetime.now(UTC)
    files = files_in(settings.lake)
    assert [cleaned.files for cleaned in clean_sources(settings, now=lambda: now + timedelta(hours=23))] == [(), ()]
    removed = [cleaned.files for cleaned in clean_sources(settings, now=lambda: now + timedelta(hours=25))]
    assert set(removed[0]) == files
    assert files_in(settings.lake) == set()


def test_a_compacted_day_that_left_leaves_nothing(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    settings = settings_of(config)
    assert list(compact_lake(settings))
    retire(config)
    age_all(settings.lake, days=3)
    list(clean_sources(settings))
    assert files_in(settings.lake) == set()
    assert settings.lake.list_folder("default/compacted") == ["default/compacted/.lock"]
    assert list(compact_lake(settings)) == []


def test_an_hour_that_is_not_loaded_as_it_is_stays(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    settings = settings_of(config)
    write_file(tmp_path / "archive", hour(1), [track("late", at=hour(1))], part=1)
    where = place(tmp_path / "archive", tmp_path)
    write_lake(where, hour(1))
    assert retire(config) == ["default 1 hour before 2026-02-01 left the lake, 2 events; 1 stay until they are loaded"]
    assert list_hours(settings.lake, "default") == [hour(1)]


def test_a_late_file_brings_an_hour_back_from_the_archive(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    retire(config)
    write_file(tmp_path / "archive", hour(0), [track("late", at=hour(0))], part=1)
    (outcome,) = load(config)
    assert outcome.state == "loaded"
    assert rows(config) == {"31T07": 2, "31T08": 2}
    lake = settings_of(config).lake
    assert list_hours(lake, "default") == [hour(0)]
    assert not is_retired(lake, "default", hour(0))


def test_a_row_received_at_the_first_instant_of_an_hour_that_left_still_wins(tmp_path: Path) -> None:
    """Only the lake knows whether such a clock was sent so or replaces one that was not believed."""
    write_file(tmp_path / "archive", hour(0), [track("both", at=hour(0) - MINUTE)])
    write_file(tmp_path / "archive", hour(1), [track("both", at=hour(1))])
    config = write_config(tmp_path, extra=AGES)
    load(config)
    retire(config)
    write_file(tmp_path / "archive", hour(0), [track("late", at=hour(0))], part=1)
    (outcome,) = load(config)
    assert (outcome.state, outcome.warnings) == ("loaded", ())
    assert rows(config) == {"31T07": 1, "31T08": 1}


def test_a_late_file_of_an_hour_whose_files_are_missing_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    retire(config)
    for path in (tmp_path / "archive").rglob("*.gz"):
        path.unlink()
    write_file(tmp_path / "archive", hour(0), [track("late", at=hour(0))], part=1)
    (outcome,) = load(config)
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert "2026-01-31T07 has left the lake for its age (lake_retain_days)" in outcome.error
    assert "--accept-removals" in outcome.error
    assert rows(config) == {"31T07": 1, "31T08": 2}


def test_a_copy_in_an_hour_that_left_is_not_put_back_and_is_reported(tmp_path: Path) -> None:
    config = two_copies(tmp_path, extra=AGES)
    retire(config)
    write_file(tmp_path / "archive", hour(1), [track("m1", at=hour(1))])
    (outcome,) = load(config)
    assert outcome.state == "loaded"
    assert outcome.warnings == (
        "1 event of 2026-01-31T07 could not be read again, and no copy is put back: the hour has left the"
        " lake for its age (the first is 'both')",
    )
    assert rows(config) == {"31T07": 1, "31T08": 1}


def test_a_column_that_is_not_settled_is_settled_before_its_values_leave(tmp_path: Path) -> None:
    """Otherwise the next load would give it another type and could not read the values again."""
    write_file(tmp_path / "archive", hour(0), [track("a", at=hour(0), code="5"), track("b", at=hour(0), code=1)])
    config = write_config(tmp_path, extra=AGES)
    load(config)
    retire(config)
    numbers = [track(f"n{n}", at=hour(25), code=n) for n in range(60)]
    write_file(tmp_path / "archive", hour(25), numbers)
    (outcome,) = load(config)
    assert outcome.state == "loaded"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT code FROM events.order_completed WHERE id IN ('a', 'b') ORDER BY id")
        assert found.fetchall() == [("5",), ("1",)]


def test_integers_that_no_float_holds_keep_a_column_from_widening(tmp_path: Path) -> None:
    wide = 2**53 + 1
    write_file(tmp_path / "archive", hour(0), [track(f"a{n}", at=hour(0), n=wide) for n in range(30)])
    config = write_config(tmp_path, extra=AGES)
    load(config)
    retire(config)
    write_file(tmp_path / "archive", hour(25), [track("b", at=hour(25), n=1.5)])
    (outcome,) = load(config)
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert "order_completed.n cannot become float" in outcome.error
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT DISTINCT n FROM events.order_completed").fetchall() == [(wide,)]


@pytest.mark.parametrize(("days", "refused"), [(11, True), (12, False)])
def test_a_retention_shorter_than_the_warehouse_needs_is_refused(tmp_path: Path, days: int, refused: bool) -> None:
    config = write_config(tmp_path, extra=f"lake_retain_days = {days}\n")
    config.write_text(config.read_text() + "retain_days = 10\n")
    if refused:
        with pytest.raises(SettingsError, match="write 12 or more"):
            load_settings({}, Flags(config=str(config)))
    else:
        assert settings_of(config).lake_retain_days == days


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three loaded hours of a past day."""
    folder = tmp_path_factory.mktemp("commands")
    write_hours(folder / "archive", [0, 1, 2])
    load(write_config(folder))
    return folder


def test_the_commands_report_in_words_and_in_json(commanded: Path) -> None:
    dry = document(tideline("lake", "compact", "--dry-run", "--json", cwd=commanded))
    (day,) = dry["days"]
    assert (dry["dry_run"], day["day"], day["hours"], day["files_before"], day["files_after"]) == (
        True, "2026-01-31", 3, 6, 2,
    )  # fmt: skip
    done = tideline("lake", "compact", "--from", "2026-01-31", "--to", "2026-01-31", cwd=commanded)
    assert "default 2026-01-31 files=6->2 rows=15" in done.stderr
    assert "1 day compacted" in done.stdout
    assert document(tideline("lake", "clean", "--json", cwd=commanded))["removed"] == [
        {"source": "default", "files": []}, {"source": None, "files": []},
    ]  # fmt: skip
    assert "lake_retain_days" in tideline("lake", "retain", cwd=commanded).stderr
    assert "is not a day" in tideline("lake", "compact", "--from", "2026-01-31T07", cwd=commanded).stderr


def test_loads_retire_old_hours_once_they_are_done(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path, extra=AGES)
    done = tideline("load", "--json", cwd=tmp_path)
    assert document(done)["loaded"] == 1
    assert "default 1 hour before" in done.stderr
    assert list(list_notes(settings_of(tmp_path / "tideline.toml").lake, "default")) == []
