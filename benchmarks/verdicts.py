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
    "archive to tables / DuckDB by hand": ("whole", "plain_duckdb"),
    "archive to tables / polars by hand (clean)": ("whole:clean", "plain_polars"),
    "24 hours / one hour: archive to tables": ("whole:hours", "whole"),
    "72 small hours / one hour: archive to tables": ("whole:small-hours", "whole:small-hour"),
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
            ("archive to tables / DuckDB by hand", "archive -> DuckDB tables beside DuckDB by hand, CPU", 0.7, False),
            ("72 small hours / one hour: archive to tables", "72 small hours beside one hour, CPU", 1.5, False),
            ("24 hours / one hour: archive to tables", "24 hours beside one hour, CPU", 1.15, False),
            ("archive to lake / floor", "archive -> lake beside the floor, CPU", 4.5, False),
            ("lenient / clean: archive to lake", "NaN in every line beside none, CPU to the lake", 4.0, False),
            ("lenient / clean: archive to tables", "NaN in every line beside none, CPU to the tables", 4.0, False),
            ("five rules / none: archive to tables", "five rules of masking beside none, CPU", 1.1, False),
            ("forty contracts / none: archive to tables", "contracts of forty events beside none, CPU", 1.25, False),
            ("dlt / archive to tables (dlt's archive)", "dlt beside ours, CPU", 15.0, True),
        )
        if (ratio := compare(costs).get(label)) is not None
    ]
    verdicts += _judge_sums(costs)
    verdicts += _judge_walls(costs)
    if "lake" in costs:
        share = costs["lake"].written / archives["realistic"].compressed
        verdicts.append(Verdict("bytes in the lake per raw gzip byte", share, 0.65, unit="B"))
    return verdicts


def _judge_sums(costs: Costs) -> list[Verdict]:
    """Both halves of the way together: a nasty archive beside a clean one, a large hour beside a normal one."""
    verdicts = []
    for over, under, target, limit in (
        (":nasty", ":clean", "nasty beside clean, CPU per event of both halves", 2.2),
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
    if {"whole", "plain_duckdb"} <= costs.keys():
        ratio = costs["whole"].wall_each / costs["plain_duckdb"].wall_each
        verdicts.append(Verdict("archive -> DuckDB tables beside DuckDB by hand, wall", ratio, 0.65))
    if {"whole_postgresql", "copy_postgresql", "lake"} <= costs.keys():
        bare = costs["copy_postgresql"].cpu + costs["lake"].cpu
        target = "archive -> PostgreSQL beside bare binary COPY plus normalize, CPU"
        verdicts.append(Verdict(target, costs["whole_postgresql"].cpu / bare, 1.8))
    for one, two, name in (
        ("whole:one-core", "whole", "one hour"),
        ("whole:hours-one-core", "whole:hours", "24 hours"),
    ):
        if one in costs and two in costs:
            ratio = costs[one].wall / costs[two].wall
            verdicts.append(Verdict(f"wall, one core beside two, {name}", ratio, 1.7, at_least=True))
    return verdicts
