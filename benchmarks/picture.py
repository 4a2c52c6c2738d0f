"""The picture of a run: CPU per event of every job, on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Cost
from benchmarks.report import LABELS

OURS, OTHERS, FLOOR = "#1f6f8b", "#b0b0b0", "#d9a441"


def draw_picture(medians: Mapping[str, Cost], path: Path) -> None:
    """A bar per job: µs of CPU per event, logarithmic, beside it the events per CPU second; the floor as a line."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "tideline"
    keys = list(medians)[::-1]
    figure = Figure(figsize=(10, 1 + 0.34 * len(keys)), layout="constrained")
    axes = figure.add_subplot()
    each = [medians[key].each for key in keys]
    labels = [LABELS[key] for key in keys]
    axes.barh(labels, each, color=[_colour(label) for label in labels], height=0.6)
    for label, value, key in zip(labels, each, keys, strict=True):
        reported = f"{value:,.1f} µs   {medians[key].rate:,.0f}/s"
        axes.annotate(reported, (value, label), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)
    if "floor" in medians:
        axes.axvline(medians["floor"].each, color=FLOOR, linewidth=1, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlim(min(each) / 2, max(each) * 8)
    axes.set_xlabel("µs of CPU per event, logarithmic; beside it, events per second of CPU")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def _colour(label: str) -> str:
    return FLOOR if label.startswith("floor") else OURS if label.startswith("Tideline") else OTHERS
