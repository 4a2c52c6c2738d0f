"""Whatever is changed by hand in an hour is found when the hour is drawn, in every kind of table and file; an audit
writes nothing (contract §13).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import decode_note
from event_assets.lake.paths import note_path
from event_assets.pipeline.audit.audit import audit
from event_assets.pipeline.audit.draw import Draw
from tests.drive import Place, place
from tests.pipeline.audit.test_audit import EVERY, flip, found_in, load_all, note_of, write_hours
from tests.postgres import Database, Server
from tests.promises.archives import hour_number

TABLES = {"tracks": "7", "order_done": "7", "pages": "6"}
"""Event table -> the id of a row of it in hour 2."""
MOVED = f"'{hour_number(1):%Y-%m-%d %H:%M:%S+00}'"
CHANGES = {
    "a value": ("UPDATE {table} SET user_id = 'somebody' WHERE id = '{id}'", {2}),
    "a value that is NULL now": ("UPDATE {table} SET user_id = NULL WHERE id = '{id}'", {2}),
    "an id": ("UPDATE {table} SET id = 'other' WHERE id = '{id}'", {2}),
    "a clock": ("UPDATE {table} SET \"timestamp\" = \"timestamp\" - INTERVAL '1 day' WHERE id = '{id}'", {2}),
    "a row that is deleted": ("DELETE FROM {table} WHERE id = '{id}'", {2}),
    "a row that is doubled": ("INSERT INTO {table} SELECT * FROM {table} WHERE id = '{id}'", {2}),
    "a row in another hour": (f"UPDATE {{table}} SET _archive_hour = {MOVED} WHERE id = '{{id}}'", {1, 2}),
    "a row in an hour that was never loaded": (
        "UPDATE {table} SET _archive_hour = '2030-01-01 00:00:00+00' WHERE id = '{id}'",
        {2},
    ),
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Place:
    """An archive, loaded once for each kind of warehouse."""
    folder = tmp_path_factory.mktemp("audited")
    database = server.new_database() if server else None
    where = place(write_hours(folder / "archive"), folder / "place", database=database)
    load_all(where)
    return where


def changed(audited: Place, folder: Path) -> Iterator[tuple[str, Place, set[int]]]:
    """Yield a copy for every change of every table, and the numbers of the hours that it changes."""
    for table, id in TABLES.items():
        for name, (statement, hours) in CHANGES.items():
            copied = audited.copy_to(folder / f"{table} {name}")
            shutil.copytree(audited.folder / "lake", copied.folder / "lake")
            assert copied.execute(statement.format(table=f"events.{table}", id=id)) == 1
            yield f"{table}: {name}", copied, hours


@pytest.mark.slow
@pytest.mark.parametrize("server", ["duckdb", "postgresql"], indirect=True)
def test_every_change_of_every_table_is_found_in_its_hours_and_in_no_other(audited: Place, tmp_path: Path) -> None:
    found = {name: (set(found_in(where)), hours) for name, where, hours in changed(audited, tmp_path)}
    assert {name: seen for name, seen in found.items() if seen[0] != seen[1]} == {}
    assert len(found) == len(TABLES) * len(CHANGES)


@pytest.mark.slow
def test_a_flipped_byte_is_found_in_every_kind_of_file(audited_copy: Place) -> None:
    note = note_of(audited_copy, 0)
    lake = audited_copy.folder / "lake"
    for path in (*note.parquet, *note.quarantine, note_path("default", hour_number(0))):
        sound = (lake / path).read_bytes()
        for position in (0.0, 0.4, 0.9999):
            flip(lake / path, position)
            assert list(found_in(audited_copy)) == [0], (path, position)
            (lake / path).write_bytes(sound)
    assert found_in(audited_copy) == {}


def test_no_byte_of_a_note_can_be_flipped_unseen(audited_copy: Place) -> None:
    path = note_path("default", hour_number(0))
    sound = (audited_copy.folder / "lake" / path).read_bytes()
    unseen = []
    for position in range(len(sound)):
        for bit in (1, 32):  # 32 turns a letter's case
            content = bytearray(sound)
            content[position] ^= bit
            try:
                decode_note(bytes(content), path, hour_number(0))
            except LakeError:
                continue
            unseen.append(position)
    assert unseen == []


@pytest.fixture
def audited_copy(tmp_path: Path) -> Place:
    """An archive, loaded into a DuckDB file."""
    where = place(write_hours(tmp_path / "archive"), tmp_path / "place")
    load_all(where)
    return where


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """When every file and folder was changed, and what a file holds."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
    }


def test_an_audit_makes_removes_and_changes_no_file(audited_copy: Place, tmp_path: Path) -> None:
    audited_copy.execute("UPDATE events.tracks SET user_id = 'x'")
    flip(audited_copy.folder / "lake" / note_of(audited_copy, 1).parquet[0], 0.5)
    before = state_of(tmp_path)
    assert list(found_in(audited_copy)) == [0, 1, 2]
    assert state_of(tmp_path) == before


@pytest.mark.slow
def test_an_audit_needs_no_right_to_write_on_a_server(tmp_path: Path, postgres: Server) -> None:
    database = postgres.new_database()
    where = place(write_hours(tmp_path / "archive"), tmp_path / "place", database=database)
    load_all(where)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        name = sql.Identifier(database.name)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    before, files = rows_of(database), state_of(where.folder / "lake")
    results = list(audit(where.settings, EVERY))
    assert [(result.findings, result.error) for result in results] == [((), None)] * 3
    assert sum(result.rows for result in results) == 12
    assert (rows_of(database), state_of(where.folder / "lake")) == (before, files)


def rows_of(database: Database) -> dict[str, bytes]:
    """Every table's rows, in their physical order."""
    with database.connect() as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('events', 'rollups', 'tideline')"
        ).fetchall()
        found = {}
        for schema, table in names:
            query = sql.SQL("COPY (SELECT xmin, ctid, * FROM {}) TO STDOUT").format(sql.Identifier(schema, table))
            with connection.cursor().copy(query) as rows:
                found[f"{schema}.{table}"] = b"".join(map(bytes, rows))
    return found


def test_an_hour_that_is_drawn_alone_shows_what_is_wrong_with_it(audited_copy: Place) -> None:
    audited_copy.execute("DELETE FROM events.pages")
    drawn = Draw(None, 0, start=hour_number(2), end=hour_number(2))
    assert list(found_in(audited_copy, drawn)) == [2]
    assert found_in(audited_copy, Draw(None, 0, start=hour_number(0), end=hour_number(1))) == {}
