"""An hour is swapped by its note alone; vanished files keep their rows and rewritten ones give theirs up
(contract §8).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from event_assets.archive.source import ArchiveSource
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.vacuum import clean_hour, clean_spools
from event_assets.lake.reading.read import list_hours, list_notes, read_note, read_quarantine, scan_hour
from event_assets.lake.store import SPOOL_FOLDER, Lake
from tests.lake.build import HOUR, Files, ids, lake_at, line, manifest_of, stored, write
from tests.lake.writing.test_write_hour import check_counts, make_files

FILES: Files = {
    "a.gz": [line("m1", receivedAt="2026-01-31T07:30:00Z"), line("m2"), b"{"],
    "b.gz": [line("m1"), line("m3"), line("m3"), b"[]", line("m4", timestamp="2026-01-30T07:00:00Z", writeKey="k")],
}


def rows_of(lake: Lake) -> pl.DataFrame:
    """The live rows of the hour."""
    note = read_note(lake, "default", HOUR)
    assert note is not None
    return scan_hour(lake, note).collect()


def age(lake: Lake, *paths: str, days: float) -> None:
    """Have the files look so many days old."""
    then = datetime.now(UTC).timestamp() - days * 86_400
    for path in paths:
        os.utime(lake.locate(path), (then, then))


def test_a_second_write_of_the_same_hour_gives_the_same_note_and_bytes(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    before = stored(lake, first)
    assert write(lake, FILES, previous=first) == first
    assert stored(lake, first) == before


def test_a_changed_configuration_never_writes_over_live_files(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    before = stored(lake, first)
    second = write(lake, FILES, previous=first, source=ArchiveSource("archive", keep_members=("writeKey",)))
    assert first.manifest_hash == second.manifest_hash
    assert first.config_hash != second.config_hash
    assert not {*first.parquet, *first.quarantine} & {*second.parquet, *second.quarantine}
    assert stored(lake, first) == before


def test_a_reader_that_took_the_former_note_reads_on(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    former = scan_hour(lake, write(lake, FILES))
    write(lake, {"a.gz": [line("m9")]}, etag="e2")
    assert ids(former.collect()) == ["m1", "m2", "m3", "m4"]
    assert ids(rows_of(lake)) == ["m9"]


def test_a_late_file_belongs_to_its_hour(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, {"a.gz": FILES["a.gz"]})
    second = write(lake, FILES, previous=first)
    assert ids(rows_of(lake)) == ["m1", "m2", "m3", "m4"]
    check_counts(lake, second)


def test_a_rewritten_file_replaces_its_rows(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    note = write(lake, {**FILES, "a.gz": [line("m8")]}, previous=first, etag="e2")
    assert ids(rows_of(lake)) == ["m1", "m3", "m4", "m8"]
    check_counts(lake, note)


def test_a_vanished_file_keeps_its_rows_its_lines_and_its_numbers(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    note = write(lake, {"a.gz": FILES["a.gz"]}, vanished=frozenset({"b.gz"}), previous=first)
    assert rows_of(lake).equals(scan_hour(lake, first).collect())
    assert read_quarantine(lake, note, None).equals(read_quarantine(lake, first, None))
    assert note.counts == first.counts
    assert note.manifest_hash == first.manifest_hash
    assert note.duplicates_by_library == first.duplicates_by_library
    assert [(file.file, file.vanished) for file in note.files] == [("a.gz", False), ("b.gz", True)]
    check_counts(lake, note)


def test_a_vanished_file_stays_through_later_writes_and_may_come_back(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    gone = frozenset({"b.gz"})
    first = write(lake, FILES)
    second = write(lake, {"a.gz": FILES["a.gz"]}, vanished=gone)
    third = write(lake, {"a.gz": FILES["a.gz"], "c.gz": [line("m3", receivedAt="2026-01-31T07:59:00Z")]}, vanished=gone)
    check_counts(lake, third)
    assert third.counts.duplicates == second.counts.duplicates + 1
    assert dict(rows_of(lake).select("id", "_file").iter_rows())["m3"] == "c.gz"
    back = write(lake, FILES)
    assert back == first
    assert rows_of(lake).equals(scan_hour(lake, first).collect())


def test_every_file_of_an_hour_may_vanish(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = make_files(5)
    first = write(lake, files)
    note = write(lake, {}, vanished=frozenset(files))
    assert note.counts == first.counts
    assert rows_of(lake).equals(scan_hour(lake, first).collect())
    check_counts(lake, note)


def test_a_bad_file_that_vanishes_stays_bad(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES, bad={"b.gz": "truncated"})
    note = write(lake, {"a.gz": FILES["a.gz"]}, vanished=frozenset({"b.gz"}))
    assert note.counts == first.counts
    assert note.files[1].reason == "truncated"
    assert read_quarantine(lake, note, None).equals(read_quarantine(lake, first, None))


def test_a_vanished_file_that_the_lake_never_had_stops_the_hour(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    with pytest.raises(LakeError, match=r"b\.gz.*--accept-removals"):
        write(lake, {"a.gz": FILES["a.gz"]}, vanished=frozenset({"b.gz"}))


CRASH = """
import os, signal, sys
from pathlib import Path
from event_assets.lake.store import Lake
from tests.lake.build import line, write

