"""docs/files.md, the warehouse: a lost, older, damaged or foreign file ends right, or one line names the next step."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pytest

from event_assets.lake.errors import LakeError
from event_assets.pipeline.hour import load_note
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from loaders.interface.errors import Terminal
from tests.drive import Place, load_archive, place, write_lake
from tests.pipeline.recovery.test_repair import line
from tests.postgres import Server
from tests.promises.archives import hour_number, rudderstack_files, write_archive, write_file
from tests.promises.proof import prove, read_again


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two loaded hours; `yesterday.duckdb` is the file after the first, and a third hour is not loaded yet."""
    folder = tmp_path_factory.mktemp("two-hours")
    where = place(write_archive(folder / "archive", {hour_number(0): [[line(b"a", 0), line(b"x", 0)]]}), folder)
    load_archive(where)
    shutil.copyfile(where.warehouse, folder / "yesterday.duckdb")
    write_file(folder / "archive", hour_number(1), 0, [line(b"x", 1), line(b"b", 1)])
    load_archive(where)
    write_file(folder / "archive", hour_number(2), 0, [line(b"a", 2)])
    return where


@pytest.fixture
def where(loaded: Place, tmp_path: Path) -> Place:
    shutil.copytree(loaded.folder, tmp_path, dirs_exist_ok=True)
    return replace(loaded, folder=tmp_path, source=replace(loaded.source, archive=str(tmp_path / "archive")))


def load_pending(where: Place, *, reload: bool = False, accept_removals: bool = False) -> list[datetime]:
    """Load what is pending, as the command does; return the hours."""
    wanted = Choice(reload=reload, accept_removals=accept_removals)
    done = list(load_plans(where.settings, plan_hours(where.settings, wanted), wanted, lambda *_: None))
    assert {outcome.state for outcome in done} <= {"loaded"}, [outcome.error for outcome in done]
    return [outcome.archive_hour for outcome in done]


def prove_archive(where: Place, archive: str = "archive") -> None:
    prove(where, read_again(rudderstack_files(where.folder / archive)))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 8
    path.write_bytes(content)


def grow_version(path: Path) -> None:
    """The header names the storage version of a newer DuckDB; its checksum, a sum of words, is right."""
    content = bytearray(path.read_bytes())
    checksum, word = (int.from_bytes(content[at : at + 8], "little") for at in (0, 8))
    newer = word + (1000 << 32)
    for value in (word, newer):
        checksum ^= value * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    content[:16] = checksum.to_bytes(8, "little") + newer.to_bytes(8, "little")
    path.write_bytes(content)


