"""An hour many times larger than what may be held: memory does not follow it, and no event is lost or doubled."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.big_archive import write_archive
from benchmarks.big_hour import Case, Measured, measure_case
from event_assets.config.memory import LEAST_MIB

MIB = 1 << 20


def measure(size: int, files: int, folder: Path) -> dict[str, Measured]:
    folder.mkdir()
    return {each.half: each for each in measure_case(Case(size, files), folder, memory_mib=LEAST_MIB)}


def test_the_archive_counts_its_copies_as_they_are(tmp_path: Path) -> None:
    archive = write_archive(tmp_path, size=1_500_000, files=7)
    lines = [line for path in tmp_path.rglob("*.gz") for line in gzip.decompress(path.read_bytes()).splitlines()]
    ids = Counter((event["type"], event["messageId"]) for event in map(json.loads, lines))
    assert (archive.events, archive.distinct, archive.files) == (len(lines), len(ids), 7)
    assert archive.distinct < archive.events
    assert archive.decompressed == sum(map(len, lines)) + len(lines)


@pytest.mark.slow
def test_memory_does_not_follow_the_size_of_an_hour(tmp_path: Path) -> None:
    small, large = measure(150_000_000, 3, tmp_path / "small"), measure(600_000_000, 5, tmp_path / "large")
    for half, cost in ((half, each.cost) for half, each in large.items()):
        assert cost.peak <= LEAST_MIB * MIB, f"{half} took {cost.peak / MIB:,.0f} MiB"
        growth = cost.peak - small[half].cost.peak
        assert growth < 200 * MIB, f"{half} took {growth / MIB:,.0f} MiB more for 450 MB more"
        archive = large[half].archive
        stated = archive.decompressed + 300 * archive.events
        assert cost.temporary < (stated if half == "lake" else 2 * stated), half
    assert large["lake"].cost.temporary > 300_000_000, "most of the hour was on the disk for a while"


@pytest.mark.slow
def test_many_small_files_are_read_together(tmp_path: Path) -> None:
    few, many = measure(60_000_000, 2, tmp_path / "few"), measure(60_000_000, 6_000, tmp_path / "many")
    more = many["lake"].cost.cpu - few["lake"].cost.cpu
    assert more / 6_000 < 0.002, "two milliseconds of processor time a file"
    assert many["lake"].cost.peak - few["lake"].cost.peak < 100 * MIB
    assert many["lake"].archive.distinct == few["lake"].archive.distinct
