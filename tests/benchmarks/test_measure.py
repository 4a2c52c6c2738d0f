"""The benchmarks' measuring: what a job tells, what it costs, and that a failed one is not a result."""

from pathlib import Path

import pytest

from benchmarks.measure import Cost, JobError, measure_folder, run_job, take_median
from event_assets.demo.generate import generate


def test_a_job_tells_its_events_and_what_it_cost(tmp_path: Path) -> None:
    archive = generate(tmp_path / "archive", events=60, days=1, clean=True)
    cost = run_job("lake", archive.folder, tmp_path)
    assert cost.events == 60
    assert cost.cpu > 0.1, "imports alone take longer"
    assert cost.wall > 0
    assert cost.peak > 50_000_000, "polars alone needs more"
    assert list((tmp_path / "lake").rglob("*.parquet"))


def test_a_failed_job_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no_such_job"):
        run_job("no_such_job", tmp_path, tmp_path)


def test_the_median_is_taken_of_each_number() -> None:
    costs = [Cost(events=10, cpu=cpu, wall=wall, peak=peak) for cpu, wall, peak in ((1, 9, 5), (2, 3, 7), (6, 4, 6))]
    assert take_median(costs) == Cost(events=10, cpu=2, wall=4, peak=6)
    assert take_median(costs).rate == 5


def test_the_peak_of_a_job_is_not_that_of_the_process_that_starts_it(tmp_path: Path) -> None:
    archive = generate(tmp_path / "archive", events=60, days=1, clean=True)
    ours = bytearray(b"x") * 1_000_000_000
    cost = run_job("lake", archive.folder, tmp_path)
    assert cost.peak < 600_000_000, f"{cost.peak:,} bytes beside {len(ours):,} of the starter"


def test_a_file_that_is_gone_when_it_is_measured_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "rows").write_bytes(b"x" * 100_000)
    (tmp_path / "spool" / "gone").symlink_to(tmp_path / "removed")
    assert 100_000 <= measure_folder(tmp_path) < 200_000
    assert measure_folder(tmp_path / "removed") == 0
