"""How a warehouse is opened, waited for and refused (contract §8)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal, Transient, WarehouseError, is_transient_state
from loaders.ledger.loads import has_ledger
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums

ROOT = Path(__file__).resolve().parents[3]

HOLD = """
import duckdb, sys, time
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read"):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""

LOAD = """
import sys
from loaders.load.load import load_hour
from loaders.connection.warehouse import Warehouse
from tests.loaders.lake import MemoryLake, event
lake = MemoryLake()
for number in range(4):
    hour = lake.put(number, [event(f"{number}-{n}") for n in range(50)] + [event("shared", received=number)])
    print(load_hour(Warehouse.open(sys.argv[1], wait=120), hour).loaded)
"""


@contextmanager
def held(file: Files, how: str, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process has the file open, for so long at most."""
    command = [sys.executable, "-c", HOLD, str(file.path), how, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        ("warehouse.duckdb", "is not a warehouse URL"),
        ("mysql://reader:secret@host/db", "no warehouse dialect for 'mysql'"),
        ("postgresql+asyncpg://reader:secret@host/db", "through psycopg 3"),
        ("postgresql://reader:secret@host", "names no database"),
        ("duckdb://", "a DuckDB warehouse is a file"),
        ("duckdb:///:memory:", "a DuckDB warehouse is a file"),
        ("duckdb:////no/such/folder/w.duckdb", "the folder of the warehouse /no/such/folder/w.duckdb does not exist"),
        (f"duckdb:///{ROOT}", "is not a file that can be read"),
    ],
)
def test_an_operators_mistake_is_reported_before_anything_is_done(url: str, reported: str) -> None:
    with pytest.raises(Terminal, match=reported) as caught:
        Warehouse.open(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_reported_at_once(file: Files) -> None:
    file.path.write_text("not a database, but long enough to look like one. " * 400)
    start = time.monotonic()
    with pytest.raises(Terminal, match="cannot open the warehouse"):
        load_hour(file.warehouse, MemoryLake().put(0, [event()]))
    assert time.monotonic() - start < 10


def test_reading_a_warehouse_that_is_not_there_makes_no_file(file: Files) -> None:
    with file.warehouse.reading() as session:
        assert not has_ledger(session)
    assert not file.path.exists()


@pytest.mark.parametrize("how", ["read", "write"])
def test_a_load_waits_for_who_holds_the_file_and_then_names_it(file: Files, how: str) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    with held(file, how, 60):
        start = time.monotonic()
        with pytest.raises(Transient, match=str(file.path)):
            load_hour(Warehouse.open(f"duckdb:///{file.path}", wait=0.5), MemoryLake().put(1, [event("b")]))
        assert time.monotonic() - start >= 0.5
    assert file.ids("tracks") == ["a"]


def test_a_load_goes_on_when_the_file_is_free_again(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    with held(file, "read", 1.5):
        assert load_hour(file.warehouse, MemoryLake().put(1, [event("b")])).loaded
    assert file.ids("tracks") == ["a", "b"]


def test_the_file_is_held_only_while_it_is_used(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    with held(file, "write", 0) as other:
        assert other.wait(30) == 0
    assert not file.path.with_suffix(".duckdb.wal").exists()


@pytest.mark.slow
def test_two_processes_load_every_hour_once(file: Files) -> None:
    command = [sys.executable, "-c", LOAD, f"duckdb:///{file.path}"]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    reported = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [sorted(answers) for answers in zip(*reported, strict=True)] == [["False", "True"]] * 4
    check_sums(file)
    assert len(file.table("loads", "tideline")) == 4
    assert len(file.ids("tracks")) == 201


def test_threads_of_one_process_load_one_after_the_other(file: Files) -> None:
    lake = MemoryLake()
    hours = [lake.put(number, [event(f"e{number}", properties={f"p{number}": number})]) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda hour: load_hour(file.warehouse, hour), [*hours, *hours]))
    assert sum(result.loaded for result in results) == 4
    check_sums(file)


def test_a_reader_in_this_process_waits_for_a_load_of_this_process(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event()]))
    entered, leave = threading.Event(), threading.Event()

    def load() -> None:
        with file.warehouse.loading("events"):
            entered.set()
            leave.wait(30)

    loader = threading.Thread(target=load)
    loader.start()
    assert entered.wait(30)
    with pytest.raises(Transient, match="in use by this process"), file.warehouse.reading(wait=0.1):
        pass
    leave.set()
    loader.join()
    with file.warehouse.reading(wait=1) as session:
        assert has_ledger(session)


def test_an_error_in_a_load_undoes_everything(file: Files) -> None:
    lake = MemoryLake()
    load_hour(file.warehouse, lake.put(0, [event("a")]))
    hour = lake.put(1, [event("b")])

    def break_off() -> None:
        raise WarehouseError("the lake is gone")

    object.__setattr__(hour, "quarantine", break_off)
    with pytest.raises(WarehouseError, match="the lake is gone"):
        load_hour(file.warehouse, hour)
    assert file.ids("tracks") == ["a"]
    check_sums(file)


def test_an_error_of_the_driver_is_reported_as_one_of_ours(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    with duckdb.connect(str(file.path)) as connection:
        connection.execute("DROP TABLE tideline.load_files")
        connection.execute("CREATE VIEW tideline.load_files AS SELECT 1 AS id")
    with pytest.raises(Terminal, match="the warehouse refused"):
        load_hour(file.warehouse, MemoryLake().put(1, [event("b")]))


def test_what_a_load_cannot_hold_goes_to_the_folder_for_temporary_files(
    file: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, current = tmp_path / "temporary", tmp_path / "current"
    place.mkdir()
    current.mkdir()
    monkeypatch.chdir(current)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    warehouse = Warehouse.open(file.url, memory_bytes=24 << 20)
    with warehouse.loading("events") as session:
        session.connection.exec_driver_sql(
            "CREATE TEMPORARY TABLE many AS SELECT md5(range::VARCHAR) AS id FROM range(1200000)"
        )
        spilt = [path.stat().st_size for path in place.rglob("*") if path.is_file()]
        (rows,) = session.connection.exec_driver_sql("SELECT count(DISTINCT id) FROM many").one()
    assert (rows, sum(spilt) > 1 << 20) == (1_200_000, True)
    assert (list(place.iterdir()), list(current.iterdir())) == ([], [])


def test_new_files_can_be_read_by_older_clients(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event()]))
    with duckdb.connect(str(file.path), read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'warehouse'").fetchone()
    assert tags is not None
    assert tags[0]["storage_version"].startswith("v1.4.0")


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "08006", "57P01", "53300"])
def test_states_that_pass_are_transient(state: str) -> None:
    assert is_transient_state(state)


@pytest.mark.parametrize("state", [None, "42P01", "22P02", "23505", "0A000"])
def test_states_that_stay_are_not(state: str | None) -> None:
    assert not is_transient_state(state)


@pytest.mark.parametrize("name", ["tideline", "events", "rollups", "it's one"])
def test_a_file_may_be_called_as_a_schema_is(tmp_path: Path, name: str) -> None:
    files = Files(tmp_path / f"{name}.duckdb")
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    load_hour(files.warehouse, MemoryLake().put(1, [event("b")]))
    with files.warehouse.reading() as session:
        assert session.rows("queries/tables/count_rows", {"table": ("events", "tracks")})[0].held == 2
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.duckdb"]
