"""What the same archive costs in each warehouse: statements, bytes and CPU of a load, of one hour and of 24 small ones.

Run as `python -m benchmarks.warehouses`; `--help` tells the options. A further warehouse is an entry of `WAREHOUSES`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg

from benchmarks import machine
from benchmarks.data import Archive, prepare_archive
from benchmarks.measure import measure_folder
from benchmarks.server import running_server

TARGET: Final = 1.2
"""How many times the statements of one small hour a load of 24 of them may issue (wanted: at most)."""
BASE: Final = "duckdb"
"""The warehouse that the others are compared with."""


@dataclass(frozen=True)
class Place:
    """Where a kind of warehouse is, while it is measured."""

    new: Callable[[], str]
    """Returns the URL of a further, empty warehouse."""
    written: Callable[[str], int]
    """Returns how many bytes have been written to the warehouse of a URL so far."""
    server_cpu: Callable[[], float] = float
    """Returns the seconds of CPU that a server has used; an engine in the process of the load has none."""


@dataclass(frozen=True)
class Kind:
    """A warehouse that is measured."""

    open: Callable[[Path], AbstractContextManager[Place]]
    """Starts what it needs, below a folder."""
    written_as: str
    """What `Place.written` counts."""


@dataclass(frozen=True)
class Load:
    """A load that is measured: hours of an archive, after others of it that are not."""

    name: str
    archive: Archive
    first: int
    last: int
    before: int | None = None
    """The first hours that are loaded before, up to this one; None for an empty warehouse."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; print it, and write it as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    large = prepare_archive("realistic", options.events)
    small = prepare_archive("clean", options.small * (options.hours + 2), hours=options.hours + 2)
    loads = [
        Load("one hour", large, 0, 0),
        Load("one small hour", small, 1, 1, before=0),
        Load(f"{options.hours} small hours", small, 2, options.hours + 1, before=1),
    ]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as text:
        folder = Path(text)
        folder.chmod(0o755)
        for archive in (large, small):
            _write_lake(archive, folder)
        for name in options.only:
            found[name] = dict(_measure(WAREHOUSES[name], loads, folder / name, folder))
    _compare(found)
    _print(found)
    machine.write_found(options.results, found, events=options.events, small=options.small, hours=options.hours)


def _write_lake(archive: Archive, folder: Path) -> None:
    """Write the archive's lake, by a load into a file that is not looked at: every measured load reads the lake."""
    _load(f"duckdb:///{folder / 'lake.duckdb'}", Load("lake", archive, 0, archive.hours - 1), folder)
    (folder / "lake.duckdb").unlink()


