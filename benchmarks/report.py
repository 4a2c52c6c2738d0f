"""How the result is told: a table in the terminal and a picture."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.data import Archive
from benchmarks.measure import Cost


def print_table(
    medians: Mapping[str, Cost], machine: Mapping[str, str], ratios: Mapping[str, float], *, archive: Archive, runs: int
) -> None:
    """Machine and versions, a line per job, and the ratios; CPU is user and system time of the job and its children."""
    print()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(
        f"archive: {archive.events:,} events in {archive.files} files of {archive.hours} hours, "
        f"{archive.decompressed / archive.events:,.0f} bytes an event, {archive.compressed / 1e6:,.0f} MB compressed; "
        f"files in the page cache; medians of {runs} runs; CPU includes start and imports"
    )
    print()
    print(f"{'':44} {'events':>10} {'CPU s':>8} {'wall s':>8} {'µs/event':>9} {'events/CPU s':>13} {'peak MB':>8}")
    for label, cost in medians.items():
        print(
            f"{label:44} {cost.events:>10,} {cost.cpu:>8.1f} {cost.wall:>8.1f} {cost.cpu / cost.events * 1e6:>9.1f} "
            f"{cost.rate:>13,.0f} {cost.peak / 1e6:>8,.0f}"
        )
    print()
    for label, ratio in ratios.items():
        print(f"{label}: {ratio:.1f}")


def draw_picture(medians: Mapping[str, Cost], path: Path) -> None:
    """A dot per job: events per CPU second, on a logarithmic scale."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "tideline"
    figure = Figure(figsize=(9, 0.6 + 0.5 * len(medians)), layout="constrained")
    axes = figure.add_subplot()
    labels = list(medians)[::-1]
    rates = [medians[label].rate for label in labels]
    colours = ["#1f6f8b" if label.startswith("Tideline") else "#b0b0b0" for label in labels]
    axes.hlines(labels, min(rates) / 2, rates, color=colours, linewidth=1)
    axes.scatter(rates, labels, color=colours, s=60, zorder=2)
    for label, rate in zip(labels, rates, strict=True):
        axes.annotate(f"{rate:,.0f}", (rate, label), xytext=(9, 0), textcoords="offset points", va="center")
    axes.set_xscale("log")
    axes.set_xlim(min(rates) / 2, max(rates) * 4)
    axes.set_xlabel("events per second of CPU (one core), logarithmic")
    axes.margins(y=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
