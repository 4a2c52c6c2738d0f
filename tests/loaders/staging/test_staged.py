"""Where staged rows wait for the merge: those of a small hour in memory, of a large one in files, in one order."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.interface.limits import Limits
from loaders.staging import table_stager
from tests.loaders.transform.build import read_staged, stage, tracks

ROWS = [f'{{"v": {number}}}' for number in range(60)]


def test_a_small_hour_goes_into_no_file(tmp_path: Path) -> None:
    tables, staged = stage(tracks(*ROWS), tmp_path)
    assert list(tmp_path.rglob("*")) == []
    assert {table.name: table.rows for table in staged.tables} == {"tracks": 60, "order_completed": 60}
    assert tables["order_completed"]["v"].to_pylist() == list(range(60))
    assert [read_staged(table).equals(tables[table.name]) for table in staged.tables] == [True, True]  # read twice


@pytest.mark.parametrize("held_bytes", [1, 8_000])
def test_rows_in_files_and_rows_in_memory_keep_their_order(tmp_path: Path, held_bytes: int) -> None:
    small, _ = stage(tracks(*ROWS), tmp_path / "small")
    limits = Limits(slice_bytes=1, held_bytes=held_bytes)
    tables, staged = stage(tracks(*ROWS), tmp_path / "large", limits=limits)
    kept = {table.name: (len(table.files), table.held is not None) for table in staged.tables}
    assert min(files for files, _ in kept.values()) > 1
    assert any(held for _, held in kept.values()) == (held_bytes > 1)
    assert {name: table.sort_by("id") for name, table in tables.items()} == {
        name: table.sort_by("id") for name, table in small.items()
    }
    assert tables["order_completed"]["v"].to_pylist() == list(range(60))


def test_an_hour_past_the_bytes_of_a_small_one_waits_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_stager, "_SMALL_BYTES", 1)
    tables, staged = stage(tracks(*ROWS), tmp_path)
    assert [(len(table.files), table.held) for table in staged.tables] == [(1, None)] * 2
    assert tables["order_completed"]["v"].to_pylist() == list(range(60))