def _measure(kind: Kind, loads: Sequence[Load], own: Path, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each load cost; those of one archive go into one warehouse, one after the other."""
    own.mkdir()
    urls: dict[Path, str] = {}
    with kind.open(own) as place:
        for load in loads:
            if load.archive.folder not in urls:
                url = urls[load.archive.folder] = place.new()
                if load.before is not None:
                    _load(url, Load("before", load.archive, 0, load.before), folder)
            url = urls[load.archive.folder]
            written, cpu = place.written(url), place.server_cpu()
            cost = _load(url, load, folder)
            cost |= {"server_cpu": place.server_cpu() - cpu, "written_bytes": place.written(url) - written}
            yield load.name, {**cost, "written_as": kind.written_as}


def _load(url: str, load: Load, folder: Path) -> dict[str, Any]:
    work = folder / f"work-{load.archive.folder.name}"
    work.mkdir(exist_ok=True)
    arguments = [url, str(load.archive.folder), str(work), str(load.first), str(load.last)]
    command = [sys.executable, "-m", "benchmarks.warehouses_load", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{load.name} into {url}: {done.stderr[-4_000:]}")
    cost: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return cost


def _compare(found: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    """Add what is derived: CPU of an event, in all and beside DuckDB's, and the statements beside one small hour's."""
    for loads in found.values():
        for name, cost in loads.items():
            cost["own_cpu_us"] = cost["cpu"] / cost["events"] * 1e6
            cost["cpu_us"] = (cost["cpu"] + cost["server_cpu"]) / cost["events"] * 1e6
            base = found.get(BASE, {}).get(name)
            cost["cpu_ratio"] = cost["cpu_us"] / base["cpu_us"] if base else None
        one, many = list(loads.values())[1:]
        many["statements_ratio"] = many["statements"] / one["statements"]


def _print(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    print(
        f"\n{'':28} {'events':>8} {'statements':>10} {'staged MB':>10} {'written MB':>11} {'own µs':>8} {'all µs':>8}"
        f" {'beside DuckDB':>14} {'wall s':>7}"
    )
    for warehouse, loads in found.items():
        for name, cost in loads.items():
            beside = f"{cost['cpu_ratio']:.2f}" if cost["cpu_ratio"] else ""
            print(
                f"{warehouse + ', ' + name:28} {cost['events']:>8,} {cost['statements']:>10,}"
                f" {cost['staged_bytes'] / 1e6:>10.1f} {cost['written_bytes'] / 1e6:>11.1f} {cost['own_cpu_us']:>8.1f}"
                f" {cost['cpu_us']:>8.1f} {beside:>14} {cost['wall']:>7.1f}"
            )
    print(f"\nstatements of the small hours in one load beside those of one, wanted at most {TARGET}")
    for warehouse, loads in found.items():
        ratio = list(loads.values())[-1]["statements_ratio"]
        print(f"{warehouse:28} {ratio:8.2f}  {'reached' if ratio <= TARGET else 'missed'}")
    print("\nwritten: " + "; ".join(f"{warehouse}: {WAREHOUSES[warehouse].written_as}" for warehouse in found))


@contextmanager
def _open_duckdb(folder: Path) -> Iterator[Place]:
    yield _in_folders(folder, lambda own: f"duckdb:///{own}/warehouse.duckdb")


@contextmanager
def _open_ducklake(folder: Path) -> Iterator[Place]:
    yield _in_folders(folder, lambda own: f"ducklake:///{own}/catalog.ducklake")


@contextmanager
def _open_clickhouse(folder: Path) -> Iterator[Place]:
    yield _in_folders(folder, lambda own: f"clickhousedb:///{own}/warehouse")


@contextmanager
def _open_iceberg(folder: Path) -> Iterator[Place]:
    from tests.iceberg import running_catalog

    with running_catalog(folder) as server:
        yield Place(lambda: server.new_database().url, lambda _: measure_folder(folder))


def _in_folders(folder: Path, url_in: Callable[[Path], str]) -> Place:
    """Return a place whose warehouses have a folder each, which holds all that is written."""
    folders: dict[str, Path] = {}

    def new() -> str:
        own = folder / str(len(folders))
        own.mkdir()
        url = url_in(own)
        folders[url] = own
        return url

    return Place(new, lambda url: measure_folder(folders[url]))


@contextmanager
def _open_postgresql(folder: Path) -> Iterator[Place]:
    with running_server(folder) as server:
        url = server.url.replace("+psycopg", "", 1)
        names: list[str] = []

        def new() -> str:
            names.append(f"measured_{len(names)}")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {names[-1]}")
            return server.url.replace("/postgres?", f"/{names[-1]}?", 1)

        def written(_url: str) -> int:
            with psycopg.connect(url, autocommit=True) as connection:
                row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
            return int(row[0]) if row else 0

        yield Place(new, written, server.read_cpu)


WAREHOUSES: Final[Mapping[str, Kind]] = {
    "duckdb": Kind(_open_duckdb, "growth of the file"),
    "ducklake": Kind(_open_ducklake, "growth of data files and catalog"),
    "postgresql": Kind(_open_postgresql, "write-ahead log"),
    "clickhouse": Kind(_open_clickhouse, "growth of the folder"),
    "iceberg": Kind(_open_iceberg, "growth of the server's folder"),
}


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warehouses", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events of the one hour")
    parser.add_argument("--small", type=int, default=2_000, help="events of a small hour")
    parser.add_argument("--hours", type=int, default=24, help="small hours in one load")
    parser.add_argument("--only", nargs="+", choices=WAREHOUSES, default=list(WAREHOUSES), help="the warehouses")
    parser.add_argument("--work", help="folder for temporary files")
    results = Path(__file__).parent / "results" / "warehouses.json"
    parser.add_argument("--results", type=Path, default=results, help="the file of the result")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
