"""What a comparison of two schemas costs: equal ones, one day that differs, and a difference by a rule in every row.

Run as `python -m benchmarks.compare`; `--help` tells the options. The databases make the tables themselves.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import psycopg

from benchmarks import machine
from benchmarks.server import running_server

WAREHOUSES: Final = ("duckdb", "postgresql")
DAYS: Final = 30
COLUMNS: Final = 30
"""Columns of a table beside its id, clocks and ours."""
VENDOR: Final = "rudder_prod"
Run = Callable[[str], object]
_MILLI: Final = "INTERVAL '1 millisecond'"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; print it, and write it as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as text:
        folder = Path(text)
        folder.chmod(0o755)
        for kind in options.only:
            with running_server(folder) if kind == "postgresql" else nullcontext() as server:
                url = server.url if server else f"duckdb:///{folder / 'warehouse.duckdb'}"
                found |= {f"{kind}: {name}": cost for name, cost in _measure(folder, url, options.rows)}
    machine.write_found(options.results, found, rows=options.rows)


def _measure(folder: Path, url: str, rows: int) -> Iterator[tuple[str, dict[str, float]]]:
    with _connection(url) as run:
        for statement in make_tables(rows):
            run(statement)
    yield _compared(folder, url, "equal", 0)
    with _connection(url) as run:
        run(f"UPDATE {VENDOR}.orders SET c_1 = 'other' WHERE id IN ('id-000000007', 'id-000000037', 'id-000000067')")
        run(f"DELETE FROM {VENDOR}.orders WHERE id = 'id-000000097'")
    yield _compared(folder, url, "one day differs", 4)
    with _connection(url) as run:
        late = "received_at + INTERVAL '1 microsecond'"
        run(f"UPDATE events.orders SET received_at = {late} WHERE id NOT LIKE '%7'")
    yield _compared(folder, url, "most rows differ", None)


def make_tables(rows: int) -> list[str]:
    """The statements that make both schemas, equal, with so many rows each: a day has every thirtieth."""
    texts = ", ".join(f"'value ' || (n * {number} % 1000) AS c_{number}" for number in range(1, COLUMNS + 1))
    moment = (
        f"TIMESTAMPTZ '2026-01-01 00:00:00+00' + (n % {DAYS}) * INTERVAL '1' DAY "
        f"+ CAST(FLOOR(n / {DAYS}.0) AS INTEGER) * {_MILLI}"
    )
    plain = (
        f"SELECT 'id-' || SUBSTR(CAST(1000000000 + n AS TEXT), 2) AS id, {moment} AS \"timestamp\", "
        f"{moment} AS received_at, {moment} AS sent_at, 'u-' || (n % 1000) AS user_id, "
        f"CAST(NULL AS TEXT) AS anonymous_id, 'orders' AS event, n AS total, n * 0.5 AS price, {texts} "
        f"FROM generate_series(0, {rows - 1}) AS series (n)"
    )
    ours = "CAST(NULL AS TEXT) AS _rescued, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS _archive_hour"
    return [
        "CREATE SCHEMA events",
        f"CREATE SCHEMA {VENDOR}",
        f"CREATE TABLE {VENDOR}.orders AS {plain}",
        f"CREATE TABLE events.orders AS SELECT *, {ours} FROM {VENDOR}.orders",
    ]


def _compared(folder: Path, url: str, name: str, findings: int | None) -> tuple[str, dict[str, float]]:
    """Run the command in a process of its own; what it must find is checked."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    flags = ["--archive", str(folder / "archive"), "--lake", str(folder / "lake"), "--warehouse", url]
    start = time.perf_counter()
    command = [sys.executable, "-m", "event_assets.cli", "compare", "--with", VENDOR, "--json", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    document = json.loads(done.stdout)
    if findings is not None and document["findings"] != findings:
        raise SystemExit(f"{name}: {document['findings']} findings instead of {findings}")
    cost = {
        "seconds": round(wall, 2),
        "cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mib": round(after.ru_maxrss / 1024),
        "explained": sum(document["rules"].values()),
    }
    print(f"{url.partition(':')[0]:<22} {name:<18} {cost}", flush=True)
    return name, cost


@contextmanager
def _connection(url: str) -> Iterator[Run]:
    if url.startswith("duckdb"):
        with duckdb.connect(url.removeprefix("duckdb:///")) as file:
            file.execute("SET TimeZone = 'UTC'")
            yield file.execute
        return
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True, options="-c timezone=UTC") as connection:
        yield lambda statement: connection.execute(statement.encode())


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of each schema")
    parser.add_argument("--only", nargs="+", choices=WAREHOUSES, default=WAREHOUSES)
    parser.add_argument("--work", type=Path, default=None, help="folder for the databases")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results" / "compare.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
