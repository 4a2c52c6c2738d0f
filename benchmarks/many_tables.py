"""What hundreds of tables and thousands of hours cost the definitions, every tick, the catalog page and a run's steps.

Run as `python -m benchmarks.many_tables`; `--help` lists the options. The hours are loaded by `tideline load` and
reported by the sensors' own ticks, which is not measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import machine
from benchmarks.many_tables_pages import OWN, time_catalog, time_definitions
from benchmarks.many_tables_project import Project, Shape, Spent
from benchmarks.many_tables_ticks import Ticks
from benchmarks.verdicts import Verdict

RESULTS: Final = Path(__file__).parent / "results" / "many_tables.json"
DEFINITIONS: Final = "Definitions in a new process"
MOST_DEFINITIONS: Final = 3.0
"""Seconds from the start of a new process until it could send the definitions. A code server has no target: it starts a
second process, in which Dagster asks for them twice, and stands beside the location without definitions."""
MOST_TICK: Final = 5.0
"""Seconds that a tick, the answer of the catalog page, or what a step reports may take."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the project, measure each part, print it beside its target and write JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    shape = Shape(options.tables, options.days, options.events)
    with _project(options, shape) as project:
        found = measure(project, options.runs)
    for part, numbers in found.items():
        print(f"\n{part}")
        for name, spent in slowest(numbers, shape.sources).items():
            print(f"{judge(part, name, spent)}{f' ({spent.cpu:.2f} s of CPU)' if spent.cpu else ''}")
    seconds = {part: {name: vars(spent) for name, spent in of_part.items()} for part, of_part in found.items()}
    machine.write_found(options.results, seconds, shape=vars(shape))


def measure(project: Project, runs: int) -> dict[str, dict[str, Spent]]:
    """Return what was spent by part and name."""
    found: dict[str, dict[str, Spent]] = {}
    with Ticks(project) as ticks:
        found["Slowest tick of each sensor until all hours are reported"] = ticks.catch_up()
    found[DEFINITIONS] = _medians([time_definitions(project) for _ in range(runs)])
    with Ticks(project) as ticks:
        found["Ticks with nothing to do"] = _medians([ticks.all() for _ in range(runs)])
        for source in project.shape.sources:
            project.write_late_file(source, part=1)
        project.load()
        found["Ticks after a late file for every table"] = ticks.all()
        project.write_late_file(project.shape.sources[0], part=2)
        found["Steps of a run of that hour, without its load"] = ticks.run_hour(project.shape.sources[0])
    found["Catalog page"] = time_catalog(project, runs)
    return found


def slowest(numbers: Mapping[str, Spent], sources: Sequence[str]) -> dict[str, Spent]:
    """Return what the sensors and schedules of one kind took, of whichever source they took longest."""
    found: dict[str, Spent] = {}
    for name, spent in numbers.items():
        kind = next((name.removesuffix(f"_{source}") for source in sources if name.endswith(f"_{source}")), name)
        found[kind] = max(spent, found.get(kind, spent), key=lambda one: one.wall)
    return found


def judge(part: str, name: str, spent: Spent) -> str:
    """Return a number beside its target, if it has one."""
    if part == DEFINITIONS and name != OWN:
        return f"{'':8} {spent.wall:8.2f} s {name}"
    return f"{Verdict(name, spent.wall, MOST_DEFINITIONS if part == DEFINITIONS else MOST_TICK, 's')}"


def _medians(runs: Sequence[Mapping[str, Spent]]) -> dict[str, Spent]:
    return {
        name: Spent(median(run[name].wall for run in runs), median(run[name].cpu for run in runs)) for name in runs[0]
    }


@contextmanager
def _project(options: argparse.Namespace, shape: Shape) -> Iterator[Project]:
    """Provide a new project with every hour loaded."""
    with TemporaryDirectory(prefix="tideline-bench-", dir=options.work, ignore_cleanup_errors=True) as folder:
        project = Project(Path(folder), shape)
        print(f"{shape.tables} event tables of {len(shape.sources)} sources, {shape.hours} hours: building", flush=True)
        project.write()
        project.load()
        yield project


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_tables", description=__doc__)
    parser.add_argument("--tables", type=int, default=500, help="event tables of all sources (%(default)s)")
    parser.add_argument("--days", type=int, default=90, help="days of archive hours (%(default)s)")
    parser.add_argument("--events", type=int, default=40, help="events of an hour of a source (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="times that each is measured, for the median (%(default)s)")
    parser.add_argument("--work", type=Path, help="where files go (the system's temporary folder)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
