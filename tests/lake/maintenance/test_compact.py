"""A compacted day answers as before, beside re-runs, readers, other compactions and crashes (docs/adr/0012)."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.compact import Limits
from event_assets.lake.maintenance.vacuum import clean_lake
from event_assets.lake.packs import find_extents, packs_path, read_packs
from event_assets.lake.reading.read import list_notes, read_note, scan_hour
from event_assets.lake.store import Lake
from tests.lake.build import ids, lake_at, line
from tests.lake.maintenance.days import (
    DAY,
    BusyLake,
    age_all,
    answers,
    compact,
    files_in,
    files_of_hour,
    hour_of,
    write_day,
    write_one,
)


@pytest.fixture(params=["folder", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake in a folder, and one on a file system that has objects and no renames."""
    return lake_at(tmp_path) if request.param == "folder" else Lake(f"memory://{tmp_path.name}/lake")


def read_notes(lake: Lake) -> list[HourNote]:
    """The notes of the day's hours."""
    return list(list_notes(lake, "default"))


def test_a_compacted_day_gives_the_same_rows_in_the_same_order(lake: Lake) -> None:
    write_day(lake)
    before = answers(lake)
    done = compact(lake)
    assert done is not None
    assert (done.hours, done.files_after, done.rows) == (6, 2, 5 * 31 + 91 + 6 * 2)
    assert done.files_before > 12
    assert answers(lake) == before
    assert len({extent.path for note in read_notes(lake) for extent in find_extents(lake, note, "events")}) == 1


