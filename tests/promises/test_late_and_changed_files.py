"""contract sections 8 and 10: late files and late events, files that vanish or are rewritten, two commands at once."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pytest

from event_assets.pipeline.hour import load_note
from tests.drive import Place, archive_hours, load_archive, place, write_lake
from tests.postgres import Database
from tests.promises.archives import hour_number, rudderstack_files, write_archive, write_file
from tests.promises.compare import differences
from tests.promises.dirty import Hours, fixed_hours, with_members
from tests.promises.proof import prove, read_again
from tests.s3 import Store

LATE = b'{"type":"identify","messageId":"late","userId":"u-0","receivedAt":"2026-11-23T02:30:00Z","timestamp":"%s"}'


@pytest.fixture
def loaded(tmp_path: Path, database: Database | None, store: Store | None) -> Place:
    """Three dirty hours of two files each, loaded."""
    archive = write_archive(tmp_path / "archive", fixed_hours())
    where = place(archive, tmp_path / "loaded", database=database, store=store)
    load_archive(where)
    return where


def archive_of(where: Place) -> Path:
    """The archive's folder."""
    return Path(where.source.archive)


def prove_archive(where: Place) -> None:
    """The tables match the current files of the archive."""
    prove(where, read_again(rudderstack_files(archive_of(where))))


def answer(where: Place, query: str) -> list[tuple[object, ...]]:
    """Rows of a query on the warehouse."""
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_late_file_loads_its_hour_again_and_no_other(loaded: Place) -> None:
    newer = with_members(fixed_hours()[hour_number(0)][0][1], [("receivedAt", '"2026-11-23T02:00:01Z"')])
    write_file(archive_of(loaded), hour_number(1), 99, [newer, LATE % b"2026-11-20T10:00:00Z"])
    results = load_archive(loaded)
    assert [result.loaded for result in results] == [False, True, False]
    assert date(2026, 11, 20) in results[1].touched
    prove_archive(loaded)


def test_a_late_event_never_overwrites_newer_truth(
    tmp_path: Path, database: Database | None, store: Store | None
) -> None:
    lines = [
        with_members(LATE % b"2026-11-23T01:00:00Z", [("messageId", '"new"'), ("traits", '{"plan":"pro","seats":3}')]),
        with_members(LATE % b"2026-11-13T01:00:00Z", [("traits", '{"plan":"free","city":"Brno"}')]),
    ]
    hours: Hours = {hour_number(3 + number): [[line]] for number, line in enumerate(lines)}
    archive = write_archive(tmp_path / "archive", hours)
    where = place(archive, tmp_path / "loaded", database=database, store=store)
    load_archive(where)
    assert answer(where, "SELECT id, plan, seats, city FROM events.users") == [("u-0", "pro", 3, "Brno")]
    assert answer(where, "SELECT late FROM tideline.loads ORDER BY archive_hour") == [(1,), (1,)]
    prove_archive(where)


def test_a_vanished_file_keeps_its_rows_until_its_removal_is_accepted(loaded: Place, tmp_path: Path) -> None:
    gone = next(file for file in rudderstack_files(archive_of(loaded)) if file.hour == hour_number(1))
    gone.path.rename(tmp_path / "kept")
    assert not any(result.loaded for result in load_archive(loaded))
    write_file(archive_of(loaded), hour_number(1), 99, [LATE % b"2026-11-20T10:00:00Z"])
    assert [result.loaded for result in load_archive(loaded)] == [False, True, False]
    vanished = "SELECT DISTINCT file FROM tideline.load_files WHERE vanished"
    assert answer(loaded, vanished) == [(str(gone.path.relative_to(archive_of(loaded))),)]
    (tmp_path / "kept").rename(gone.path)
    prove_archive(loaded)
    gone.path.unlink()
    note = write_lake(loaded, hour_number(1), accept_removals=True)
    assert load_note(loaded.settings, loaded.source, note).loaded
    prove_archive(loaded)


def test_a_rewritten_file_replaces_its_rows_and_puts_back_what_they_beat(loaded: Place) -> None:
    hours = fixed_hours()
    file = [file for file in rudderstack_files(archive_of(loaded)) if file.hour == hour_number(2)][1]
    kept = hours[hour_number(2)][1][::2]
    changed = [with_members(line, [("properties", '{"changed":true}')]) for line in kept[:3]]
    write_file(archive_of(loaded), hour_number(2), 1, [*kept[3:], *changed])
    assert file.path.exists()
    results = load_archive(loaded)
    assert [result.loaded for result in results] == [False, False, True]
    prove_archive(loaded)


def test_files_vanish_one_by_one_and_the_tables_follow(loaded: Place) -> None:
    for file in rudderstack_files(archive_of(loaded))[::2]:
        file.path.unlink()
        note = write_lake(loaded, file.hour, accept_removals=True)
        load_note(loaded.settings, loaded.source, note)
        prove_archive(loaded)


def load_all(where: Place) -> int:
    """Load every pending hour, in a process of its own; how many this process has loaded."""
    return sum(result.loaded for result in load_archive(where))


def test_two_processes_at_once_load_each_hour_once(loaded: Place, tmp_path: Path) -> None:
    both = loaded.elsewhere(tmp_path / "both")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        counts = list(workers.map(load_all, [both, both]))
    assert sum(counts) == len(archive_hours(both))
    assert answer(both, "SELECT count(*) FROM tideline.loads") == [(3,)]
    found = differences(loaded.warehouse, both.warehouse)
    assert not found, "\n".join(found[:20])
