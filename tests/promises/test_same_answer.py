"""Promise 1, same answer: tables do not depend on order, repetition, files at a time, or who else is at work."""

from __future__ import annotations

import multiprocessing
import random
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from event_assets.demo.generate import generate
from tests.drive import Place, archive_hours, load_archive, place, write_lake
from tests.postgres import Server
from tests.promises.archives import condense, in_parts, rudderstack_files
from tests.promises.compare import differences
from tests.promises.pinned import pin_catalog
from tests.promises.proof import prove, prove_catalog, read_again
from tests.s3 import Store

SMALL, FULL = "small", "full"
FILE = [("duckdb", SMALL), pytest.param("duckdb", FULL, marks=pytest.mark.slow)]
on_a_file = pytest.mark.parametrize(("server", "reference"), FILE, indirect=True)
SERVER = ("postgresql", SMALL)
on_both = pytest.mark.parametrize(("server", "reference"), [*FILE, SERVER], indirect=True)
on_both_in_time = pytest.mark.parametrize(
    ("server", "reference"), [FILE[0], pytest.param(*SERVER, marks=pytest.mark.slow)], indirect=True
)


@dataclass(frozen=True)
class Reference:
    """An archive that was loaded once, hour by hour, in order."""

    where: Place
    hours: list[datetime]

    @property
    def archive(self) -> Path:
        """The archive's folder."""
        return Path(self.where.source.archive)


@pytest.fixture(scope="module")
def reference(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server: Server | None,
    store: Store | None,
) -> Reference:
    """The demo archive: 3,000 events of a day in four archive hours, and 20,000 of two days in 16."""
    folder = tmp_path_factory.mktemp("reference")
    events, days, hours = (3_000, 1, 6) if request.param == SMALL else (20_000, 2, 3)
    generate(folder / "demo", events=events, days=days)
    archive = condense(folder / "demo", folder / "archive", hours=hours)
    where = place(archive, folder / "loaded", database=server.new_database() if server else None, store=store)
    load_archive(where)
    return Reference(where, archive_hours(where))


def assert_same(reference: Reference, other: Place) -> None:
    """Event tables, users, sums of arrivals, copies and the catalog are the same."""
    found = differences(reference.where.warehouse, other.warehouse)
    assert not found, "\n".join(found[:20])


@on_both
def test_in_order_is_what_the_independent_reader_expects(reference: Reference) -> None:
    archive = read_again(rudderstack_files(reference.archive))
    prove(reference.where, archive)
    prove_catalog(reference.where, archive)


@on_both_in_time
def test_twice_with_the_ledger_removed_in_between(reference: Reference, tmp_path: Path) -> None:
    twice = reference.where.copy_to(tmp_path)
    twice.execute("DELETE FROM tideline.loads")
    results = load_archive(twice)
    assert all(result.loaded for result in results)
    assert_same(reference, twice)


@on_both_in_time
def test_a_second_time_loads_nothing(reference: Reference, tmp_path: Path) -> None:
    twice = reference.where.copy_to(tmp_path)
    results = load_archive(twice, reference.hours[:3])
    assert not any(result.loaded for result in results)
    assert_same(reference, twice)


@on_both_in_time
def test_reloaded_it_stays_the_same(reference: Reference, tmp_path: Path) -> None:
    twice = reference.where.copy_to(tmp_path)
    results = load_archive(twice, reference.hours[1:3], reload=True)
    assert all(result.loaded for result in results)
    assert_same(reference, twice)


@on_both
def test_shuffled_with_the_catalog_pinned(reference: Reference, tmp_path: Path) -> None:
    other = pin_catalog(reference.where.elsewhere(tmp_path), reference.where)
    hours = list(reference.hours)
    random.Random(5).shuffle(hours)
    load_archive(other, hours)
    assert_same(reference, other)


@on_both_in_time
def test_each_hour_in_three_files_loaded_one_by_one(reference: Reference, tmp_path: Path) -> None:
    """Each round adds a late file to every hour, long after all hours were loaded once."""
    parts = in_parts(reference.archive, tmp_path / "parts", parts=3)
    archive = tmp_path / "archive"
    other = reference.where.elsewhere(tmp_path / "loaded").with_archive(archive)
    for part in parts:
        shutil.copytree(part, archive, dirs_exist_ok=True)
        load_archive(other)
    assert_same(reference, other)


def normalize(where: Place, hour: datetime) -> str:
    """One hour into the lake, in a process of its own; gives its manifest."""
    return write_lake(where, hour).manifest_hash


def live_files(where: Place, hours: list[datetime]) -> dict[str, str]:
    """The lake's files that notes name, by path, with a hash of their bytes."""
    notes = [write_lake(where, hour) for hour in hours]
    paths = [path for note in notes for path in (*note.parquet, *note.quarantine)]
    files = where.lake_files()
    return {path: sha256(files[path]).hexdigest() for path in paths}


@on_a_file
def test_hours_normalized_at_once_and_some_of_them_twice_make_the_same_lake(
    reference: Reference, tmp_path: Path
) -> None:
    """So whatever is loaded from it is the same too."""
    other = reference.where.elsewhere(tmp_path)
    hours = [*reference.hours[:6], *reference.hours[:2], *reference.hours[6:]]
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as workers:
        list(workers.map(normalize, [other] * len(hours), hours))
    expected = live_files(reference.where, reference.hours)
    assert len(expected) >= len(reference.hours)
    assert live_files(other, reference.hours) == expected
