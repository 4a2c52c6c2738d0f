"""What little costs: an hour of 500 events through `tideline load`, 100 late rows into a table of 20 million, and the
100th load into a warehouse beside the first ones.

Run as `python -m benchmarks.small`; `--help` tells the options. The large tables are made by the databases themselves.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import polars as pl

from benchmarks import machine
from benchmarks.data import list_files, prepare_archive
from benchmarks.load import fill, run_load
from benchmarks.load_rows import GAP_MICROSECONDS, NEWEST, hour_of, make_events
from benchmarks.server import running_server
from loaders.connection.warehouse import Warehouse
from loaders.interface.hour import Hour
from loaders.load.load import load_hour

PARTS: Final = ("hour", "growth", "duckdb", "postgresql")
MOST_HOUR: Final = 0.4
"""Seconds beyond the start of the process that an hour may cost."""
MOST_LATE: Final = 1.0
"""Seconds that a late batch may cost."""
MOST_GROWTH: Final = 1.1
"""How many times the first loads the last ones may cost."""
_FEW: Final = 9
"""Loads whose median is taken at either end."""
_PROFILED: Final = """
import cProfile, sys
from event_assets.cli.app import run
profiler, path = cProfile.Profile(), sys.argv.pop(1)
code = profiler.runcall(run, sys.argv[1:])
profiler.dump_stats(path)
sys.exit(code)
"""
"""The command with a profile of all but its imports: by itself it ends without Python's exit."""
Costs = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; print it, and as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    found: Costs = {}
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as text:
        folder = Path(text)
        folder.chmod(0o755)
        if "hour" in options.only:
            found |= measure_hours(folder, options.events, options.hours, profile=options.profile)
        if "growth" in options.only:
            found |= measure_growth(folder / "growth", options.growth_events, options.loads)
        if "duckdb" in options.only:
            url = f"duckdb:///{folder / 'late.duckdb'}"
            fill_duckdb(folder / "late.duckdb", options.rows)
            found |= measure_late("DuckDB", url, "events", options, read_cpu=lambda: 0.0)
        if "postgresql" in options.only:
            with running_server(folder) as server:
                fill(server.url, "late", options.rows)
                found |= measure_late("PostgreSQL", server.url, "late", options, read_cpu=server.read_cpu)
    machine.write_found(options.results, found)


def measure_hours(folder: Path, events: int, hours: int, *, profile: bool) -> Costs:
    """Hours of so many events, each arriving after the one before is loaded: the first makes the tables.

    What the same command takes with nothing pending is subtracted: start, imports, configuration, listing, looking.
    """
    archive, walls, cpus, idle = prepare_archive("clean", events * hours, hours=hours), [], [], []
    for number, _ in enumerate(_arriving(archive.folder, folder / "archive"), 1):
        wall, cpu = _run_command(folder, f"{folder / 'load.prof'}" if profile and number == hours else None)
        walls.append(wall)
        cpus.append(cpu)
        idle.append(_run_command(folder))
    nothing, nothing_cpu = (median(each) for each in zip(*idle, strict=True))
    found = {
        "tideline load, nothing pending: seconds": nothing,
        f"first hour of {events} events, beyond that: seconds": walls[0] - nothing,
        f"next hours of {events} events, beyond that: seconds": median(walls[1:]) - nothing,
        f"next hours of {events} events, beyond that: CPU seconds": median(cpus[1:]) - nothing_cpu,
    }
    _tell(found)
    _judge(f"an hour of {events} events", median(walls[1:]) - nothing, MOST_HOUR)
    if profile:
        pstats.Stats(str(folder / "load.prof")).sort_stats("tottime").print_stats(25)
        pstats.Stats(str(folder / "load.prof")).sort_stats("cumulative").print_stats(r"event_assets|loaders", 45)
    return found


