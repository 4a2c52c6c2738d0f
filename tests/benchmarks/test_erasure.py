"""What `python -m benchmarks.erasure` measures is there: persons are erased from a small and a large store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.erasure import main


@pytest.mark.slow
def test_persons_of_few_and_of_all_hours_are_erased(tmp_path: Path) -> None:
    small = ["--rows", "2000", "--hours", "4", "--events", "10", "--per-hour", "200", "--audited", "2"]
    main([*small, "--only", "duckdb", "--work", str(tmp_path), "--results", str(tmp_path / "erasure.json")])
    found = json.loads((tmp_path / "erasure.json").read_text())["found"]
    for rows in ("200", "2,000"):
        assert found[f"duckdb, {rows} rows: a person of few hours: hours"] == 1
        assert found[f"duckdb, {rows} rows: a person of every hour: hours"] == 3
        assert found[f"duckdb, {rows} rows: 1,000 persons: hours"] == 3
        whole, alone, scrub = (
            found[f"duckdb, {rows} rows: 1,000 persons{part}: seconds"] for part in ("", ": hours alone", ": scrub")
        )
        assert 0 < scrub < whole
        assert whole == pytest.approx(alone + scrub)
    assert found["duckdb: 1,000 persons: growth"]
