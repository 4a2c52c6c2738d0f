"""What a load costs beside the bare copy of the same rows, and what a late batch costs as the table grows.

Run as `python -m benchmarks.load`; `--help` tells the options. A real PostgreSQL from a wheel is started and stopped;
its data and DuckDB's files go to a temporary folder (about 25 GB for 20 million rows).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import psycopg
import pyarrow as pa

from benchmarks import machine
from benchmarks.load_rows import GAP_MICROSECONDS, NEWEST, hour_of, late_hour, make_events
from benchmarks.server import running_server
from benchmarks.staging import copy_binary, measure_staging, with_plain_texts
from loaders.connection.warehouse import Warehouse
from loaders.interface.hour import Hour
from loaders.load.load import load_hour

PARTS = ("duckdb", "postgresql", "staging", "late")
ARROW_KINDS = {
    16: pl.Boolean(), 20: pl.Int64(), 25: pl.String(), 701: pl.Float64(), 1082: pl.Date(),
    1184: pl.Datetime("us", "UTC"),
}  # fmt: skip
"""Types of PostgreSQL by their number."""
NOT_THE_WAREHOUSES = ("look", "stage")
"""Steps of a load before the warehouse has anything to do: reading the lake and flattening."""


@dataclass(frozen=True)
class Measured:
    """Seconds of wall time of a load without reading and flattening, and bytes of WAL."""

    seconds: float
    wal: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for and print it, as a table and as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    results: dict[str, float] = {}
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as text:
        folder = Path(text)
        folder.chmod(0o755)
        if "duckdb" in options.only:
            results |= _reported(measure_duckdb(folder, options.rows, options.runs))
        with running_server(folder) as server:
            url = server.url
            if "postgresql" in options.only:
                results |= _reported(measure_postgresql(url, options.rows, options.runs))
            if "staging" in options.only:
                results |= _reported(compare_staging(url, options.rows, options.runs))
            if "late" in options.only:
                results |= _reported(measure_late(url, options.small, options.large, options.runs))
    print(json.dumps(results, indent=2))


def measure_duckdb(folder: Path, rows: int, runs: int) -> dict[str, float]:
    """A load into a new file, and INSERT ... SELECT FROM read_parquet of the same rows into an equal table."""
    hour, ours, bare = numbered_hour(rows), [], []
    for turn in range(runs):
        path = folder / f"{turn}.duckdb"
        ours.append(run_load(f"duckdb:///{path}", hour).seconds)
        parquet = folder / f"{turn}.parquet"
        with duckdb.connect(str(path)) as loaded:
            loaded.execute(f"COPY events.pages TO '{parquet}' (FORMAT PARQUET, COMPRESSION UNCOMPRESSED)")
        with duckdb.connect(str(folder / f"{turn}-bare.duckdb"), config={"threads": 1}) as connection:
            connection.execute(f"CREATE TABLE pages AS SELECT * FROM read_parquet('{parquet}') LIMIT 0")
            insert = f"INSERT INTO pages SELECT * FROM read_parquet('{parquet}')"
            bare.append(_timed(partial(connection.execute, insert)))
        for file in folder.glob(f"{turn}*"):
            file.unlink()
    return _ratio("DuckDB: load", ours, "INSERT SELECT FROM read_parquet", bare)


def measure_postgresql(url: str, rows: int, runs: int) -> dict[str, float]:
    """Two loads, into an empty schema and into the tables that it left, and bare binary COPYs of the same rows, into an
    empty table with the same indexes and into what that left."""
    ours: dict[str, list[float]] = {"first": [], "next": []}
    bare: dict[str, list[float]] = {"first": [], "next": []}
    for _ in range(runs):
        for number, name in enumerate(ours):
            hour = numbered_hour(rows, number)
            ours[name].append(run_load(url, hour).seconds)
            with psycopg.connect(_plain(url), autocommit=True) as connection:
                table = _read_table(connection, hour)
                connection.execute("CREATE TABLE IF NOT EXISTS bare (LIKE events.pages INCLUDING INDEXES)")
                connection.execute("CHECKPOINT")
                bare[name].append(_timed(partial(copy_binary, connection, table)))
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            connection.execute("DROP TABLE bare; DROP SCHEMA events CASCADE; DROP SCHEMA tideline CASCADE")
    return {
        key: value
        for name in ours
        for key, value in _ratio(
            f"PostgreSQL: {name} load", ours[name], f"{name} bare binary COPY, same indexes", bare[name]
        ).items()
    }


def compare_staging(url: str, rows: int, runs: int) -> dict[str, float]:
    """The rows of one load brought by each bulk way that there is."""
    hour = numbered_hour(rows)
    run_load(url, hour)
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        table = _read_table(connection, hour)
        found = measure_staging(_plain(url), "events.pages", table, runs)
        connection.execute("DROP SCHEMA events CASCADE; DROP SCHEMA tideline CASCADE")
    return found


def measure_late(url: str, small: int, large: int, runs: int) -> dict[str, float]:
    """The same late batches into a table of few rows and of many."""
    found: dict[str, list[Measured]] = {}
    for name, rows in (("small", small), ("large", large)):
        fill(url, name, rows)
        found[name] = []
        for turn in range(runs):
            with psycopg.connect(_plain(url), autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            found[name].append(run_load(url, late_hour(turn, schema=name)))
            print(f"{rows:,} rows: {found[name][-1]}", flush=True)
    seconds = {name: median(each.seconds for each in runs_) for name, runs_ in found.items()}
    wal = {name: median(each.wal for each in runs_) for name, runs_ in found.items()}
    return {
        f"late batch at {small:,} rows: seconds": seconds["small"],
        f"late batch at {large:,} rows: seconds": seconds["large"],
        f"late batch at {small:,} rows: MB of WAL": wal["small"] / 1e6,
        f"late batch at {large:,} rows: MB of WAL": wal["large"] / 1e6,
        "late batch: ratio of seconds": seconds["large"] / seconds["small"],
        "late batch: ratio of WAL": wal["large"] / wal["small"],
    }


def numbered_hour(rows: int, number: int = 0) -> Hour:
    """Events that have not been seen, one archive hour; the one with the next number has those before them."""
    numbers = pl.int_range(number * rows, (number + 1) * rows, eager=True, dtype=pl.Int64)
    archive_hour = NEWEST + timedelta(hours=number)
    return hour_of(make_events(numbers, received=archive_hour + timedelta(seconds=5)), archive_hour)


def fill(url: str, schema: str, rows: int) -> None:
    """A table as loads leave it: one small load, then older rows made by the server itself, in the order of time."""
    run_load(
        url,
        hour_of(make_events(pl.int_range(0, 1000, eager=True, dtype=pl.Int64), received=NEWEST), NEWEST, schema=schema),
    )
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        made = connection.execute(f"SELECT * FROM {schema}.pages LIMIT 0").description or ()
        values = {
            "id": "md5(n::text)", "user_id": "'user-' || n::bigint * 31 % 100000",
            "timestamp": "t", "sent_at": "t", "received_at": "t + interval '5 s'", "event_date": "t::date",
            "uuid_ts": "t + interval '1 h'",
            "_archive_hour": "date_trunc('hour', t)", "_fingerprint": "n::bigint * 7919",
        }  # fmt: skip
        columns = ", ".join(f'"{column.name}"' for column in made)
        picked = ", ".join(values.get(column.name, f'f."{column.name}"') for column in made)
        step = 1_000_000
        for start in range(rows, 1000, -step):
            connection.execute(f"""
                INSERT INTO {schema}.pages ({columns})
                SELECT {picked} FROM (
                    SELECT n, timestamptz '{NEWEST.isoformat()}' - n * interval '{GAP_MICROSECONDS} microseconds' AS t
                    FROM generate_series({start - 1}, {max(1000, start - step)}, -1) AS n
                ) AS numbered, (SELECT * FROM {schema}.pages LIMIT 1) AS f""")
        connection.execute(f"VACUUM ANALYZE {schema}.pages")


def run_load(url: str, hour: Hour) -> Measured:
    """Load an hour; what the warehouse had to do with it."""
    postgresql = url.startswith("postgresql")
    before = _wal(url) if postgresql else 0
    start = time.perf_counter()
    result = load_hour(Warehouse.open(url), hour)
    seconds = time.perf_counter() - start - sum(result.seconds.get(step, 0) for step in NOT_THE_WAREHOUSES)
    assert result.loaded
    return Measured(seconds, _wal(url) - before if postgresql else 0)


def _read_table(connection: psycopg.Connection, hour: Hour) -> pa.Table:
    """The rows of a loaded hour as Arrow, all of them in memory before the clock starts."""
    cursor = connection.execute("SELECT * FROM events.pages WHERE _archive_hour = %s", [hour.archive_hour])
    schema = {column.name: ARROW_KINDS[column.type_code] for column in cursor.description or ()}
    batches = []
    while rows := cursor.fetchmany(50_000):
        batches.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return with_plain_texts(pl.concat(batches).to_arrow(compat_level=pl.CompatLevel.oldest()))


def _wal(url: str) -> int:
    with psycopg.connect(_plain(url)) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
    return int(row[0]) if row else 0


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _ratio(name: str, ours: list[float], other: str, bare: list[float]) -> dict[str, float]:
    return {
        f"{name}: seconds": median(ours),
        f"{other}: seconds": median(bare),
        f"{name} / {other}": median(ours) / median(bare),
    }


def _reported(found: dict[str, float]) -> dict[str, float]:
    for name, value in found.items():
        print(f"{name:70} {value:10.2f}", flush=True)
    return found


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of a load beside bare copies (%(default)s)")
    parser.add_argument("--small", type=int, default=1_000_000, help="rows that a late batch meets (%(default)s)")
    parser.add_argument("--large", type=int, default=20_000_000, help="and rows that it meets later (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs; medians are reported (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--work", type=Path, help="where files go (the system's folder for temporary files)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
