"""docs/files.md, the lake: what an hour of it lost is written again from the archive, or one line says what to run.

Three hours are loaded. The third then loses an id, of which the first has a copy: its load reads the first hour's lake
again, to put that copy back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.lake.errors import LakeError
from event_assets.lake.packs import packs_path
from event_assets.lake.paths import hour_folder, note_path
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.hour import load_note
from event_assets.pipeline.lake_maintenance import compact_lake
from event_assets.pipeline.load import Choice, load_plans, plan_sources
from event_assets.pipeline.recovery.repair import refuse_lost_files
from tests.drive import Place, load_archive, place, write_lake
from tests.promises.archives import hour_number, rudderstack_files, write_archive, write_file
from tests.promises.proof import find_differences, prove, read_again

LINE = (
    b'{"type":"track","event":"Order","messageId":"%s","userId":"u","receivedAt":"2026-11-23T0%d:00:01Z",'
    b'"timestamp":"2026-11-23T00:00:00Z","properties":{"n":%d}}'
)


def line(message_id: bytes, hour: int) -> bytes:
    return LINE % (message_id, hour, hour)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three loaded hours; `x` is in the first and the third."""
    folder = tmp_path_factory.mktemp("three-hours")
    hours = {
        hour_number(0): [[line(b"a", 0), line(b"x", 0)], [line(b"b", 0), b"{"]],
        hour_number(1): [[line(b"c", 1)]],
        hour_number(2): [[line(b"d", 2), line(b"x", 2)]],
    }
    where = place(write_archive(folder / "archive", hours), folder)
    load_archive(where)
    return where


@pytest.fixture
def where(loaded: Place, tmp_path: Path) -> Place:
    """A copy of the loaded place, in which the third hour's file is rewritten without `x`."""
    shutil.copytree(loaded.folder, tmp_path, dirs_exist_ok=True)
    found = replace(loaded, folder=tmp_path, source=replace(loaded.source, archive=str(tmp_path / "archive")))
    write_file(tmp_path / "archive", hour_number(2), 0, [line(b"d", 2)])
    return found


def first_file(where: Place) -> Path:
    """The first hour's Parquet."""
    note = read_note(where.lake, "default", hour_number(0))
    assert note is not None
    return Path(where.lake.locate(note.parquet[0]))


def first_note(where: Place) -> Path:
    return Path(where.lake.locate(note_path("default", hour_number(0))))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


def swap(where: Place) -> None:
    """The file of another hour lies where the first hour's does."""
    note = read_note(where.lake, "default", hour_number(1))
    assert note is not None
    shutil.copyfile(where.lake.locate(note.parquet[0]), first_file(where))


def edit(where: Place) -> None:
    """Somebody changes a count."""
    path = first_note(where)
    path.write_bytes(path.read_bytes().replace(b'"distinct": 3', b'"distinct": 2'))


def drop_folder(where: Place) -> None:
    shutil.rmtree(where.lake.locate(hour_folder("default", "events", hour_number(0))))


def restore_older(where: Place) -> None:
    """The lake is yesterday's: the first hour was written before its second file had arrived."""
    late = sorted((where.folder / "archive").rglob(f"{int(hour_number(0).timestamp()) + 1}*"))[0]
    late.rename(where.folder / "later")
    where.drop_lake()
    write_lake(where, hour_number(0))
    write_lake(where, hour_number(1))
    (where.folder / "later").rename(late)


DAMAGE: dict[str, Callable[[Place], object]] = {
    "the lake deleted": Place.drop_lake,
    "an hour's folder deleted": drop_folder,
    "a Parquet file deleted": lambda where: first_file(where).unlink(),
    "a flipped bit in the first page": lambda where: flip(first_file(where), 40),
    "a flipped bit in the footer": lambda where: flip(first_file(where), -300),
    "a Parquet file cut": lambda where: first_file(where).write_bytes(first_file(where).read_bytes()[:-100]),
    "a Parquet file swapped with another hour's": swap,
    "a note deleted": lambda where: first_note(where).unlink(),
    "a note cut": lambda where: first_note(where).write_bytes(first_note(where).read_bytes()[:200]),
    "a note edited": edit,
    "the lake restored from an older copy": restore_older,
}


def load_third(where: Place) -> tuple[str, ...]:
    """Load the third hour again; return the warnings."""
    return load_note(where.settings, where.source, write_lake(where, hour_number(2))).warnings


def prove_archive(where: Place) -> None:
    prove(where, read_again(rudderstack_files(where.folder / "archive")))


@pytest.mark.parametrize("kind", DAMAGE)
def test_an_hour_that_the_lake_has_lost_is_written_again_when_a_load_reads_it(kind: str, where: Place) -> None:
    DAMAGE[kind](where)
    (warning,) = load_third(where)
    assert "2026-11-23T00" in warning
    assert warning.endswith("and was written again from the archive")
    prove_archive(where)
    assert load_third(where) == ()


def test_a_foreign_file_beside_an_hours_own_is_not_read(where: Place) -> None:
    shutil.copyfile(first_file(where), first_file(where).with_name("foreign.parquet"))
    assert load_third(where) == ()
    prove_archive(where)


