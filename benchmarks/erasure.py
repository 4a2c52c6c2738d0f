"""What erasing persons costs by the hours that hold them and by the size of the store, and what an audit costs.

Run as `python -m benchmarks.erasure`; `--help` tells the options. A person of 7 hours, one of 700 and 1,000 persons in
one pass are erased from a warehouse of 20 million rows, and from one of a tenth of that, in DuckDB and in PostgreSQL.
An erasure has two parts, which are reported apart: what is done for the hours that hold the persons, and the scrub of
the warehouse at its end (the copy of a DuckDB file, VACUUM of a server), once for any number of persons.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import machine
from benchmarks.erasure_store import EVERYWHERE, FIRST, MANY, SELDOM, StoreSize, build_store, person_of
from benchmarks.server import running_server
from event_assets.config.settings import Settings
from event_assets.pipeline.audit.audit import audit
from event_assets.pipeline.audit.draw import Draw
from event_assets.pipeline.erasure.forget import forget
from event_assets.pipeline.erasure.persons import persons_of
from loaders.connection.warehouse import Warehouse

PARTS: Final = ("duckdb", "postgresql")
SHARE: Final = 10
"""The small store has this part of the rows."""
MOST_GROWTH: Final = 1.5
"""How many times the CPU of the small store an erasure of every hour may cost in the large one, without the scrub."""
KEY: Final = "the key of the benchmark"
Costs = dict[str, float]
ReadCpu = Callable[[], float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; print it, and as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    found: Costs = {}
    for part in options.only:
        for rows in (options.rows // SHARE, options.rows):
            size = StoreSize(options.hours, options.events, rows, options.per_hour)
            with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as text:
                Path(text).chmod(0o755)
                with _database(part, Path(text)) as (url, read_cpu):
                    settings = build_store(Path(text), url, size, key=KEY)
                    found |= measure(f"{part}, {rows:,} rows", settings, options, read_cpu)
        _judge(part, found, options.rows)
    machine.write_found(options.results, found)


@contextmanager
def _database(part: str, folder: Path) -> Iterator[tuple[str, ReadCpu]]:
    if part == "duckdb":
        yield f"duckdb:///{folder / 'store.duckdb'}", lambda: 0.0
        return
    with running_server(folder) as server:
        yield server.url, server.read_cpu


def measure(label: str, settings: Settings, options: argparse.Namespace, read_cpu: ReadCpu) -> Costs:
    """Audit, then erase a person of few hours, one of all and many; wall and CPU, a server's included."""
    found: Costs = {}
    with _timed(found, f"{label}: audit of {options.audited} hours", read_cpu):
        audited = list(audit(settings, Draw(options.audited, 0, start=FIRST)))
        assert not any(one.findings or one.error for one in audited), audited
    for name, ids in (
        ("a person of few hours", [SELDOM]),
        ("a person of every hour", [EVERYWHERE]),
        (f"{MANY:,} persons", [person_of(number) for number in range(MANY)]),
    ):
        profiler = cProfile.Profile()
        with (
            _timed(found, f"{label}: {name}", read_cpu),
            _timing_scrubs(found, f"{label}: {name}: scrub", read_cpu),
            profiler if options.profile else nullcontext(),
        ):
            (done,) = forget(settings, persons_of(users=ids))
        assert done.rows, name
        _subtract_scrub(found, f"{label}: {name}")
        found[f"{label}: {name}: hours"] = len(done.hours)
        print(f"{label}: {name}: {len(done.hours)} hours, {sum(done.rows.values()):,} rows", flush=True)
        if options.profile:
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(r"event_assets|loaders", 45)
    return found


@contextmanager
def _timing_scrubs(found: Costs, name: str, read_cpu: ReadCpu) -> Iterator[None]:
    """Measure the scrub of the warehouse that is done in the block."""
    scrub = Warehouse.purge

    def timed(warehouse: Warehouse, schemas: Sequence[str]) -> None:
        with _timed(found, name, read_cpu):
            scrub(warehouse, schemas)

    Warehouse.purge = timed  # type: ignore[assignment, method-assign]  # the erasure calls it in its midst
    try:
        yield
    finally:
        Warehouse.purge = scrub  # type: ignore[method-assign]


def _subtract_scrub(found: Costs, name: str) -> None:
    """Add what an erasure costs without its scrub."""
    for unit in ("seconds", "CPU s"):
        found[f"{name}: hours alone: {unit}"] = found[f"{name}: {unit}"] - found[f"{name}: scrub: {unit}"]
    print(f"{f'{name}: hours alone':60} {found[f'{name}: hours alone: seconds']:8.2f} s", end=" ")
    print(f"{found[f'{name}: hours alone: CPU s']:8.2f} s of CPU", flush=True)


@contextmanager
def _timed(found: Costs, name: str, read_cpu: ReadCpu) -> Iterator[None]:
    start, cpu, server = time.perf_counter(), _own_cpu(), read_cpu()
    yield
    found[f"{name}: seconds"] = time.perf_counter() - start
    found[f"{name}: CPU s"] = _own_cpu() - cpu + read_cpu() - server
    print(f"{name:60} {found[f'{name}: seconds']:8.2f} s {found[f'{name}: CPU s']:8.2f} s of CPU", flush=True)


def _own_cpu() -> float:
    """CPU of this process and of those that it has started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _judge(part: str, found: Costs, rows: int) -> None:
    """Compare the store with the one of a tenth, without the scrub, whose cost follows the size of the store.

    Of a person of few hours most is the search, which reads the columns of ids: what that costs a row is told.
    """
    for name in ("a person of few hours", "a person of every hour", f"{MANY:,} persons"):
        small, large = (found[f"{part}, {size:,} rows: {name}: hours alone: CPU s"] for size in (rows // SHARE, rows))
        growth = found[f"{part}: {name}: growth"] = large / small
        if name == "a person of few hours":
            millions = (rows - rows // SHARE) / 1e6
            search = found[f"{part}: search: CPU s per million rows"] = (large - small) / millions
            print(f"{part}: {name}: each million rows more costs {search:.2f} s of CPU", flush=True)
        else:
            verdict = "reached" if growth <= MOST_GROWTH else "MISSED"
            beside = f"CPU at {SHARE} times the rows: {growth:.2f} of {MOST_GROWTH}"
            print(f"{part}: {name}: {beside}: {verdict}", flush=True)


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.erasure", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000, help="rows of the warehouse (%(default)s)")
    parser.add_argument("--hours", type=int, default=700, help="hours that hold persons (%(default)s)")
    parser.add_argument("--events", type=int, default=100, help="events of such an hour (%(default)s)")
    parser.add_argument("--per-hour", type=int, default=2_000, help="events of an older hour (%(default)s)")
    parser.add_argument("--audited", type=int, default=24, help="hours that are audited (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--profile", action="store_true", help="tell where the time of each erasure goes")
    parser.add_argument("--work", type=Path, help="where files go (the system's folder for temporary files)")
    results = Path(__file__).parent / "results" / "erasure.json"
    parser.add_argument("--results", type=Path, default=results, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
