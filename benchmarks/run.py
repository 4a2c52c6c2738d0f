"""`make bench`: measures the way from archive to tables beside the floor, DuckDB, polars, dlt and a bare COPY.

Run as `python -m benchmarks.run`; `--help` tells the options. Never part of the tests: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import kinds, machine
from benchmarks.data import Archive, prepare_archive, warm_files
from benchmarks.list import JOBS, QUICK, Job, choose_jobs
from benchmarks.measure import Cost, run_job, take_median
from benchmarks.picture import draw_comparison, draw_picture
from benchmarks.plan import write_plan
from benchmarks.report import print_table
from benchmarks.server import Server, running_server
from benchmarks.verdicts import compare, judge

_KINDS: Final[Mapping[str, kinds.Name]] = {"nasty": "nasty", "lenient": "lenient", "clean": "clean", "small": "clean"}
_MANY_HOURS: Final = 24
_SMALL_HOURS: Final = 72
RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, print the table, write the JSON and the picture."""
    options = _read_options(arguments)
    wanted = choose_jobs(options.only, large=bool(options.large))
    archives = {name: _prepare(name, options) for name in dict.fromkeys(job.archive for job in wanted)}
    costs: dict[str, list[Cost]] = {job.key: [] for job in wanted}
    for turn in range(options.runs):
        with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as folder:
            for key, cost in _measure_all(wanted, archives, Path(folder)):
                costs[key].append(cost)
                print(f"run {turn + 1}: {key}: {cost.each:,.1f} µs of CPU an event, {cost.wall:,.1f} s", flush=True)
    medians = {job.key: take_median(costs[job.key]) for job in wanted}
    ratios, verdicts = compare(medians), judge(medians, archives)
    print_table(medians, archives, machine.describe(), ratios, verdicts, runs=options.runs)
    if options.quick:
        print("\na quick look: start and imports weigh more here than in the archives that the targets are meant for")
    _write_results(options.results, costs, medians, archives, ratios, verdicts)
    if options.picture:
        draw_comparison(medians, machine.describe(), options.picture)
        print(f"written: {options.picture}")


def _prepare(name: str, options: argparse.Namespace) -> Archive:
    small_hours = _SMALL_HOURS * options.small_hour
    sizes = {
        "large": options.large, "small": min(options.dlt_events, options.events),
        "small_hours": small_hours, "small_hour": small_hours,
    }  # fmt: skip
    kind: kinds.Name = _KINDS.get(name, "realistic")
    hours = {"hours": _MANY_HOURS, "small_hours": _SMALL_HOURS}.get(name, 1)
    archive = prepare_archive(kind, sizes.get(name, options.events), hours=hours)
    if kind not in ("nasty", "lenient"):
        write_plan(archive)
    return archive


def _measure_all(wanted: Sequence[Job], archives: dict[str, Archive], folder: Path) -> Iterator[tuple[str, Cost]]:
    """One run of every job; the server runs as long as jobs need it."""
    followed = {job.follows for job in wanted}
    with ExitStack() as stack:
        folder.chmod(0o755)
        server = stack.enter_context(running_server(folder)) if any(job.server for job in wanted) else None
        for job in wanted:
            work = folder / (job.follows or job.key).replace(":", "-")
            work.mkdir(exist_ok=True)
            yield job.key, _measure(job, archives[job.archive], work, server)
            if job.key not in followed:
                shutil.rmtree(work)


def _measure(job: Job, archive: Archive, work: Path, server: Server | None) -> Cost:
    warm_files(archive.folder)
    if server is None or not job.server:
        cost = run_job(job.name, archive.folder, work, one_core=job.one_core)
    else:
        cost = server.measure(lambda environment: run_job(job.name, archive.folder, work, environment=environment))
    glued = (
        archive.kind == "nasty" and cost.events > archive.events
    )  # two events of one line count as two (contract §3)
    if job.counts_lines and cost.events != archive.events and not glued:
        raise SystemExit(f"{job.key} handled {cost.events:,} of {archive.events:,} lines")
    if job.same_ids and archive.distinct and cost.distinct != archive.distinct:
        message = f"{job.key} found {cost.distinct:,} distinct ids of {archive.distinct:,}"
        if job.label.startswith("Tideline"):
            raise SystemExit(message)
        print(f"run with care: {message}", flush=True)
    return cost


def _write_results(
    folder: Path,
    costs: dict[str, list[Cost]],
    medians: dict[str, Cost],
    archives: dict[str, Archive],
    ratios: dict[str, float],
    verdicts: Sequence[object],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results = {
        "machine": machine.describe(),
        "archives": {name: {**asdict(archive), "folder": archive.folder.name} for name, archive in archives.items()},
        "runs": {name: [asdict(cost) for cost in runs] for name, runs in costs.items()},
        "medians": {name: asdict(cost) | {"rate": cost.rate, "each": cost.each} for name, cost in medians.items()},
        "ratios": ratios,
        "targets": [asdict(verdict) for verdict in verdicts],  # type: ignore[call-overload]
    }
    (folder / "bench.json").write_text(json.dumps(results, indent=2) + "\n")
    draw_picture(medians, folder / "bench.svg")
    print(f"\nwritten: {folder / 'bench.json'}, {folder / 'bench.svg'}")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look of two minutes: fewer jobs on small archives")
    parser.add_argument("--events", type=int, default=1_000_000, help="distinct events of an archive (%(default)s)")
    parser.add_argument("--large", type=int, default=0, help="those of a larger archive, for growth (none)")
    parser.add_argument("--dlt-events", type=int, default=50_000, help="those of dlt's archive (%(default)s)")
    parser.add_argument("--small-hour", type=int, default=2_900, help="events of one of 72 small hours (%(default)s)")
    parser.add_argument("--runs", type=int, default=1, help="runs of every job; medians are reported (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=[job.key for job in JOBS], help="jobs to run (all)", metavar="JOB")
    parser.add_argument("--work", type=Path, help="where the jobs write (the system's folder for temporary files)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where JSON and picture go (%(default)s)")
    parser.add_argument("--picture", type=Path, help="where the picture of the README goes (nowhere)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.events, options.dlt_events, options.small_hour = 50_000, 2_000, 300
        options.only = options.only or QUICK
    return options


if __name__ == "__main__":
    main()
