"""What `python -m benchmarks.small` measures is there: small hours are loaded, late rows are inserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("adbc_driver_postgresql", reason="make bench installs what it needs")

from benchmarks.small import main


@pytest.mark.slow
def test_small_hours_and_late_rows_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.data.DATA", tmp_path / "data")
    small = ["--events", "20", "--hours", "2", "--rows", "3000", "--late", "10", "--runs", "1"]
    main(
        [
            *small,
            "--loads",
            "3",
            "--growth-events",
            "20",
            "--only",
            "hour",
            "growth",
            "duckdb",
            "--results",
            str(tmp_path / "small.json"),
        ]
    )
    found = json.loads((tmp_path / "small.json").read_text())["found"]
    assert found["DuckDB: 10 late rows into 3,000: seconds"] > 0
    assert found["tideline load, nothing pending: seconds"] > 0
    first, last = (found[f"3 loads of 20 events: the {which} ones: CPU seconds"] for which in ("first", "last"))
    assert found["3 loads of 20 events: growth"] == last / first > 0
