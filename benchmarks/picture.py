"""Pictures of a run: CPU per event of every job on one scale, and a smaller one of those that a reader compares.

`python -m benchmarks.picture` draws both again from the JSON of a run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.list import COMPARED, JOBS
from benchmarks.measure import Cost
from benchmarks.report import LABELS

OURS, OTHERS, FLOOR = "#1f6f8b", "#b0b0b0", "#d9a441"
_ARCHIVES: Final = {job.key: job.archive for job in JOBS}
_WORDS: Final = {
    "realistic": "events with realistic dirt",
    "hours": "events with realistic dirt",
    "clean": "clean events",
    "small": "clean events",
}


def draw_picture(medians: Mapping[str, Cost], path: Path) -> None:
    """A bar per job: µs of CPU per event, logarithmic, beside it the events per CPU second; the floor as a line."""
    reported = {key: f"{cost.each:,.1f} µs   {cost.rate:,.0f}/s" for key, cost in medians.items()}
    labels = {key: LABELS[key] for key in medians}
    note = "µs of CPU per event, logarithmic; beside it, events per second of CPU"
    _draw(medians, labels, reported, path, note=note)


def draw_comparison(medians: Mapping[str, Cost], machine: Mapping[str, str], path: Path) -> None:
    """The jobs of COMPARED, ours beside others on the same archive: µs of CPU per event and seconds by the clock.

    Nothing is drawn unless all of them ran.
    """
    if not COMPARED.keys() <= medians.keys():
        return
    chosen = {key: medians[key] for key in COMPARED}
    reported = {key: f"{cost.each:,.1f} µs   {cost.wall:,.1f} s" for key, cost in chosen.items()}
    labels = {key: f"{label}\n{chosen[key].events:,} {_WORDS[_ARCHIVES[key]]}" for key, label in COMPARED.items()}
    versions = ", ".join(f"{name} {machine[name]}" for name in ("duckdb", "polars", "dlt"))
    note = (
        "CPU of an event in µs, logarithmic; beside it, seconds by the clock.\n"
        f"{machine['cores']} cores of {machine['processor']}, Python {machine['python']}, {versions}"
    )
    _draw(chosen, labels, reported, path, note=note)


def _draw(
    costs: Mapping[str, Cost], labels: Mapping[str, str], reported: Mapping[str, str], path: Path, *, note: str
) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "tideline"
    keys = list(costs)[::-1]
    lines = sum(labels[key].count("\n") + 1 for key in keys)
    figure = Figure(figsize=(10, 1 + 0.1 * len(keys) + 0.24 * lines), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    each = [costs[key].each for key in keys]
    axes.barh([labels[key] for key in keys], each, color=[_colour(labels[key]) for key in keys], height=0.6)
    for key in keys:
        place = (costs[key].each, labels[key])
        axes.annotate(reported[key], place, xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)
    if "floor" in costs:
        axes.axvline(costs["floor"].each, color=FLOOR, linewidth=1, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlim(min(each) / 2, max(each) * 8)
    axes.set_xlabel(note)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def _colour(label: str) -> str:
    return FLOOR if label.startswith("floor") else OURS if label.startswith("Tideline") else OTHERS


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw both pictures of a run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.picture", description=__doc__)
    parser.add_argument("results", type=Path, help="bench.json of a run")
    parser.add_argument("all", type=Path, help="where the picture of all jobs goes")
    parser.add_argument("compared", type=Path, help="where the smaller one goes")
    options = parser.parse_args(arguments)
    results = json.loads(options.results.read_text())
    fields = Cost.__dataclass_fields__
    medians = {
        key: Cost(**{name: value for name, value in found.items() if name in fields})
        for key, found in results["medians"].items()
    }
    draw_picture(medians, options.all)
    draw_comparison(medians, results["machine"], options.compared)


if __name__ == "__main__":
    main()
