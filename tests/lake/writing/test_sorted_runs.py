"""Sorted runs on the disk: only a few keys of a run stay in memory."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import polars as pl

from event_assets.lake.row_kinds import EVENTS
from event_assets.lake.writing.sorted_runs import Spool, open_runs
from tests.lake.build import HOUR

ROWS = 20_000
MIB = 1 << 20


def make_rows(run: int) -> pl.DataFrame:
    """Rows whose ids take 4 MiB."""
    number = pl.int_range(ROWS, dtype=pl.Int64) + run * ROWS
    columns = {
        "id": pl.format("{}-{}", number.hash(), pl.lit("x" * 190)),
        "timestamp": pl.lit(HOUR) + timedelta(seconds=1) * (number % 3600),
        "type": pl.lit("track"),
    }
    given = [columns.get(name, pl.lit(None)).cast(kind).alias(name) for name, kind in EVENTS.schema.items()]
    return pl.select(*given)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_run_on_the_disk_leaves_only_its_keys_in_memory(tmp_path: Path) -> None:
    spool = Spool(EVENTS, tmp_path / "spool", run_bytes=1, mark_bytes=64 << 10)
    for run in range(10):
        spool.add(make_rows(run))
    before = resident()
    for run in range(10, 60):
        spool.add(make_rows(run))
    assert resident() - before < 60 * MIB, "the ids of fifty runs take 200 MiB"
    rows = open_runs(EVENTS, [spool.close()])
    assert (len(rows.runs), sum(run.height for run in rows.runs)) == (60, 60 * ROWS)


def test_sorted_rows_that_come_in_frames_are_one_run_with_the_keys_of_a_single_frame(tmp_path: Path) -> None:
    rows = make_rows(0).with_columns(context=pl.lit("c" * 100)).sort(EVENTS.by)
    whole, cut = (Spool(EVENTS, tmp_path / name, run_bytes=1, mark_bytes=64 << 10) for name in ("whole", "cut"))
    whole.add_sorted([rows])
    cut.add_sorted(rows.iter_slices(777))
    (one,), (other,) = (open_runs(EVENTS, [spool.close()]).runs for spool in (whole, cut))
    assert len(one.marks) > 10
    assert (one.marks, one.mark_rows, one.height) == (other.marks, other.mark_rows, other.height)
    assert one.hashes is not None
    assert other.hashes is not None
    assert one.hashes.equals(other.hashes)
    assert one.rows.slice(0, ROWS).equals(other.rows.slice(0, ROWS))
    assert [other.rows.key_at(row) for row in other.mark_rows] == list(other.marks)


def test_no_sorted_rows_are_no_run(tmp_path: Path) -> None:
    spool = Spool(EVENTS, tmp_path / "spool", run_bytes=1, mark_bytes=64 << 10)
    spool.add_sorted([])
    assert open_runs(EVENTS, [spool.close()]).runs == ()
