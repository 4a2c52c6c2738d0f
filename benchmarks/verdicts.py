"""What the numbers say: ratios between jobs, and the project's targets, reached or missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.data import Archive
from benchmarks.measure import Cost

Costs = Mapping[str, Cost]

HOUR_EVENTS: Final = 3_000_000
"""Events of the hour whose wall time has a target; other sizes are scaled to it."""


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured."""

    target: str
    measured: float
    limit: float
    unit: str = "x"
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is reached."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        word = "reached" if self.reached else "MISSED"
        return f"{word:8} {self.measured:8.2f} {self.unit} ({sign} {self.limit:g}) {self.target}"


_CPU: Final = {
    "archive to lake / floor": ("lake", "floor"),
    "archive to tables / floor": ("whole", "floor"),
    "archive to PostgreSQL / floor": ("whole_postgresql", "floor"),
    "five rules / none: archive to tables": ("whole_masked", "whole"),
    "forty contracts / none: archive to tables": ("whole_contracts", "whole"),
    "DuckDB by hand / archive to tables": ("plain_duckdb", "whole"),
    "polars by hand / archive to tables (clean)": ("plain_polars", "whole:clean"),
    "dlt / archive to tables (dlt's archive)": ("dlt_merge", "whole:small"),
    "nasty / clean: archive to lake": ("lake:nasty", "lake:clean"),
    "nasty / clean: lake to tables": ("tables:nasty", "tables:clean"),
    "lenient / clean: archive to lake": ("lake:lenient", "lake:clean"),
    "lenient / clean: archive to tables": ("whole:lenient", "whole:clean"),
    "large / normal: floor": ("floor:large", "floor"),
    "large / normal: archive to lake": ("lake:large", "lake"),
    "large / normal: lake to tables": ("tables:large", "tables"),
}


def compare(costs: Costs) -> dict[str, float]:
    """Ratios of CPU per event, between the jobs that ran."""
    return {
        label: costs[over].each / costs[under].each
        for label, (over, under) in _CPU.items()
        if over in costs and under in costs
    }


def judge(costs: Costs, archives: Mapping[str, Archive]) -> list[Verdict]:
    """Every target whose jobs ran."""
    verdicts = [
        Verdict(target, ratio, limit, at_least=at_least)
        for label, target, limit, at_least in (
            ("archive to lake / floor", "archive -> lake, CPU per event, beside the floor", 2.5, False),
            ("archive to tables / floor", "archive -> tables in DuckDB, CPU per event, beside the floor", 6.0, False),
            ("DuckDB by hand / archive to tables", "CPU of the DuckDB job beside ours", 1.5, True),
            ("polars by hand / archive to tables (clean)", "CPU of the polars script beside ours", 3.0, True),
            ("lenient / clean: archive to lake", "NaN in every line beside none, CPU to the lake", 4.0, False),
            ("lenient / clean: archive to tables", "NaN in every line beside none, CPU to the tables", 4.0, False),
            (
                "five rules / none: archive to tables",
                "five rules of masking beside none, CPU to the tables",
                1.1,
                False,
            ),
            (
                "forty contracts / none: archive to tables",
                "contracts of forty events beside none, CPU to the tables",
                1.25,
                False,
            ),
            ("dlt / archive to tables (dlt's archive)", "CPU of dlt beside ours", 15.0, True),
        )
        if (ratio := compare(costs).get(label)) is not None
    ]
    verdicts += _judge_sums(costs)
    verdicts += _judge_walls(costs)
    if "lake" in costs:
        share = costs["lake"].written / archives["realistic"].compressed
        verdicts.append(Verdict("bytes in the lake per raw gzip byte", share, 0.8, unit="B"))
    return verdicts


def _judge_sums(costs: Costs) -> list[Verdict]:
    """Both halves of the way together: a nasty archive beside a clean one, a large hour beside a normal one."""
    verdicts = []
    for over, under, target, limit in (
        (":nasty", ":clean", "nasty beside clean, CPU per event of both halves", 2.5),
        (":large", "", "growth: CPU per event of both halves, large beside normal", 1.1),
    ):
        keys = [f"{half}{variant}" for variant in (over, under) for half in ("lake", "tables")]
        if all(key in costs for key in keys):
            first, second, third, fourth = (costs[key].each for key in keys)
            verdicts.append(Verdict(target, (first + second) / (third + fourth), limit))
    return verdicts


def _judge_walls(costs: Costs) -> list[Verdict]:
    verdicts = []
    for key, limit, name in (("whole", 120.0, "DuckDB"), ("whole_postgresql", 240.0, "PostgreSQL")):
        if key in costs:
            scaled = "" if costs[key].events > HOUR_EVENTS * 0.99 else f", scaled from {costs[key].events:,}"
            seconds = costs[key].wall_each * HOUR_EVENTS / 1e6
            verdicts.append(Verdict(f"archive -> {name}, wall, {HOUR_EVENTS:,} events{scaled}", seconds, limit, "s"))
    if {"whole_postgresql", "copy_postgresql", "lake"} <= costs.keys():
        bare = costs["copy_postgresql"].stages["copy"] + costs["lake"].wall
        target = "archive -> PostgreSQL, wall, beside bare binary COPY plus normalize"
        verdicts.append(Verdict(target, costs["whole_postgresql"].wall / bare, 1.8))
    for one, two, name in (("whole:one-core", "whole", "one hour"), ("whole:hours-one-core", "whole:hours", "hours")):
        if one in costs and two in costs:
            ratio = costs[one].wall / costs[two].wall
            verdicts.append(Verdict(f"wall speed-up from 1 to 2 cores, {name}", ratio, 1.7, at_least=True))
    return verdicts
