"""A stopped command ends in one line, with 128 + the signal, wherever its threads are; nothing of it is left."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest

from event_assets.demo.generate import generate
from tests.cli.commands import STOPPED, Command, start_command, start_python
from tests.postgres import Server

_WAITING = {
    "in DuckDB": "import duckdb; go(); duckdb.sql('SELECT max(hash(range)) FROM range(1000000000000)').fetchall()",
    "in polars": "import polars as pl; go(); pl.LazyFrame({'a': range(3_000_000)}).select("
    "pl.col('a').sort_by(pl.col('a').hash(1)).rolling_map(hash, 9)).collect()",
    "in a loop": "go()\nwhile True: pass",
    "in a destructor": "class Slow:\n    def __del__(self):\n        go(); time.sleep(60)\nSlow()",
    "in a finally": "try:\n    1 / 0\nfinally:\n    go(); time.sleep(60)",
    "in an except": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    go(); time.sleep(60)",
    "with a lock of threading": "import threading\nwith threading._active_limbo_lock:\n    go(); time.sleep(60)",
    "with the lock of an import": "sys.path.insert(0, '.'); open('slow.py', 'w').write('import time; time.sleep(60)')\n"
    "go(); import slow",
    "in a thread pool": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as threads:\n"
    "    threads.submit(time.sleep, 60); go()",
    "while an error is raised": "go()\nwhile True:\n    try:\n        raise ValueError\n    except BaseException: pass",
    "with a progress bar": "from event_assets.cli.output.progress import progress_bar\n"
    "with progress_bar(9):\n    go(); time.sleep(60)",
}
"""Where the main thread is when the signal arrives -> the code that brings it there and calls `go()`."""
_WITH_WORKER = """
from loaders.process.ending import start_worker
start_worker(['sleep', '90'], os.environ)
go(); time.sleep(60)
"""
_START = """
import os, sys, time
from event_assets.cli.ending.stopping import finish, watch_signals
from loaders.process.temporary import temporary_folder

watch_signals()
def go():
    os.write(1, b"ready\\n")
with temporary_folder() as folder:
    (folder / "rows").write_bytes(b"rows")
    exec(sys.argv[1])
