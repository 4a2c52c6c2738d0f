"""Promise 4, all or nothing: a load killed at any statement leaves the rows as they were, and the next one is right."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.demo.generate import generate
from tests.conftest import ROOT
from tests.drive import Place, archive_hours, load_archive, place, write_lake
from tests.promises.archives import condense
from tests.promises.compare import differences
from tests.promises.dirty import dirty_archive


class Loader:
    """The process that forks a child per load."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def load(self, hour: datetime, number: int) -> str:
        """Load an hour in a child that is killed at the n-th statement."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{hour:%Y-%m-%dT%H} {number}\n")
        self.process.stdin.flush()
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


def digest(warehouse: Path) -> dict[str, tuple[int, int]]:
    """Rows and a hash of them, for every table of every schema."""
    with duckdb.connect(str(warehouse)) as connection:
        names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        told: dict[str, tuple[int, int]] = {}
        for schema, table in names:
            found = connection.execute(f'SELECT count(*), bit_xor(hash(t)) FROM "{schema}"."{table}" AS t').fetchone()
            told[f"{schema}.{table}"] = found or (0, 0)
        return told


def prove_crashes(where: Place, hour: datetime, reference: Path, *, every: int) -> int:
    """Kill the load of an hour at every n-th statement, then let it end; gives how many statements it had."""
    before = digest(where.warehouse)
    number = 1
    with killing_loader(where) as loader:
        while (ended := loader.load(hour, number)) == "killed":
            assert digest(where.warehouse) == before, f"killed at statement {number}"
            number += every
    assert ended.startswith("done"), ended
    assert digest(where.warehouse) != before
    found = differences(reference, where.warehouse)
    assert not found, "\n".join(found[:20])
    return int(ended.split()[1])


def prepare(archive: Path, folder: Path, *, layout: str = "rudderstack") -> tuple[Place, list[datetime], Path]:
    """A place with all hours but the last one loaded and all of them in the lake, and a warehouse that has them all."""
    where = place(archive, folder / "killed", layout=layout)
    hours = archive_hours(where)
    for hour in hours:
        write_lake(where, hour)
    load_archive(where, hours[:-1])
    whole = folder / "whole"
    shutil.copytree(where.folder, whole)
    load_archive(where.elsewhere(whole), hours[-1:])
    return where, hours, whole / "warehouse.duckdb"


def test_a_load_killed_on_its_way_changes_nothing_and_can_be_done_again(tmp_path: Path) -> None:
    where, hours, reference = prepare(dirty_archive(tmp_path / "archive"), tmp_path)
    statements = prove_crashes(where, hours[-1], reference, every=5)
    assert statements > 50


def test_the_very_first_load_killed_on_its_way_leaves_nothing(tmp_path: Path) -> None:
    where = place(dirty_archive(tmp_path / "archive"), tmp_path / "killed")
    hour = archive_hours(where)[0]
    write_lake(where, hour)
    whole = where.elsewhere(tmp_path / "whole")
    load_archive(whole, [hour])
    prove_crashes(where, hour, whole.warehouse, every=9)


@pytest.mark.slow
def test_a_load_of_the_demo_archive_killed_at_every_statement(tmp_path: Path) -> None:
    generate(tmp_path / "demo", events=12_000, days=1)
    archive = condense(tmp_path / "demo", tmp_path / "archive", hours=8)
    where, hours, reference = prepare(archive, tmp_path)
    prove_crashes(where, hours[-1], reference, every=1)