def test_the_rows_are_really_read_from_the_pack(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    notes = write_day(lake)
    before = answers(lake)
    compact(lake)
    for note in notes:
        for path in (*note.parquet, *note.quarantine):
            lake.remove(path)
    assert answers(lake) == before


def test_every_hour_has_row_groups_of_its_own_by_their_statistics(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    compact(lake)
    packs = [pack for pack in read_packs(lake, "default", DAY) if pack.kind == "events"]
    footer = pq.read_metadata(lake.locate(packs[0].path))
    column = footer.schema.names.index("_archive_hour")
    for pack in packs:
        for group in range(pack.first_group, pack.first_group + pack.groups):
            statistics = footer.row_group(group).column(column).statistics
            assert statistics.min == statistics.max == pack.archive_hour
    assert sum(pack.groups for pack in packs) == footer.num_row_groups


def test_nothing_is_done_twice_and_a_dry_run_does_nothing(lake: Lake) -> None:
    write_day(lake)
    planned = compact(lake, dry_run=True)
    assert read_packs(lake, "default", DAY) == ()
    done = compact(lake)
    assert planned is not None
    assert done is not None
    assert (planned.hours, planned.files_before, planned.files_after) == (
        done.hours,
        done.files_before,
        done.files_after,
    )
    first = read_packs(lake, "default", DAY)
    assert compact(lake) is None
    assert read_packs(lake, "default", DAY) == first


def test_large_hours_and_a_lone_one_stay_as_they_are(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake, [1, 2])
    write_one(lake, 3, {"a.gz": [line(f"x{n}", event=f"{n}") for n in range(400)]})
    sizes = [sum(lake.size(path) for path in note.parquet) for note in read_notes(lake)]
    compact(lake, limits=Limits(small_bytes=max(sizes) - 1))
    assert {pack.archive_hour.hour for pack in read_packs(lake, "default", DAY) if pack.kind == "events"} == {1, 2}
    other = lake_at(tmp_path / "other")
    write_one(other, 3, {"a.gz": [line("x")]})
    assert compact(other) is None


def test_a_pack_takes_no_more_than_it_may_hold(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    notes = write_day(lake)
    before = answers(lake)
    one = sum(lake.size(path) for path in notes[0].parquet)
    done = compact(lake, limits=Limits(pack_bytes=int(one * 2.5)))
    assert done is not None
    assert len({pack.path for pack in read_packs(lake, "default", DAY) if pack.kind == "events"}) == 3
    assert answers(lake) == before


def test_a_rerun_of_a_compacted_hour_replaces_that_hour_alone(lake: Lake) -> None:
    write_day(lake)
    compact(lake)
    before = answers(lake)
    write_one(lake, 2, {"a.gz": [line("new")]}, etag="e2")
    note = read_note(lake, "default", hour_of(2))
    assert note is not None
    assert ids(scan_hour(lake, note).collect()) == ["new"]
    after = answers(lake)
    assert {name: rows for name, rows in after.items() if name != "02"} == {
        name: rows for name, rows in before.items() if name != "02"
    }
    assert compact(lake) is not None
    assert answers(lake) == after
    assert len({extent.path for note in read_notes(lake) for extent in find_extents(lake, note, "events")}) == 1


def test_a_rerun_that_writes_the_previous_files_is_right_too(lake: Lake) -> None:
    write_day(lake)
    before = answers(lake)
    compact(lake)
    write_one(lake, 2, {"a.gz": [line("new")]}, etag="e2")
    compact(lake)
    write_one(lake, 2)
    assert answers(lake) == before


def test_vanished_files_of_a_compacted_hour_keep_their_rows(tmp_path: Path) -> None:
    lake, plain = lake_at(tmp_path / "one"), lake_at(tmp_path / "two")
    for store in (lake, plain):
        write_day(store)
    notes = read_notes(lake)
    compact(lake)
    for note in notes:
        for path in (*note.parquet, *note.quarantine):
            lake.remove(path)
    left = {"a.gz": files_of_hour(2)["a.gz"]}
    again = [write_one(store, 2, left, vanished=frozenset({"b.gz"})) for store in (lake, plain)]
    assert again[0] == again[1]
    assert answers(lake) == answers(plain)
    everything = [write_one(store, 3, {}, vanished=frozenset({"a.gz", "b.gz"})) for store in (lake, plain)]
    assert everything[0] == everything[1]
    assert answers(lake) == answers(plain)


def test_an_hour_that_runs_again_during_compaction_wins(lake: Lake) -> None:
    write_day(lake)
    before = answers(lake)
    new = {"a.gz": [line("new")]}
    compact(BusyLake(lake.url, meanwhile=lambda: write_one(lake, 2, new, etag="e2")))
    note = read_note(lake, "default", hour_of(2))
    assert note is not None
    assert ids(scan_hour(lake, note).collect()) == ["new"]
    after = answers(lake)
    assert {name for name in after if after[name] != before[name]} == {"02"}


def test_of_two_compactions_at_once_either_may_be_last(lake: Lake) -> None:
    write_day(lake)
    before = answers(lake)

    def compact_and_load() -> None:
        compact(lake)
        write_one(lake, 7)
        compact(lake)

    compact(BusyLake(lake.url, meanwhile=compact_and_load))
    expected = answers(lake)
    assert {name: rows for name, rows in expected.items() if name != "07"} == before
    compact(lake)
    assert answers(lake) == expected


def test_a_lost_record_loses_nothing_while_the_hours_files_have_their_day(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    before = answers(lake)
    compact(lake)
    lake.remove(packs_path("default", DAY))
    assert answers(lake) == before


def test_a_reader_from_before_reads_on_for_a_day_and_then_the_files_go(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    notes = write_day(lake)
    before, loose = answers(lake), files_in(lake)
    former = scan_hour(lake, notes[1])
    rows = former.collect()
    age_all(lake, days=30)
    compact(lake)
    now = datetime.now(UTC)
    assert clean_lake(lake, "default", now=now + timedelta(hours=23)) == ()
    assert former.collect().equals(rows)
    planned = clean_lake(lake, "default", now=now + timedelta(hours=25), dry_run=True)
    assert loose < files_in(lake)
    assert set(clean_lake(lake, "default", now=now + timedelta(hours=25))) == set(planned) == loose
    assert len(files_in(lake)) == 2
    assert answers(lake) == before
    assert clean_lake(lake, "default", now=now + timedelta(days=9)) == ()


def test_a_pack_that_was_replaced_is_removed_a_day_later(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    compact(lake)
    former = files_in(lake, "default/events/archive_date=2026-01-31/archive_hour=all")
    age_all(lake, days=3)
    clean_lake(lake, "default", now=datetime.now(UTC))
    write_one(lake, 2, {"a.gz": [line("new")]}, etag="e2")
    compact(lake)
    expected = answers(lake)
    assert clean_lake(lake, "default", now=datetime.now(UTC)) == ()
    assert {pack.path for pack in read_packs(lake, "default", DAY)} > former  # for those who hold the former note
    age_all(lake, days=3)
    compact(lake)
    age_all(lake, days=3)
    assert former <= set(clean_lake(lake, "default", now=datetime.now(UTC)))
    assert answers(lake) == expected


def test_an_hour_of_several_row_groups_keeps_its_order_wherever_in_the_pack_it_is(lake: Lake) -> None:
    """Arrow takes several chosen row groups of a file for a set, whose order is by chance that of small numbers."""
    write_one(lake, 0, {"a.gz": [line("one")]})
    write_day(lake, range(2, 8))
    before = answers(lake)
    compact(lake)
    groups = [(pack.first_group, pack.groups) for pack in read_packs(lake, "default", DAY) if pack.kind == "events"]
    assert (7, 2) in groups
    assert answers(lake) == before


def test_an_hours_files_stay_where_the_pack_is_not_the_one_that_was_written(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    notes = write_day(lake)
    compact(lake)
    pack = next(pack for pack in read_packs(lake, "default", DAY) if pack.kind == "events")
    Path(lake.locate(pack.path)).write_bytes(Path(lake.locate(notes[0].parquet[0])).read_bytes())
    age_all(lake, days=3)
    removed = clean_lake(lake, "default", now=datetime.now(UTC))
    assert not {path for note in notes[1:] for path in note.parquet} & set(removed)


def test_an_hours_files_stay_where_the_pack_has_not_all_of_its_rows(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    before = answers(lake)
    compact(lake)
    lake.remove(next(pack.path for pack in read_packs(lake, "default", DAY) if pack.kind == "events"))
    age_all(lake, days=3)
    removed = clean_lake(lake, "default", now=datetime.now(UTC))
    assert not [path for path in removed if "/events/" in path]
    assert answers(lake) == before
    assert compact(lake) is not None
    assert answers(lake) == before


def test_a_damaged_record_is_an_error_and_nothing_is_removed(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    compact(lake)
    age_all(lake, days=3)
    Path(lake.locate(packs_path("default", DAY))).write_bytes(b"{")
    with pytest.raises(LakeError, match=r"compacted/2026-01-31\.json is damaged.*--reload"):
        answers(lake)
    assert clean_lake(lake, "default", now=datetime.now(UTC)) == ()


CRASH = """
import os, signal, sys
from tests.lake.maintenance.days import compact
from event_assets.lake.store import Lake

step, folder = int(sys.argv[1]), sys.argv[2]
seen = 0

def watch(event, args):
    global seen
    if event in ("os.rename", "os.mkdir", "os.remove") or (event == "open" and folder in str(args[0])):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
compact(Lake(folder))
"""


@pytest.mark.slow
def test_compaction_killed_at_any_file_it_touches_leaves_every_answer(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake, [0, 1, 2])
    before, killed = answers(lake), 0
    for step in range(1, 200):
        finished = subprocess.run(
            [sys.executable, "-c", CRASH, str(step), lake.url], cwd=Path(__file__).parents[3], check=False
        )
        assert answers(lake) == before
        if finished.returncode == 0:
            break
        assert finished.returncode == -signal.SIGKILL
        killed += 1
    assert killed > 5
    assert read_packs(lake, "default", DAY)
    age_all(lake, days=3)
    clean_lake(lake, "default", now=datetime.now(UTC))
    assert len(files_in(lake)) == 2
    assert answers(lake) == before


def test_compaction_killed_before_its_last_step_leaves_every_answer(tmp_path: Path) -> None:
    """The record's rename is the last of three: of the events' pack, of the quarantine's, its own."""
    lake = lake_at(tmp_path)
    write_day(lake, [0, 1])
    before = answers(lake)
    renames = CRASH.replace(
        '("os.rename", "os.mkdir", "os.remove") or (event == "open" and folder in str(args[0]))', '("os.rename",)'
    )
    for step in (1, 3):
        finished = subprocess.run(
            [sys.executable, "-c", renames, str(step), lake.url], cwd=Path(__file__).parents[3], check=False
        )
        assert finished.returncode == -signal.SIGKILL
        assert read_packs(lake, "default", DAY) == ()
        assert answers(lake) == before
