"""An hour of 10 GB beside one of 1 GB, in few files and in many: memory, temporary disk, throughput, and right counts.

Run as `python -m benchmarks.big_hour`; `--help` tells the options. Each half of the way (archive to lake, lake to a new
DuckDB file) of each hour is a process of its own, and every archive is removed when it has been measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import machine
from benchmarks.big_archive import BigArchive, write_archive
from benchmarks.data import warm_files
from benchmarks.jobs.place import MEMORY
from benchmarks.jobs.rows import count_rows
from benchmarks.measure import Cost, run_job
from event_assets.config.memory import DEFAULT_MIB

RESULTS: Final = Path(__file__).parent / "results" / "big_hour.json"
HALVES: Final = {"lake": "archive -> lake", "tables": "lake -> DuckDB"}
LEAST_SHARE: Final = 0.8
"""What a large hour must reach of the small one's throughput."""


@dataclass(frozen=True)
class Case:
    """An hour to measure: bytes of raw data, and files."""

    size: int
    files: int

    def __str__(self) -> str:
        return f"{self.size / 1e9:g} GB in {self.files:,} files"


@dataclass(frozen=True)
class Measured:
    """What one half of an hour's way cost."""

    case: Case
    half: str
    archive: BigArchive
    cost: Cost
    written: int
    """Bytes of what it leaves behind: the lake, or the DuckDB file."""

    @property
    def per_wall(self) -> float:
        """Events per second."""
        return self.cost.events / self.cost.wall


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the small hour and each large one; print a table and write JSON."""
    options = _read_options(arguments)
    cases = [Case(int(options.base_gb * 1e9), options.base_files)]
    cases += [Case(int(options.gb * 1e9), files) for files in options.files]
    described = machine.describe()
    print(", ".join(f"{name} {value}" for name, value in described.items()), flush=True)
    print(f"memory_mib = {options.memory_mib}\n", flush=True)
    print(_HEAD, flush=True)
    results: list[Measured] = []
    for case in cases:
        with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as folder:
            for measured in measure_case(case, Path(folder), memory_mib=options.memory_mib):
                results.append(measured)
                print(_line(measured), flush=True)
    verdicts = judge(results, memory_mib=options.memory_mib)
    print("", *(f"{name}: {value}" for name, value in verdicts.items()), sep="\n")
    found = {
        "machine": described,
        "memory_mib": options.memory_mib,
        "results": [asdict(each) | {"events_per_second": each.per_wall} for each in results],
        "verdicts": verdicts,
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(found, indent=1, default=str) + "\n")


def measure_case(case: Case, folder: Path, *, memory_mib: int) -> list[Measured]:
    """Write the hour, send it both halves of its way, and check that every event is there once."""
    archive = write_archive(folder / "archive", size=case.size, files=case.files)
    warm_files(archive.folder)
    work = folder / "work"
    work.mkdir()
    results = []
    for half in HALVES:
        cost = run_job(half, archive.folder, work, environment={MEMORY: str(memory_mib)})
        written = _size(work / "lake") if half == "lake" else (work / "warehouse.duckdb").stat().st_size
        results.append(Measured(case, half, archive, cost, written))
        if cost.events != archive.events:
            raise SystemExit(f"{half} of {case} reported {cost.events:,} events of {archive.events:,}")
    rows = count_rows(work / "warehouse.duckdb")
    if rows != archive.distinct:
        raise SystemExit(f"{case} left {rows:,} rows for {archive.distinct:,} distinct events")
    return results


def judge(results: Sequence[Measured], *, memory_mib: int) -> dict[str, str]:
    """Peak memory beside the setting, and each large hour's throughput beside the small one's."""
    base = {each.half: each for each in results[: len(HALVES)]}
    peak = max(each.cost.peak for each in results) / 2**20
    verdicts = {"peak memory": f"{peak:,.0f} MiB of {memory_mib:,} {_word(peak <= memory_mib)}"}
    for each in results[len(HALVES) :]:
        cpu = each.cost.rate / base[each.half].cost.rate
        wall = each.per_wall / base[each.half].per_wall
        reported = f"{cpu:.0%} by CPU, {wall:.0%} by the clock"
        verdicts[f"{HALVES[each.half]}, {each.case}: throughput of the small hour"] = (
            f"{reported} {_word(wall >= LEAST_SHARE)}"
        )
    return verdicts


def _word(good: bool) -> str:
    return "(within)" if good else "(MISSED)"


_HEAD: Final = (
    f"{'hour':>24} {'half':>16} {'events':>11} {'CPU s':>7} {'wall s':>7} {'µs CPU/ev':>9} {'events/s':>9} "
    f"{'peak MiB':>9} {'temporary GB':>13} {'of raw':>7} {'written GB':>11}"
)


def _line(each: Measured) -> str:
    cost, raw = each.cost, each.archive.decompressed
    return (
        f"{each.case!s:>24} {HALVES[each.half]:>16} {cost.events:>11,} {cost.cpu:>7.1f} {cost.wall:>7.1f} "
        f"{cost.cpu / cost.events * 1e6:>9.1f} {each.per_wall:>9,.0f} {cost.peak / 2**20:>9,.0f} "
        f"{cost.temporary / 1e9:>13.2f} {cost.temporary / raw:>7.2f} {each.written / 1e9:>11.2f}"
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big_hour", description=__doc__)
    parser.add_argument("--gb", type=float, default=10, help="raw data of the large hour, in GB (%(default)s)")
    parser.add_argument("--files", type=int, nargs="+", default=[20, 10_000], help="its files; several (20 and 10000)")
    parser.add_argument("--base-gb", type=float, default=1, help="the hour it is held against, in GB (%(default)s)")
    parser.add_argument("--base-files", type=int, default=20, help="and its files (%(default)s)")
    parser.add_argument("--memory-mib", type=int, default=DEFAULT_MIB, help="the setting memory_mib (%(default)s)")
    parser.add_argument("--work", type=Path, help="where files go, about 4 times --gb (the system's temporary folder)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
