"""After an erasure nothing that is loaded, rebuilt or exported brings the person back (contract §13)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from event_assets.lake.store import Lake
from event_assets.pipeline import catalog
from event_assets.pipeline.erasure.forget import forget
from event_assets.pipeline.export import export_tables
from event_assets.pipeline.lake_maintenance import clean_sources, compact_lake
from loaders.rewrite.retype import Retype
from loaders.transform.catalog import DropTarget
from tests.drive import Place, place
from tests.pipeline.erasure.people import PERSONS, VALUES, event, find_bytes, gone, settings_for, write_people
from tests.pipeline.erasure.test_forget import load_all, prove_erased
from tests.postgres import Database, Server
from tests.promises.archives import hour_number, write_file

TABLE = DropTarget("order_completed")
COLUMN = DropTarget("identifies", "city")


def ignore(*_: object) -> None:
    """Progress."""


def bring_late_files(where: Place) -> None:
    """Events of theirs, new ones and copies, in an hour that is loaded and in a new one."""
    archive = Path(where.source.archive)
    late = [gone("late-1", 2), gone("p-1", 2), event("late-2", 2), b"{broken " + VALUES[1].encode()]
    write_file(archive, hour_number(2), 7, late)
    write_file(archive, hour_number(9), 0, [gone("late-3", 9, type="identify", event=None), event("late-4", 9)])
    load_all(where)


def reload_all(where: Place) -> None:
    load_all(where, reload=True)


def retype_column(where: Place) -> None:
    wanted = Retype("order_completed", "price", "string", pin=False)
    catalog.retype(settings_for(where), where.source, wanted, dry_run=False, on_progress=ignore)


def compact(where: Place) -> None:
    assert list(compact_lake(settings_for(where)))
    list(clean_sources(settings_for(where)))


def drop_and_restore(where: Place) -> None:
    """A table and a column leave, come back, and are filled from the lake."""
    settings = settings_for(where)
    for target in (TABLE, COLUMN):
        catalog.drop(settings, where.source, target, dry_run=False, on_progress=ignore)
    assert left_bytes(where) == []
    for target in (TABLE, COLUMN):
        catalog.restore(settings, where.source, target)
    load_all(where, reload=True)


STEPS = [bring_late_files, reload_all, retype_column, compact, drop_and_restore, reload_all]


def left_bytes(where: Place) -> list[str]:
    """Files with a byte of theirs: the archive is its owner's, and the copy of a server's tables is the test's."""
    copy = [where.folder / "warehouse.duckdb"] if where.database else []
    for path in copy:
        path.unlink(missing_ok=True)
    return list(find_bytes([where.folder], VALUES))


@pytest.mark.slow
@pytest.mark.parametrize("server", ["duckdb", "postgresql"], indirect=True)
def test_a_person_stays_away_whatever_follows(tmp_path: Path, database: Database | None) -> None:
    people = place(write_people(tmp_path / "archive"), tmp_path / "place", database=database)
    load_all(people)
    forget(settings_for(people), PERSONS)
    for step in STEPS:
        step(people)
        prove_erased(people)
        assert left_bytes(people) == [], step.__name__
    taken = Lake(str(tmp_path / "place/taken away"))
    assert list(export_tables(settings_for(people), taken))
    assert left_bytes(people) == []
    rebuilt = rebuild(people, tmp_path / "rebuilt")
    prove_erased(rebuilt)
    assert left_bytes(rebuilt) == []


def rebuild(where: Place, folder: Path) -> Place:
    """An empty warehouse, filled from the lake alone: the archive is not there."""
    empty = replace(where, folder=folder, database=where.database and where.database.beside())
    shutil.copytree(where.folder / "lake", folder / "lake")
    with hidden(Path(where.source.archive)):
        load_all(empty)
    return empty


@contextmanager
def hidden(archive: Path) -> Iterator[None]:
    """Within, the archive is an empty folder."""
    away = archive.with_name("away")
    archive.rename(away)
    archive.mkdir()
    yield
    archive.rmdir()
    away.rename(archive)


def search_server(database: Database, words: tuple[str, ...]) -> list[str]:
    """The tables, statistics included, that show one of the words to a query; system tables too."""
    found = []
    with database.connect() as connection:
        names = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'm', 't') AND n.nspname NOT IN ('pg_toast', 'information_schema')"
        ).fetchall()
        for schema, table in names:
            query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
            with connection.cursor().copy(query) as rows:
                content = b"".join(map(bytes, rows))
            found += [f"{schema}.{table}: {word}" for word in words if word.encode() in content]
    return found


def search_files(server: Server, database: Database, words: tuple[str, ...]) -> list[str]:
    """The files of a database that have one of the words in their bytes."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        query = "SELECT oid FROM pg_database WHERE datname = %s"
        (number,) = connection.execute(query, [database.name]).fetchone() or (0,)
    return list(find_bytes([Path(folder) / "base" / str(number)], words))


@pytest.mark.slow
def test_a_server_has_no_row_or_statistic_of_them_and_no_byte_after_a_full_vacuum(
    tmp_path: Path, postgres: Server
) -> None:
    database = postgres.new_database()
    people = place(write_people(tmp_path / "archive"), tmp_path / "place", database=database)
    load_all(people)
    vacuum(database, "ANALYZE")
    assert {found.split(":")[0] for found in search_server(database, VALUES)} > {"pg_catalog.pg_statistic"}
    forget(settings_for(people), PERSONS)
    assert search_server(database, VALUES) == []
    vacuum(database, "FULL")
    assert search_files(postgres, database, VALUES) == []
    assert search_files(postgres, database, ("stays-device",)) != []  # what is there is found


def vacuum(database: Database, how: str) -> None:
    """Vacuum the whole database, as its owner does."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"VACUUM ({how})".encode())
