"""The pictures of a run: which jobs they show, and that they can be drawn again from its JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="make bench installs what it needs")

from benchmarks.list import COMPARED, JOBS
from benchmarks.measure import Cost
from benchmarks.picture import draw_comparison, main

MACHINE = {"processor": "P", "cores": "2", "python": "3.11", "duckdb": "1.5", "polars": "2.1", "dlt": "1.31"}


def costs_of(jobs: dict[str, int]) -> dict[str, Cost]:
    """A cost for each job: so many events, at ten µs each, in one second."""
    return {key: Cost(events=events, cpu=events / 1e5, wall=1, peak=1) for key, events in jobs.items()}


@pytest.mark.slow
def test_both_pictures_are_drawn_again_from_the_json_of_a_run(tmp_path: Path) -> None:
    medians = costs_of({job.key: 1_000 + number for number, job in enumerate(JOBS)})
    results = {
        "machine": MACHINE,
        "medians": {key: asdict(cost) | {"rate": cost.rate} for key, cost in medians.items()},
    }
    (tmp_path / "bench.json").write_text(json.dumps(results))
    draw_comparison(medians, MACHINE, tmp_path / "first.svg")
    main([str(tmp_path / name) for name in ("bench.json", "all.svg", "compared.svg")])
    assert (tmp_path / "compared.svg").read_bytes() == (tmp_path / "first.svg").read_bytes()
    drawn = (tmp_path / "compared.svg").read_text()
    assert all(label in drawn for label in COMPARED.values())
    assert "1,003 events with realistic dirt" in drawn
    assert len((tmp_path / "all.svg").read_text()) > len(drawn)


@pytest.mark.slow
def test_nothing_is_drawn_beside_others_that_did_not_run(tmp_path: Path) -> None:
    draw_comparison(costs_of({"floor": 1, "whole": 1}), MACHINE, tmp_path / "picture.svg")
    assert not (tmp_path / "picture.svg").exists()