@pytest.mark.parametrize("kind", ["a Parquet file deleted", "a flipped bit in the first page", "a note cut"])
def test_without_the_archives_files_one_line_names_the_next_step_and_nothing_changes(kind: str, where: Place) -> None:
    note = write_lake(where, hour_number(2))
    before = where.warehouse.read_bytes()
    DAMAGE[kind](where)
    for path in (where.folder / "archive").rglob(f"{int(hour_number(0).timestamp())}*"):
        path.unlink()
    with pytest.raises(LakeError, match=r"2026-11-23T00.* is (damaged|missing)|is damaged") as raised:
        load_note(where.settings, where.source, note)
    assert "tideline load --from 2026-11-23T00 --to 2026-11-23T00 --reload" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert where.warehouse.read_bytes() == before


def choose(
    where: Place, *, reload: bool = False, accept_removals: bool = False
) -> dict[datetime, tuple[str, str | None, tuple[str, ...]]]:
    """What `tideline load` does to each hour: state, error, warnings."""
    wanted = Choice(reload=reload, accept_removals=accept_removals)
    plans = plan_sources(where.settings, wanted).plans
    outcomes = load_plans(where.settings, plans, wanted, lambda *_: None)
    return {done.archive_hour: (done.state, done.error, done.warnings) for done in outcomes}


def test_the_command_loads_damaged_hours_again_and_the_others_as_they_are(where: Place) -> None:
    DAMAGE["a flipped bit in the first page"](where)
    Path(where.lake.locate(note_path("default", hour_number(1)))).write_bytes(b"{")
    where.warehouse.unlink()
    done = choose(where)
    assert {state for state, _, _ in done.values()} == {"loaded"}
    assert len(done) == 3
    prove_archive(where)


def test_a_damaged_hour_whose_file_has_left_the_archive_costs_that_hour(where: Place) -> None:
    flip(first_file(where), 40)
    where.warehouse.unlink()
    sorted((where.folder / "archive").rglob(f"{int(hour_number(0).timestamp())}*"))[0].unlink()
    done = choose(where)
    assert [state for state, _, _ in done.values()] == ["failed", "loaded", "loaded"]
    _, error, _ = done[hour_number(0)]
    assert error is not None
    assert "--accept-removals" in error
    accepted = choose(where, reload=True, accept_removals=True)
    assert {state for state, _, _ in accepted.values()} == {"loaded"}
    prove_archive(where)


@pytest.mark.parametrize("kind", ["pack", "record"])
def test_a_damaged_pack_or_record_of_packs_is_replaced_by_the_hours_own_files(kind: str, where: Place) -> None:
    list(compact_lake(where.settings))
    for path in Path(where.lake.url).rglob("*-*.parquet"):
        path.unlink()  # as a clean does a day later
    if kind == "pack":
        for path in Path(where.lake.url).rglob("archive_hour=all/*.parquet"):
            flip(path, 200)
    else:
        Path(where.lake.locate(packs_path("default", hour_number(0).date()))).write_bytes(b"[{")
    assert load_third(where)
    prove_archive(where)
    where.warehouse.unlink()
    assert {state for state, _, _ in choose(where).values()} == {"loaded"}
    prove_archive(where)


@pytest.mark.parametrize("kind", ["a flipped bit in the first page", "a Parquet file deleted", "a note cut"])
def test_compaction_packs_no_damaged_hour(kind: str, where: Place) -> None:
    sound = first_file(where).read_bytes()
    DAMAGE[kind](where)
    (packed,) = compact_lake(where.settings)
    assert packed.hours == 3
    assert first_file(where).read_bytes() == sound


def test_a_load_that_would_delete_rows_of_files_that_lake_and_archive_have_lost_is_refused(where: Place) -> None:
    """Dagster's step `events` does not ask the ledger: without the lake it does not know that a file has vanished."""
    where.drop_lake()
    sorted((where.folder / "archive").rglob(f"{int(hour_number(0).timestamp())}*"))[0].unlink()
    note = write_lake(where, hour_number(0))
    with pytest.raises(LakeError, match=r"the archive no longer has .*restore the hour in the lake or the file"):
        refuse_lost_files(where.settings, where.source, note)
    refuse_lost_files(where.settings, where.source, write_lake(where, hour_number(1)))


def test_the_proof_notices_a_copy_that_was_not_put_back(where: Place) -> None:
    """The tests above can fail."""
    load_third(where)
    assert where.execute("DELETE FROM events.tracks WHERE id = 'x'") == 1
    assert find_differences(where, read_again(rudderstack_files(where.folder / "archive")))
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM events.tracks").fetchall() == [(4,)]


def test_a_lost_hour_that_has_got_another_file_is_written_with_it_and_stays_pending(where: Place) -> None:
    """Its own load follows: the third hour's load does not wait for it."""
    where.drop_lake()
    write_file(where.folder / "archive", hour_number(0), 2, [line(b"e", 0)])
    (third,) = load_archive(where, [hour_number(2)])
    assert third.loaded
    assert "2026-11-23T00 is missing from the lake, and was written again from the archive" in third.warnings
    load_archive(where)
    prove(where, read_again(rudderstack_files(where.folder / "archive")))


def test_a_lost_hour_that_has_also_lost_a_file_is_not_written_without_it(where: Place) -> None:
    where.drop_lake()
    sorted((where.folder / "archive").rglob(f"{int(hour_number(0).timestamp()) + 1}*"))[0].unlink()
    write_file(where.folder / "archive", hour_number(0), 2, [line(b"e", 0)])
    with pytest.raises(LakeError, match="the archive's files are not those that were loaded"):
        load_archive(where, [hour_number(2)])