def measure_growth(folder: Path, events: int, loads: int) -> Costs:
    """So many loads of an hour each into one warehouse: the CPU of the last ones beside that of the first ones.

    The very first load makes the tables and is left out.
    """
    archive = prepare_archive("realistic", events * loads, hours=loads)
    cpus = [_run_command(folder)[1] for _ in _arriving(archive.folder, folder / "archive")]
    few = max(1, min(_FEW, (loads - 1) // 2))
    first, last = median(cpus[1 : 1 + few]), median(cpus[-few:])
    label = f"{loads} loads of {events} events"
    found = {
        f"{label}: the first ones: CPU seconds": first,
        f"{label}: the last ones: CPU seconds": last,
        f"{label}: growth": last / first,
    }
    _tell(found)
    _judge(f"{label}: the last ones beside the first ones", last / first, MOST_GROWTH, unit="x")
    return found


def _arriving(archive: Path, place: Path) -> Iterator[int]:
    """Let the hours of an archive arrive, one after the other, and yield each."""
    files = list_files(archive)
    for hour in sorted({_second_of(path) // 3600 for path in files}):
        for path in files:
            if _second_of(path) // 3600 == hour:
                target = place / path.relative_to(archive)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        yield hour


def measure_late(
    name: str, url: str, schema: str, options: argparse.Namespace, *, read_cpu: Callable[[], float]
) -> Costs:
    """Late batches into the filled table: wall and CPU of `load_hour`, the server's included."""
    walls, cpus, steps = [], [], []
    profiler = cProfile.Profile()
    for number in range(options.runs):
        late, last = small_late_hour(number, options.late, schema=schema), number == options.runs - 1
        start, cpu, server = time.perf_counter(), _own_cpu(), read_cpu()
        with profiler if options.profile and last else nullcontext():
            result = load_hour(Warehouse.open(url), late)
        walls.append(time.perf_counter() - start)
        cpus.append(_own_cpu() - cpu + read_cpu() - server)
        steps.append(result.seconds)
        assert result.counts["inserted"] == options.late
    label = f"{name}: {options.late} late rows into {options.rows:,}"
    found = {
        f"{label}: seconds": median(walls),
        f"{label}: first: seconds": walls[0],
        f"{label}: CPU s": median(cpus),
    }
    found |= {f"{label}: {step}: seconds": median(each[step] for each in steps) for step in steps[0]}
    _tell(found)
    _judge(label, median(walls), MOST_LATE)
    if options.profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(20)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(r"event_assets|loaders", 30)
    return found


def small_late_hour(number: int, rows: int, *, schema: str) -> Hour:
    """New events that happened evenly over the last ten days."""
    archive_hour = NEWEST + timedelta(days=1, hours=number)
    fresh = -(pl.int_range(1, rows + 1, eager=True, dtype=pl.Int64) + number * rows)
    happened = pl.lit(NEWEST) - pl.int_range(0, rows, dtype=pl.Int64) * timedelta(days=10) / rows
    made = make_events(fresh, received=archive_hour).with_columns(timestamp=happened, sent_at=happened)
    return hour_of(made.sort("timestamp"), archive_hour, schema=schema)


def fill_duckdb(path: Path, rows: int) -> None:
    """A file as loads leave it: one small load, then older rows made by DuckDB itself, in the order of time.

    No load has noted the ids of those: the load at the end does it, as it does in a file of a former version.
    """
    first = make_events(pl.int_range(0, 1000, eager=True, dtype=pl.Int64), received=NEWEST)
    run_load(f"duckdb:///{path}", hour_of(first, NEWEST))
    values = {
        "id": "md5(n::VARCHAR)", "user_id": "'user-' || (n * 31 % 100000)", "timestamp": "t", "sent_at": "t",
        "received_at": "t + INTERVAL 5 SECOND", "event_date": "(t AT TIME ZONE 'UTC')::DATE",
        "uuid_ts": "t + INTERVAL 1 HOUR", "_archive_hour": "date_trunc('hour', t)", "_fingerprint": "n * 7919",
    }  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = [name for name, *_ in connection.execute("SELECT * FROM events.pages LIMIT 0").description or ()]
        picked = ", ".join(f'{values.get(name, f"""f."{name}" """)} AS "{name}"' for name in columns)
        for start, stop in _steps(rows):
            connection.execute(f"""
                INSERT INTO events.pages
                SELECT {picked} FROM (
                    SELECT n, TIMESTAMPTZ '{NEWEST.isoformat()}' - to_microseconds(n * {GAP_MICROSECONDS}) AS t
                    FROM range({stop}, {start}) AS numbers(n) ORDER BY n DESC
                ) AS numbered, (SELECT * FROM events.pages LIMIT 1) AS f""")
        connection.execute("DELETE FROM tideline.id_hashes_until")
    last = NEWEST + timedelta(hours=1)
    run_load(f"duckdb:///{path}", hour_of(first.clear(), last))


def _steps(rows: int) -> Iterator[tuple[int, int]]:
    for start in range(rows, 1000, -1_000_000):
        yield start, max(1000, start - 1_000_000)


def _run_command(folder: Path, profile: str | None = None) -> tuple[float, float]:
    """Wall and CPU seconds of `tideline load`."""
    command = [sys.executable, *(["-c", _PROFILED, profile] if profile else ["-m", "event_assets.cli"])]
    places = ["--archive", str(folder / "archive"), "--lake", str(folder / "lake"), "--layout", "rudderstack"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    warehouse = f"duckdb:///{folder / 'hours.duckdb'}"
    done = subprocess.run([*command, "load", *places, "--warehouse", warehouse], capture_output=True, text=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"tideline load ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _own_cpu() -> float:
    return time.process_time()


def _second_of(path: Path) -> int:
    return int(path.name.split(".", 1)[0])


def _tell(found: Costs) -> None:
    for name, value in found.items():
        print(f"{name:78} {value:8.3f}", flush=True)


def _judge(name: str, found: float, most: float, *, unit: str = "s") -> None:
    print(f"{name}: {found:.2f} {unit} of {most:g}: {'reached' if found <= most else 'MISSED'}\n", flush=True)


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small", description=__doc__)
    parser.add_argument("--events", type=int, default=500, help="events of a small hour (%(default)s)")
    parser.add_argument("--hours", type=int, default=6, help="small hours, one after the other (%(default)s)")
    parser.add_argument("--loads", type=int, default=100, help="loads into one warehouse (%(default)s)")
    parser.add_argument("--growth-events", type=int, default=10_000, help="events of each of those (%(default)s)")
    parser.add_argument("--rows", type=int, default=20_000_000, help="rows that a late batch meets (%(default)s)")
    parser.add_argument("--late", type=int, default=100, help="rows of a late batch (%(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="late batches; medians are reported (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--profile", action="store_true", help="tell where the last hour's and batch's time goes")
    parser.add_argument("--work", type=Path, help="where files go (the system's folder for temporary files)")
    results = Path(__file__).parent / "results" / "small.json"
    parser.add_argument("--results", type=Path, default=results, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
