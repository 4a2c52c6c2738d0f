"""Sampling: which files are read, and how much of each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.inspection.sample import plan_reads, plan_sample, plan_whole, scatter
from event_assets.archive.inspection.volume import SampledEvents, project_events
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.source import ArchiveSource
from tests.archive.inspection.test_key_forms import write_events


def files(count: int, size: int = 1000) -> list[ArchiveFile]:
    return [ArchiveFile(f"{n:05}", size, "") for n in range(count)]


@pytest.mark.parametrize("an_hour", [2, 3, 4, 6])
def test_the_sample_falls_on_every_file_of_an_hour_alike(an_hour: int) -> None:
    chosen = scatter(files(200 * an_hour), 200)
    places = Counter(int(file.key) % an_hour for file in chosen)
    assert len(chosen) == len({file.key for file in chosen}) == 200
    assert len(places) == an_hour
    assert min(places.values()) > 0.6 * 200 / an_hour
    assert [file.key for file in chosen] == sorted(file.key for file in chosen)


def test_files_are_read_whole_where_a_fair_number_of_them_has_room() -> None:
    plan = plan_sample(files(100, 1 << 20), 40 << 20, count=400)
    assert {size for _, size in plan} == {1 << 20}
    assert 30 <= len(plan) <= 40


def test_of_large_files_the_beginnings_are_read() -> None:
    plan = plan_sample(files(100, 8 << 20), 40 << 20, count=400)
    assert len(plan) == 100
    assert {size // 10 for _, size in plan} == {(40 << 20) // 1000}
    assert sum(size for _, size in plan) <= 40 << 20


def test_small_files_leave_their_share_to_large_ones() -> None:
    mixed = [*files(9, 100), ArchiveFile("x", 5_000_000, "")]
    assert [size for _, size in plan_reads(mixed, 1 << 20, count=10)] == [100] * 9 + [(1 << 20) - 900]


def test_a_file_that_was_read_represents_those_of_about_its_size() -> None:
    sizes = [1_000] * 90 + [100_000] * 10
    read = [SampledEvents(pl.Series([0] * 100), size, size) for size in [1_000] * 5 + [100_000] * 5]
    assert project_events(read, sizes, sum(sizes)) == 10_000
    assert project_events(read, sizes, 2 * sum(sizes)) == 20_000
    assert project_events(read[:5], sizes, sum(sizes)) == 100 * sum(sizes) // 1_000
    assert project_events([], sizes, sum(sizes)) == 0


def test_a_budget_is_kept_by_whole_files_of_any_size() -> None:
    mixed = [ArchiveFile(f"{n}", (n % 7 + 1) * 100_000, "") for n in range(50)]
    plan = plan_whole(mixed, 3_000_000, count=400)
    assert 2_000_000 < sum(size for _, size in plan) <= 3_000_000
    assert all(size == file.size for file, size in plan)
    assert plan_whole(mixed, 50_000, count=400) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_texts_of_other_encodings_are_looked_at_as_a_load_reads_them(encoding: str, tmp_path: Path) -> None:
    for hour in range(3):
        write_events(tmp_path / f"2026/01/31/{hour:02}/a.json", [datetime(2026, 1, 31, hour, 5, tzinfo=UTC)] * 4)
        path = tmp_path / f"2026/01/31/{hour:02}/a.json"
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert found.verdict is Verdict.FOUND
    assert (found.bad_lines, found.bad_files) == (0, 0)
