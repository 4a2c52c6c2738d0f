"""Prints the result in the terminal: a table of the jobs, their steps, ratios, and the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.data import Archive
from benchmarks.list import JOBS
from benchmarks.measure import Cost
from benchmarks.verdicts import Verdict

LABELS = {job.key: job.label for job in JOBS}


def print_table(
    medians: Mapping[str, Cost],
    archives: Mapping[str, Archive],
    machine: Mapping[str, str],
    ratios: Mapping[str, float],
    verdicts: Sequence[Verdict],
    *,
    runs: int,
) -> None:
    """Everything; CPU is user and system time of the job, its children and the server, start and imports included."""
    print("\n" + ", ".join(f"{name} {value}" for name, value in machine.items()))
    for name, archive in archives.items():
        print(
            f"archive {name}: {archive.events:,} lines in {archive.files:,} files of {archive.hours} hours,"
            f" {archive.decompressed / archive.events:,.0f} bytes a line, {archive.compressed / 1e6:,.0f} MB compressed"
        )
    print(f"medians of {runs} runs; files in the page cache; CPU includes start and imports\n")
    print(
        f"{'':46} {'lines':>10} {'CPU s':>8} {'wall s':>8} {'CPU µs':>8} {'wall µs':>8} {'per CPU s':>10}"
        f" {'peak MB':>8} {'MB out':>8} {'ids':>10}"
    )
    for key, cost in medians.items():
        print(
            f"{LABELS[key]:46} {cost.events:>10,} {cost.cpu:>8.1f} {cost.wall:>8.1f} {cost.each:>8.1f}"
            f" {cost.wall_each:>8.1f} {cost.rate:>10,.0f} {cost.peak / 1e6:>8,.0f} {cost.written / 1e6:>8,.0f}"
            f" {cost.distinct or '':>10}"
        )
    print("\nsteps, seconds of wall time")
    for key, cost in medians.items():
        if cost.stages:
            print(f"{LABELS[key]:46} " + ", ".join(f"{step} {spent:.2f}" for step, spent in cost.stages.items()))
    print("\nratios of CPU per event")
    for label, ratio in ratios.items():
        print(f"{label:46} {ratio:8.2f}")
    print("\ntargets", *verdicts, sep="\n")
