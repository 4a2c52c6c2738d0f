"""`make bench`: measures the way from archive to tables beside the floor, plain DuckDB and dlt, and tells the result.

Run as `python -m benchmarks.run`; `--help` tells the options. Never part of the tests: it takes minutes.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.data import Archive, prepare_archive, warm_files
from benchmarks.measure import Cost, run_job, take_median
from benchmarks.report import draw_picture, print_table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Job:
    """A measured job; `follows` names the job whose folder it works in."""

    name: str
    label: str
    follows: str | None = None
    smaller: bool = False
    """Measured on the smaller archive."""


JOBS = (
    Job("floor", "floor: gunzip + strict parser"),
    Job("lake", "Tideline: archive to lake"),
    Job("tables", "Tideline: lake to DuckDB tables", follows="lake"),
    Job("whole", "Tideline: archive to DuckDB tables"),
    Job("plain_duckdb", "plain DuckDB: one read_json, same tables"),
    Job("whole_small", "Tideline: archive to tables, dlt's archive", smaller=True),
    Job("dlt_merge", "dlt: merge into DuckDB, one table", smaller=True),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, print the table, write the JSON and the picture."""
    options = _read_options(arguments)
    large = prepare_archive(options.events, hours=options.hours)
    small = prepare_archive(min(options.dlt_events, options.events), hours=options.hours)
    wanted = _choose_jobs(options.only)
    costs: dict[str, list[Cost]] = {job.name: [] for job in wanted}
    for turn in range(options.runs):
        with tempfile.TemporaryDirectory(prefix="tideline-bench-", dir=options.work) as folder:
            for job in wanted:
                cost = _measure(job, small if job.smaller else large, Path(folder))
                costs[job.name].append(cost)
                print(f"run {turn + 1}: {job.name}: {cost.rate:,.0f} events per CPU second", flush=True)
    medians = {job.label: take_median(costs[job.name]) for job in wanted}
    print_table(medians, machine.describe(), _compare(costs), archive=large, runs=options.runs)
    _write_results(options.results, costs, medians, large, small)


def _choose_jobs(names: Sequence[str] | None) -> list[Job]:
    """The jobs of these names and those they follow; all when none is named."""
    followed = {job.follows for job in JOBS if names and job.name in names}
    return [job for job in JOBS if not names or job.name in names or job.name in followed]


def _measure(job: Job, archive: Archive, folder: Path) -> Cost:
    work = folder / (job.follows or job.name)
    work.mkdir(exist_ok=True)
    warm_files(archive.folder)
    cost = run_job(job.name.removesuffix("_small"), archive.folder, work)
    assert cost.events == archive.events, f"{job.name} handled {cost.events} of {archive.events} events"
    if job.name not in {other.follows for other in JOBS}:
        shutil.rmtree(work)
    return cost


def _compare(costs: dict[str, list[Cost]]) -> dict[str, float]:
    """Ratios of CPU per event, of medians."""
    rates = {name: take_median(runs).rate for name, runs in costs.items()}
    pairs = {
        "floor / Tideline (archive to tables)": ("floor", "whole"),
        "plain DuckDB / Tideline (archive to tables)": ("plain_duckdb", "whole"),
        "Tideline / dlt, on dlt's archive": ("whole_small", "dlt_merge"),
    }
    return {label: rates[a] / rates[b] for label, (a, b) in pairs.items() if a in rates and b in rates}


def _write_results(
    folder: Path, costs: dict[str, list[Cost]], medians: dict[str, Cost], large: Archive, small: Archive
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results = {
        "machine": machine.describe(),
        "archives": [{**asdict(archive), "folder": archive.folder.name} for archive in (large, small)],
        "runs": {name: [asdict(cost) for cost in runs] for name, runs in costs.items()},
        "medians": {label: asdict(cost) | {"rate": cost.rate} for label, cost in medians.items()},
        "ratios": _compare(costs),
    }
    (folder / "bench.json").write_text(json.dumps(results, indent=2) + "\n")
    draw_picture(medians, folder / "bench.svg")
    print(f"written: {folder / 'bench.json'}, {folder / 'bench.svg'}")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the archive (%(default)s)")
    parser.add_argument("--dlt-events", type=int, default=50_000, help="events of the smaller archive (%(default)s)")
    parser.add_argument("--hours", type=int, default=1, help="hours in which each archive arrives (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of every job; medians are told (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=[job.name for job in JOBS], help="jobs to run (all)")
    parser.add_argument("--work", type=Path, help="where the jobs write (the system's folder for temporary files)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where JSON and picture go (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
