"""The archives and jobs of `make bench`: what is measured is what is reported, and every job finds the same events."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.data import Archive, list_files, prepare_archive
from benchmarks.kinds import Name
from benchmarks.list import JOBS
from benchmarks.measure import Cost, run_job
from benchmarks.plan import write_plan
from benchmarks.run import main
from benchmarks.verdicts import compare, judge

TARGETS = {
    "24 hours beside one hour, CPU",
    "72 small hours beside one hour, CPU",
    "NaN in every line beside none, CPU to the lake",
    "NaN in every line beside none, CPU to the tables",
    "archive -> DuckDB tables beside DuckDB by hand, CPU",
    "archive -> DuckDB tables beside DuckDB by hand, wall",
    "archive -> DuckDB, wall, 3,000,000 events",
    "archive -> PostgreSQL beside bare binary COPY plus normalize, CPU",
    "archive -> PostgreSQL, wall, 3,000,000 events",
    "archive -> lake beside the floor, CPU",
    "bytes in the lake per raw gzip byte",
    "contracts of forty events beside none, CPU",
    "dlt beside ours, CPU",
    "five rules of masking beside none, CPU",
    "growth: CPU per event of both halves, large beside normal",
    "nasty beside clean, CPU per event of both halves",
    "wall, one core beside two, 24 hours",
    "wall, one core beside two, one hour",
}
"""Targets of a run of every job."""


def read_ids(archive: Archive) -> list[tuple[str, str]]:
    """Type and id of every line that is JSON."""
    found = []
    for path in list_files(archive.folder):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            found.append((event["type"], event["messageId"]))
    return found


def test_a_realistic_archive_has_copies_and_says_how_many(tmp_path: Path) -> None:
    archive = prepare_archive("realistic", 2_000, folder=tmp_path)
    ids = read_ids(archive)
    assert archive.distinct == len(set(ids)) == 2_000
    assert archive.distinct < len(ids) <= archive.events
    assert 1_400 < archive.decompressed / archive.events < 1_700


def test_a_larger_archive_has_events_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.data.SLICE", 500)
    monkeypatch.setattr("benchmarks.data.ANEW", 1)
    archive = prepare_archive("clean", 1_500, folder=tmp_path)
    assert len(set(read_ids(archive))) == 1_500
    users = {
        json.loads(line)["userId"]
        for path in list_files(archive.folder)
        for line in gzip.decompress(path.read_bytes()).splitlines()
    }
    assert {user[:6] for user in users if user} == {"user-0", "user-1", "user-2"}


def test_an_archive_of_several_hours_arrives_in_them(tmp_path: Path) -> None:
    archive = prepare_archive("clean", 300, hours=3, folder=tmp_path)
    assert {int(path.name.split(".")[0]) // 3600 % 24 for path in list_files(archive.folder)} == {0, 1, 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "jobs"), [("realistic", ["floor", "lake", "plain_duckdb"]), ("clean", ["plain_polars"])]
)
def test_every_job_finds_the_same_events(kind: Name, jobs: list[str], tmp_path: Path) -> None:
    archive = prepare_archive(kind, 1_000, folder=tmp_path / "data")
    write_plan(archive)
    for name in jobs:
        work = tmp_path / name
        work.mkdir()
        cost = run_job(name, archive.folder, work)
        assert cost.events == archive.events, name
        assert cost.distinct == (0 if name == "floor" else archive.distinct), name
        assert name == "floor" or cost.written > 0, name


@pytest.mark.slow
def test_a_run_of_every_job_tells_every_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.data.DATA", tmp_path / "data")
    main(["--events", "400", "--dlt-events", "200", "--large", "800", "--small-hour", "6", "--results", str(tmp_path)])
    found = json.loads((tmp_path / "bench.json").read_text())
    assert set(found["medians"]) == {job.key for job in JOBS}
    assert {one["target"].partition(", scaled")[0] for one in found["targets"]} == TARGETS
    assert sum(found["medians"]["lake"]["stages"].values()) > 0
    assert "stage" in found["medians"]["tables"]["stages"]
    assert found["medians"]["whole_postgresql"]["distinct"] == 400
    assert (tmp_path / "bench.svg").read_text().startswith("<?xml")
    assert "targets" in capsys.readouterr().out


def test_a_target_is_reached_or_missed_by_what_was_measured() -> None:
    costs = {
        "floor": Cost(events=1_000_000, cpu=4.0, wall=4.0, peak=0),
        "lake": Cost(events=1_000_000, cpu=9.0, wall=9.0, peak=0, written=60),
        "whole": Cost(events=1_000_000, cpu=40.0, wall=30.0, peak=0),
        "whole:one-core": Cost(events=1_000_000, cpu=40.0, wall=60.0, peak=0),
        "plain_duckdb": Cost(events=1_000_000, cpu=50.0, wall=50.0, peak=0),
    }
    archive = Archive(Path(), "realistic", events=1, distinct=1, files=1, hours=1, compressed=100, decompressed=1)
    reached = {verdict.target: verdict.reached for verdict in judge(costs, {"realistic": archive})}
    assert reached == {
        "archive -> lake beside the floor, CPU": True,
        "archive -> DuckDB tables beside DuckDB by hand, CPU": False,
        "archive -> DuckDB tables beside DuckDB by hand, wall": True,
        "archive -> DuckDB, wall, 3,000,000 events, scaled from 1,000,000": True,
        "wall, one core beside two, one hour": True,
        "bytes in the lake per raw gzip byte": True,
    }
    assert compare(costs)["archive to tables / floor"] == 10