step, folder, renames_only = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "renames"
seen = 0

def watch(event, args):
    global seen
    touched = event in ("os.remove", "os.mkdir") or (event == "open" and folder in str(args[0]))
    if event == "os.rename" or (touched and not renames_only):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
write(Lake(folder), {"a.gz": [line(f"new{n}") for n in range(20)], "b.gz": [b"{"]}, etag="e2", at_once=7)
"""


@pytest.mark.parametrize("steps", ["renames", pytest.param("everything", marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_file_it_touches_leaves_the_former_hour_or_the_new(tmp_path: Path, steps: str) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    before = stored(lake, first)
    outcomes = []
    for step in range(1, 200):
        finished = subprocess.run(
            [sys.executable, "-c", CRASH, str(step), lake.url, steps], cwd=Path(__file__).parents[3], check=False
        )
        note = read_note(lake, "default", HOUR)
        assert note is not None
        outcomes.append(note == first)
        assert stored(lake, first) == before
        assert len(scan_hour(lake, note).collect()) == (4 if note == first else 20)
        if finished.returncode == 0:
            break
        assert finished.returncode == -signal.SIGKILL
    assert outcomes[0]
    assert not outcomes[-1]
    assert outcomes == sorted(outcomes, reverse=True)
    assert len(outcomes) > 3


def test_files_no_longer_named_go_after_a_day_and_not_before(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    age(lake, *first.parquet, *first.quarantine, "default/hours/2026-01-31T07.json", days=30)
    second = write(lake, FILES, etag="e2")
    now = datetime.now(UTC)
    assert clean_hour(lake, "default", HOUR, now=now + timedelta(hours=23)) == ()
    assert stored(lake, first)
    removed = clean_hour(lake, "default", HOUR, now=now + timedelta(hours=25))
    assert set(removed) == {*first.parquet, *first.quarantine}
    assert stored(lake, second)
    assert clean_hour(lake, "default", HOUR, now=now + timedelta(hours=25)) == ()


def test_a_write_cleans_its_own_hour_with_the_clock_it_is_handed(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    second = write(lake, FILES, etag="e2")
    age(lake, *first.parquet, *first.quarantine, *second.parquet, "default/hours/2026-01-31T07.json", days=2)
    write(lake, FILES, etag="e3")
    assert not any(Path(lake.locate(path)).exists() for path in (*first.parquet, *first.quarantine))
    assert stored(lake, second)


def test_a_young_file_without_a_note_is_another_writers(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first = write(lake, FILES)
    folder = Path(lake.locate(first.parquet[0])).parent
    (folder / "unnamed.parquet").write_bytes(b"")
    age(lake, "default/hours/2026-01-31T07.json", days=3)
    assert clean_hour(lake, "default", HOUR, now=datetime.now(UTC)) == ()


def test_spools_of_killed_writers_go_after_a_day(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    spools = Path(lake.locate(SPOOL_FOLDER))
    (spools / "left").mkdir(parents=True)
    clean_spools(lake, now=datetime.now(UTC))
    assert (spools / "left").exists()
    clean_spools(lake, now=datetime.now(UTC) + timedelta(hours=25))
    assert not (spools / "left").exists()


def test_cleaning_does_not_mind_other_writers_coming_and_going(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    working = threading.Event()

    def write_and_go() -> None:
        while not working.is_set():
            with ExitStack() as others:
                for _ in range(20):
                    others.enter_context(lake.spool_folder())

    with ThreadPoolExecutor(1) as writers:
        writer = writers.submit(write_and_go)
        try:
            for _ in range(300):
                clean_spools(lake, now=datetime.now(UTC))
        finally:
            working.set()
    assert writer.result() is None


def test_two_hours_and_two_sources_do_not_meet(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, FILES)
    write(lake, {"a.gz": [line("m1")]}, source=ArchiveSource("archive", name="other"))
    assert list_hours(lake, "default") == list_hours(lake, "other") == [HOUR]
    assert list(list_notes(lake, "default")) == [note]
    assert list(list_notes(lake, "default", start=HOUR + timedelta(hours=1))) == []
    assert list_hours(lake, "nobody") == []


def test_a_note_is_decoded_from_its_json_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note: HourNote = write(lake, FILES)
    assert read_note(lake, "default", HOUR) == note
    assert read_note(lake, "default", HOUR + timedelta(hours=1)) is None
    Path(lake.locate("default/hours/2026-01-31T07.json")).write_bytes(b"{")
    with pytest.raises(LakeError, match=r"2026-01-31T07\.json is damaged"):
        read_note(lake, "default", HOUR)
    assert write(lake, FILES) == note
    assert read_note(lake, "default", HOUR) == note


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "..\\x"])
def test_a_source_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LakeError, match="cannot be a folder"):
        read_note(lake_at(tmp_path), name, HOUR)


def test_the_manifest_hash_is_in_every_name(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, FILES)
    assert all(manifest_of(FILES).hash in path for path in (*note.parquet, *note.quarantine))