def write_sqlite(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE a (b INT)")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def leave_foreign_log(path: Path) -> None:
    """The write-ahead log of another file lies beside the warehouse, as after a copy that took one of two files."""
    other = path.with_name("other.duckdb")
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('CREATE TABLE a (b INT)'); c.checkpoint();"
        "c.execute('INSERT INTO a VALUES (1)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, other], check=True)
    shutil.move(f"{other}.wal", f"{path}.wal")


def newest_load(path: Path) -> None:
    """Yesterday's file, with the log of a load that was killed today."""
    code = (
        "import duckdb, os, sys; c = duckdb.connect(); c.execute(f\"ATTACH '{sys.argv[1]}' AS w\"); c.execute('USE w');"
        'c.execute("DELETE FROM tideline.loads"); os._exit(0)'
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)
    assert path.with_name(f"{path.name}.wal").exists()
    shutil.copyfile(path.with_name("yesterday.duckdb"), path)


RESTORE: Final = r"restore warehouse\.duckdb from a copy, or move it and warehouse\.duckdb\.wal away"
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "zero bytes": (lambda path: os.truncate(path, 0), RESTORE),
    "cut in the header": (lambda path: os.truncate(path, 100), RESTORE),
    "cut behind the headers": (lambda path: os.truncate(path, 20_000), RESTORE),
    "cut in half": (lambda path: os.truncate(path, path.stat().st_size // 2), RESTORE),
    "a flipped bit in the header": (lambda path: flip(path, 20), RESTORE),
    "a text": (lambda path: path.write_text("hello\n" * 1000), RESTORE),
    "a SQLite file": (write_sqlite, RESTORE),
    "a folder": (make_folder, "is not a file that can be read"),
    "a newer DuckDB": (grow_version, "a newer DuckDB has written it .*upgrade Tideline"),
    "another file's log": (leave_foreign_log, r"warehouse\.duckdb\.wal is not the log of this file .*move .* away"),
    "yesterday's file beside today's log": (newest_load, r"wal is not the log of this file .*move .* away"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_warehouse_is_refused_in_one_line_and_left_alone(kind: str, where: Place) -> None:
    damage, message = REFUSED[kind]
    damage(where.warehouse)
    before = where.warehouse.read_bytes() if where.warehouse.is_file() else b""
    with pytest.raises(Terminal, match=message) as raised:
        plan_hours(where.settings, Choice())
    assert "\n" not in str(raised.value)
    assert not where.warehouse.is_file() or where.warehouse.read_bytes() == before


@pytest.mark.parametrize("kind", ["cut in half", "yesterday's file beside today's log"])
def test_the_advice_is_right(kind: str, where: Place) -> None:
    REFUSED[kind][0](where.warehouse)
    where.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
    if kind == "cut in half":
        where.warehouse.unlink()
    load_pending(where)
    prove_archive(where)


def test_a_flipped_bit_inside_the_file_is_found_when_it_is_read(where: Place) -> None:
    size = where.warehouse.stat().st_size
    for at in range(12_288 + 100, size, 65_536):
        flip(where.warehouse, at)
    with pytest.raises(Terminal, match=RESTORE):
        load_pending(where)


def test_a_deleted_warehouse_is_built_again_with_its_log_left_behind(where: Place) -> None:
    leave_foreign_log(where.warehouse)
    where.warehouse.unlink()
    assert load_pending(where) == [hour_number(0), hour_number(1), hour_number(2)]
    prove_archive(where)


def test_a_deleted_warehouse_is_built_from_the_lake_where_the_archive_has_expired(where: Place) -> None:
    write_lake(where, hour_number(2))
    shutil.copytree(where.folder / "archive", where.folder / "all")
    for path in (where.folder / "archive").rglob("*.json.gz"):
        if path.name < str(int(hour_number(2).timestamp())):
            path.unlink()
    where.warehouse.unlink()
    assert load_pending(where) == [hour_number(0), hour_number(1), hour_number(2)]
    prove_archive(where, "all")
    assert load_pending(where) == []


def test_yesterdays_copy_loads_what_it_lacks(where: Place) -> None:
    shutil.copyfile(where.folder / "yesterday.duckdb", where.warehouse)
    assert load_pending(where) == [hour_number(1), hour_number(2)]
    prove_archive(where)


def test_a_copy_of_another_storage_version_is_read_and_loaded_into(where: Place) -> None:
    """An older DuckDB wrote it, in blocks of its own size."""
    older = where.folder / "older.duckdb"
    with duckdb.connect(config={"storage_compatibility_version": "v1.0.0"}) as connection:
        connection.execute(f"ATTACH '{where.warehouse}' AS a (READ_ONLY)")
        connection.execute(f"ATTACH '{older}' AS b")
        connection.execute("COPY FROM DATABASE a TO b")
    older.replace(where.warehouse)
    assert load_pending(where) == [hour_number(2)]
    prove_archive(where)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_warehouse_that_this_user_may_not_write_is_named(kind: str, loaded: Place, tmp_path: Path) -> None:
    """In a process of another user, because root may write everything; pytest's own folders are its own user's."""
    code = (
        "import os, sys; from loaders.connection.warehouse import Warehouse\n"
        "with Warehouse.open(sys.argv[1]).reading(): pass\n"  # imports all it needs, which the other user may not
        "with Warehouse.open(sys.argv[2]).writing(): pass  # imports what that user may not read\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "with Warehouse.open(sys.argv[1], wait=1).writing() as session, session.transaction():\n"
        "    session.connection.exec_driver_sql('CREATE TABLE tideline.t (i INT)')"
    )
    with TemporaryDirectory() as folder:
        file = Path(shutil.copy(loaded.warehouse, folder))
        file.chmod(0o444 if kind == "file" else 0o666)
        Path(folder).chmod(0o777 if kind == "file" else 0o555)
        command = [sys.executable, "-c", code, f"duckdb:///{file}", f"duckdb:///{tmp_path}/w.duckdb"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert "this user may not write it" in last
    assert "give the right to write warehouse.duckdb and its folder, for warehouse.duckdb.wal" in last


def test_a_copy_that_is_newer_than_the_lake_brings_the_lake_up_to_date(where: Place) -> None:
    """Lake and warehouse are restored from copies of different days."""
    load_pending(where)
    where.drop_lake()
    write_file(where.folder / "archive", hour_number(2), 0, [line(b"c", 2)])
    assert load_pending(where) == [hour_number(2)]
    prove_archive(where)


@pytest.mark.slow
def test_a_database_restored_from_an_older_dump_loads_what_it_lacks(tmp_path: Path, postgres: Server) -> None:
    archive = write_archive(tmp_path / "archive", {hour_number(0): [[line(b"a", 0), line(b"x", 0)]]})
    where = place(archive, tmp_path / "loaded", database=postgres.new_database())
    load_archive(where)
    assert where.database is not None
    dump = where.database.beside(copied=True)
    write_file(archive, hour_number(1), 0, [line(b"x", 1)])
    load_archive(where)
    write_file(archive, hour_number(1), 0, [line(b"b", 1)])
    restored = replace(where, database=dump)
    assert load_pending(restored) == [hour_number(1)]
    prove(restored, read_again(rudderstack_files(archive)))


def test_a_clock_that_was_a_year_ahead_changes_no_table(tmp_path: Path) -> None:
    """Loads follow each other by the ledger, never by the clock."""
    archive = write_archive(tmp_path / "archive", {hour_number(0): [[line(b"a", 0), line(b"x", 0)]]})
    where = place(archive, tmp_path / "loaded")
    started = datetime(2026, 11, 24, tzinfo=UTC)

    def load(number: int, days: int) -> str:
        note = write_lake(where, hour_number(number))
        return load_note(where.settings, where.source, note, now=lambda: started + timedelta(days=days)).load_id

    ids = [load(0, 365)]
    write_file(archive, hour_number(1), 0, [line(b"x", 1), line(b"b", 1)])
    ids.append(load(1, 0))
    write_file(archive, hour_number(0), 0, [line(b"a", 0)])
    ids.append(load(0, -400))
    write_file(archive, hour_number(1), 0, [line(b"b", 1)])
    ids.append(load(1, 2))
    assert ids == sorted(ids)
    prove(where, read_again(rudderstack_files(archive)))
    assert load_pending(where) == []


def test_a_lake_that_may_not_be_read_fails_the_load_and_changes_nothing(where: Place) -> None:
    (where.folder / "lake").rename(where.folder / "aside")
    (where.folder / "lake").write_text("a file")
    with pytest.raises(LakeError, match="a file is where a folder should be"):
        load_pending(where)
