"""Promise 4, all or nothing: a load killed at any statement leaves the rows as they were, and the next one is right."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import xxhash

from event_assets.demo.generate import generate
from tests.conftest import ROOT
from tests.drive import Place, archive_hours, load_archive, place, write_lake
from tests.independent.tables import quoted
from tests.postgres import Database
from tests.promises.archives import condense
from tests.promises.compare import differences
from tests.promises.dirty import dirty_archive
from tests.s3 import Store


class Loader:
    """The process that forks a child per load."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def load(self, hour: datetime, number: int) -> str:
        """Load an hour in a child that is killed at the n-th statement."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{hour:%Y-%m-%dT%H} {number}\n")
        self.process.stdin.flush()
        return self._answer()

    def halt(self, hour: datetime) -> Iterator[None]:
        """Load an hour in a child that halts before every statement; it goes on when the next value is asked for."""
        assert self.process.stdin is not None
        ended = self.load(hour, 0)
        while ended == "halted":
            yield
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            ended = self._answer()
        assert ended.startswith("done"), ended

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def killing_loader(where: Place) -> Iterator[Loader]:
    """A loader whose children die; it works on the place's own warehouse."""
    folder = where.folder / "place.pickle"
    folder.write_bytes(pickle.dumps(where))
    command = [sys.executable, "-m", "tests.promises.crash", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Loader(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def digest(where: Place) -> dict[str, object]:
    """Columns, rows and a hash of the rows, for every table of every schema.

    Of a database only what holds anything: tables and columns are added ahead of the load, empty (contract §8), and
    so are views, with a note of their SQL in `tideline.views`.
    """
    with duckdb.connect(str(where.warehouse)) as connection:
        names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        digests = {".".join(name): digest_table(connection, *name, only_held=bool(where.database)) for name in names}
    if where.database:
        digests.pop("tideline.views", None)
    return {name: table for name, table in digests.items() if table is not None}


def digest_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str, *, only_held: bool) -> object:
    """Columns, rows and a hash of the rows of one table; None for an empty one that does not count."""
    relation = f"{quoted(schema)}.{quoted(table)}"
    columns = sorted(row[0] for row in connection.execute(f"DESCRIBE {relation}").fetchall())
    if only_held:
        counts = connection.execute(f"SELECT {', '.join(f'count({quoted(c)})' for c in columns)} FROM {relation}")
        columns = [column for column, count in zip(columns, counts.fetchall()[0], strict=True) if count]
        if not columns:
            return None
    row = f"hash({', '.join(map(quoted, columns))})"
    return columns, connection.execute(f"SELECT count(*), bit_xor({row}) FROM {relation}").fetchone()


def changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The tables that differ: of whole digests pytest would look for the shortest difference for minutes."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def prove_crashes(where: Place, hour: datetime, reference: Place, *, every: int) -> int:
    """Kill the load of an hour at every n-th statement, then let it end; gives how many statements it had."""
    before = digest(where)
    number = 1
    with killing_loader(where) as loader:
        while (ended := loader.load(hour, number)) == "killed":
            assert changed(before, digest(where)) == [], f"killed at statement {number}"
            number += every
    assert ended.startswith("done"), ended
    assert digest(where) != before
    found = differences(reference.warehouse, where.warehouse)
    assert not found, "\n".join(found[:20])
    return int(ended.split()[1])


def read_files(where: Place) -> dict[str, bytes]:
    """What a process that is killed now would leave of a warehouse that is a file: the file and its log."""
    return {path.name: path.read_bytes() for path in sorted(where.folder.glob(f"{where.warehouse.name}*"))}


def prove_halts(where: Place, hour: datetime, reference: Place, folder: Path) -> int:
    """Let the load of an hour halt at every statement; what a kill there would leave is what was there before.

    The same bytes are opened once. Gives how many statements the load had.
    """
    before, proven, statements = digest(where), set[str](), 0
    with killing_loader(where) as loader:
        for _ in loader.halt(hour):
            statements += 1
            left = read_files(where)
            name = xxhash.xxh3_128_hexdigest(b"".join(left.values()))
            if name not in proven:
                killed = replace(where, folder=folder / name)
                killed.folder.mkdir(parents=True)
                for file, content in left.items():
                    (killed.folder / file).write_bytes(content)
                assert changed(before, digest(killed)) == [], f"killed at statement {statements}"
                proven.add(name)
    assert digest(where) != before
    found = differences(reference.warehouse, where.warehouse)
    assert not found, "\n".join(found[:20])
    return statements


def prepare(
    archive: Path, folder: Path, database: Database | None, store: Store | None = None
) -> tuple[Place, list[datetime], Place]:
    """A place with all hours but the last one loaded and all of them in the lake, and one that has them all."""
    where = place(archive, folder / "killed", database=database, store=store)
    hours = archive_hours(where)
    for hour in hours:
        write_lake(where, hour)
    load_archive(where, hours[:-1])
    whole = where.copy_to(folder / "whole")
    where.copy_lake(whole)
    load_archive(whole, hours[-1:])
    return where, hours, whole


@pytest.mark.slow
def test_a_load_killed_on_its_way_changes_nothing_and_can_be_done_again(
    tmp_path: Path, database: Database | None, store: Store | None
) -> None:
    where, hours, reference = prepare(dirty_archive(tmp_path / "archive"), tmp_path, database, store)
    statements = prove_crashes(where, hours[-1], reference, every=13 if database or store else 5)
    assert statements > 50


@pytest.mark.slow
def test_the_very_first_load_killed_on_its_way_leaves_nothing(
    tmp_path: Path, database: Database | None, store: Store | None
) -> None:
    where = place(dirty_archive(tmp_path / "archive"), tmp_path / "killed", database=database, store=store)
    hour = archive_hours(where)[0]
    write_lake(where, hour)
    whole = where.elsewhere(tmp_path / "whole")
    load_archive(whole, [hour])
    prove_crashes(where, hour, whole, every=23 if database or store else 9)


@pytest.mark.slow
def test_a_load_of_the_demo_archive_killed_at_every_statement(tmp_path: Path) -> None:
    """On DuckDB; on a server the loaders' own test has many statements, and `make explore-kills` every one.

    A kill leaves what the files hold at that moment, so the load runs once and they are looked at while it halts.
    """
    generate(tmp_path / "demo", events=12_000, days=1)
    archive = condense(tmp_path / "demo", tmp_path / "archive", hours=8)
    where, hours, reference = prepare(archive, tmp_path, None)
    assert prove_halts(where, hours[-1], reference, tmp_path / "left") > 200
