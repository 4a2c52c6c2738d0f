"""Loads through a pooler: refused where it shares server connections, served where it does not (contract §8)."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal, WarehouseError
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.pooler import pooled
from tests.postgres import Database, Server

REFUSED = r"is behind a pooler in transaction or statement mode.*connect to the server directly"


@pytest.fixture
def loaded(postgres: Server, tmp_path: Path) -> Files:
    return Files(tmp_path / "mirror.duckdb", postgres.new_database())


def database_of(files: Files) -> Database:
    assert files.database is not None
    return files.database


def load_six(url: str) -> list[str]:
    """Load six hours at once; how each of them ended."""
    lake = MemoryLake()
    hours = [lake.put(number, [event(f"{number}-{n}") for n in range(3)]) for number in range(6)]

    def load(number: int) -> str:
        try:
            return "loaded" if load_hour(Warehouse.open(url), hours[number]).loaded else "skipped"
        except WarehouseError as error:
            return f"{type(error).__name__}: {error}"

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(load, range(6)))


@pytest.mark.parametrize("size", [1, 4])
def test_six_loads_through_a_pool_in_transaction_mode_are_refused(loaded: Files, size: int) -> None:
    database = database_of(loaded)
    with pooled(database, "transaction", size) as pooler:
        ended = load_six(pooler.warehouse_url)
        with psycopg.connect(pooler.warehouse_url.replace("+psycopg", ""), prepare_threshold=None) as client:
            assert client.execute("SHOW application_name").fetchone() == ("",)
            assert client.execute("SHOW statement_timeout").fetchone() == ("0",)
    assert [ending.startswith("Terminal: ") for ending in ended] == [True] * 6
    for ending in ended:
        with pytest.raises(Terminal, match=REFUSED):
            raise Terminal(ending)
        assert "\n" not in ending
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'tideline'").fetchone() == (0,)


def test_loads_through_a_pool_in_session_mode_are_loads(loaded: Files) -> None:
    with pooled(database_of(loaded), "session", 12) as pooler:
        assert load_six(pooler.warehouse_url) == ["loaded"] * 6
    check_sums(loaded)
    assert len(loaded.ids("tracks")) == 18


@pytest.mark.slow
def test_a_load_through_the_only_connection_of_a_pool_in_session_mode_is_a_load(loaded: Files) -> None:
    with pooled(database_of(loaded), "session", 1) as pooler:
        assert load_hour(Warehouse.open(pooler.warehouse_url), MemoryLake().put(0, [event("a")])).loaded
    assert loaded.ids("tracks") == ["a"]


def test_a_merge_in_another_server_connection_than_its_lock_is_refused(
    loaded: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler may hide the process ids of the server: what the lock promises is checked where it is needed."""
    monkeypatch.setattr("loaders.dialects.postgresql.session.shares_servers", lambda *_: False)
    with pooled(database_of(loaded), "transaction", 2) as pooler:
        url = pooler.warehouse_url
        with Warehouse.open(url).writing() as session:
            with session.transaction():
                server = session.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with psycopg.connect(url.replace("+psycopg", ""), prepare_threshold=None) as client:
                assert client.execute("SELECT pg_backend_pid()").fetchone() == (server,)
                with pytest.raises(Terminal, match=REFUSED), session.transaction():
                    session.dialect.begin_merge(session.connection)


def test_startup_options_that_a_pooler_refuses_have_a_remedy(loaded: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=8MB")
    with (
        pooled(database_of(loaded), "session") as pooler,
        pytest.raises(Terminal, match="take PGOPTIONS and `options` out"),
        Warehouse.open(pooler.warehouse_url).reading(),
    ):
        pass


@contextmanager
def pgbouncer(database: Database, mode: str) -> Iterator[str]:
    """A real PgBouncer before the database; its URL for a load."""
    folder = Path(database.url.partition("host=")[2].replace("%2F", "/"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        Path(scratch).chmod(0o755)
        settings = Path(scratch) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={folder} port=5432 user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
        )
        user = ["-u", pwd.getpwuid(folder.stat().st_uid).pw_name] if os.getuid() == 0 else []
        with subprocess.Popen(["pgbouncer", "-q", *user, str(settings)], stderr=subprocess.DEVNULL) as process:
            try:
                time.sleep(0.5)
                yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database.name}"
            finally:
                process.terminate()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")
@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
def test_pgbouncer_is_recognized_by_its_mode(loaded: Files, mode: str) -> None:
    with pgbouncer(database_of(loaded), mode) as url:
        ended = load_six(url)
    if mode == "session":
        assert ended == ["loaded"] * 6
        check_sums(loaded)
    else:
        assert ["is behind a pooler" in ending for ending in ended] == [True] * 6