finish(0)
"""


def start_code(code: str, folder: Path, *, ignored: int | None = None) -> Command:
    """Start the code in a watching process with a temporary folder, and wait until it is where it should be."""
    command = start_python(["-c", _START, code], folder, output=subprocess.PIPE, ignored=ignored)
    assert command.process.stdout is not None
    assert command.process.stdout.readline() == "ready\n"
    return command


@pytest.mark.parametrize("where", _WAITING)
def test_a_signal_ends_the_process_wherever_its_main_thread_is(where: str, tmp_path: Path) -> None:
    command = start_code(_WAITING[where], tmp_path)
    time.sleep(0.1)
    command.stop(signal.SIGINT)
    assert command.end() == (130, STOPPED)
    assert command.left() == []


def test_a_query_of_a_server_is_cancelled(postgres: Server, tmp_path: Path) -> None:
    database = postgres.new_database()
    code = (
        "import sqlalchemy as sa; from loaders.connection.warehouse import Warehouse\n"
        f"with Warehouse.open({database.warehouse_url!r}).writing() as session:\n"
        "    go(); session.connection.execute(sa.text('SELECT pg_sleep(300)'))"
    )
    command = start_code(code, tmp_path)
    time.sleep(0.3)
    command.stop(signal.SIGTERM)
    assert command.end() == (143, STOPPED)
    with database.connect() as connection:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()"
        for _ in range(100):
            if connection.execute(busy).fetchone() == (0,):
                break
            time.sleep(0.1)
        else:
            pytest.fail("the query still runs")


def test_a_load_that_is_stopped_continues_with_the_next_one(tmp_path: Path) -> None:
    generate(tmp_path / "archive", events=600, seed=3, days=1)
    arguments = ("load", "--archive", "archive", "--layout", "rudderstack", "--lake", "lake", "--warehouse", "w.duckdb")
    command = start_command(*arguments, folder=tmp_path)
    assert command.process.stderr is not None
    first = command.process.stderr.readline()
    assert " events files=" in first
    command.stop(signal.SIGTERM)
    code, errors = command.end()
    assert code == 143
    assert errors.endswith(STOPPED)
    assert "failed" not in errors
    assert command.left() == []
    assert [path.name for path in (tmp_path / "lake" / ".spool").iterdir()] == []
    code, errors = start_command(*arguments, "--to", first.split()[0], folder=tmp_path).end()
    assert code == 0, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_the_exit_code_is_128_and_the_signal(number: int, tmp_path: Path) -> None:
    command = start_code("go(); time.sleep(60)", tmp_path)
    command.stop(number)
    assert command.end() == (128 + number, STOPPED)


def test_a_signal_during_the_imports_ends_the_command(tmp_path: Path) -> None:
    command = start_command("demo", "--folder", "demo", folder=tmp_path)
    command.wait_until_watching()
    command.stop(signal.SIGTERM)
    assert command.end() == (143, STOPPED)


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    """The first one waits for a worker that does not end."""
    code = _WITH_WORKER
    command = start_code(code, tmp_path)
    command.stop(signal.SIGINT)
    assert command.process.stderr is not None
    assert command.process.stderr.readline() == STOPPED
    time.sleep(0.5)
    started = time.monotonic()
    command.stop(signal.SIGINT)
    command.process.wait(20)
    assert time.monotonic() - started < 3
    assert command.process.returncode == 130
    os.killpg(command.process.pid, signal.SIGKILL)
    command.end()


@pytest.mark.slow
def test_a_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    code = _WITH_WORKER
    command = start_code(code, tmp_path)
    command.stop(signal.SIGTERM)
    assert command.end(30) == (143, STOPPED)
    assert command.left(seconds=0) == []


def test_a_signal_that_the_parent_ignores_stays_ignored(tmp_path: Path) -> None:
    """As `nohup` does, and `&` in a script."""
    command = start_code("go(); time.sleep(0.5)", tmp_path, ignored=signal.SIGHUP)
    command.stop(signal.SIGHUP)
    assert command.end() == (0, "")


def test_a_signal_after_the_result_does_not_change_it(tmp_path: Path) -> None:
    """Many signals at the very end: either the result or the stop, never half of both."""
    code = "go()"
    for delay in (0.0, 0.001, 0.002, 0.004, 0.008, 0.016):
        command = start_code(code, tmp_path)
        time.sleep(delay)
        if command.process.poll() is None:
            command.stop(signal.SIGTERM)
        assert command.end() in {(0, ""), (143, STOPPED)}


def test_a_progress_bar_gives_the_terminal_back(tmp_path: Path) -> None:
    master, terminal = pty.openpty()
    command = [
        _START,
        "from event_assets.cli.output.progress import progress_bar\nwith progress_bar(9):\n    go(); time.sleep(60)",
    ]
    started = start_python(["-c", *command], tmp_path, output=subprocess.PIPE, errors=terminal)
    os.close(terminal)
    assert started.process.stdout is not None
    assert started.process.stdout.readline() == "ready\n"
    started.stop(signal.SIGINT)
    assert started.process.wait(60) == 130
    started.process.stdout.close()
    shown = read_terminal(master)
    assert shown.rpartition("\x1b[?25l")[2].endswith("\r\x1b[2K\x1b[?25h" + STOPPED.replace("\n", "\r\n"))


def read_terminal(master: int) -> str:
    """What was written to a terminal that nobody has open any more."""
    parts = []
    try:
        while part := os.read(master, 65536):
            parts.append(part)
    except OSError:  # Linux ends so
        pass
    finally:
        os.close(master)
    return b"".join(parts).decode()


def test_output_that_nobody_reads_is_no_error_of_ours(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        command = start_python(["-m", "event_assets.cli", "config", "schema"], tmp_path, output=output)
    assert command.end() == (141, "")
