"""What many hours cost beside one: the same number of events in 72 small hours, in 24 larger ones, and in one.

Run as `python -m benchmarks.hours`; `--help` lists the options. Each job loads an archive into new DuckDB tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import machine
from benchmarks.data import prepare_archive, warm_files
from benchmarks.measure import Cost, run_job, take_median

RESULTS: Final = Path(__file__).parent / "results" / "hours.json"


@dataclass(frozen=True)
class Shape:
    """Hours of an archive, events of each, and the most that an event may cost beside one in a single hour."""

    hours: int
    events: int
    most: float

    @property
    def name(self) -> str:
        """As it is printed."""
        return f"{self.hours} x {self.events:,}"


SHAPES: Final = (Shape(72, 2_900, 1.5), Shape(24, 40_000, 1.15))
QUICK: Final = (Shape(24, 500, 2.0),)
"""For a look of two minutes: less of an hour is work, so the ratio is larger."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the shapes; print processor time per event and the ratios, and write them as JSON."""
    options = _read_options(arguments)
    machine.print_machine()
    found = {shape.name: measure(shape, options) for shape in (QUICK if options.quick else SHAPES)}
    machine.write_found(options.results, found)


def measure(shape: Shape, options: argparse.Namespace) -> dict[str, float]:
    """Load the same events in the hours of a shape and in one hour, in turn."""
    several: list[Cost] = []
    one: list[Cost] = []
    for turn in range(options.runs):
        for hours, costs in ((shape.hours, several), (1, one)):
            cost = _load(shape.hours * shape.events, hours, options.work)
            costs.append(cost)
            print(
                f"run {turn + 1}: {shape.name} events in {hours} hours: {cost.each:,.1f} µs of CPU an event", flush=True
            )
    many, single = take_median(several), take_median(one)
    ratio = many.each / single.each
    verdict = "reached" if ratio <= shape.most else "MISSED"
    print(
        f"{shape.name}: {many.each:,.1f} µs of CPU an event, {many.wall:,.1f} s; in one hour {single.each:,.1f} µs,"
        f" {single.wall:,.1f} s: {ratio:.2f} of {shape.most:g}: {verdict}\n",
        flush=True,
    )
    return {
        "hours: µs of CPU an event": many.each, "hours: seconds": many.wall,
        "one hour: µs of CPU an event": single.each, "one hour: seconds": single.wall,
        "ratio": ratio,
    }  # fmt: skip


def _load(events: int, hours: int, work: Path | None) -> Cost:
    archive = prepare_archive("realistic", events, hours=hours)
    warm_files(archive.folder)
    with TemporaryDirectory(prefix="tideline-bench-", dir=work, ignore_cleanup_errors=True) as folder:
        cost = run_job("whole", archive.folder, Path(folder))
    assert cost.events == archive.events
    assert cost.distinct == archive.distinct
    return cost


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hours", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="24 hours of 500 events only")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, in turn; medians are reported (%(default)s)")
    parser.add_argument("--work", type=Path, help="where the jobs write (the system's folder for temporary files)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
