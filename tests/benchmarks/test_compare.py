"""What `python -m benchmarks.compare` measures is there: three comparisons, whose findings are those that were made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import compare
from benchmarks.compare import main


@pytest.mark.slow
def test_equal_schemas_and_those_that_differ_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = ["--rows", "300", "--only", "duckdb", "--work", str(tmp_path)]
    main([*small, "--results", str(tmp_path / "compare.json")])
    found = json.loads((tmp_path / "compare.json").read_text())["found"]
    explained = {name: cost["explained"] for name, cost in found.items()}
    assert explained == {"duckdb: equal": 0, "duckdb: one day differs": 0, "duckdb: most rows differ": 270}
    assert all(cost["seconds"] > 0 for cost in found.values())
    monkeypatch.setattr(compare, "make_tables", lambda rows: [*make_tables(rows), "DELETE FROM events.orders"])
    with pytest.raises(SystemExit, match="findings instead of 0"):
        main([*small, "--results", str(tmp_path / "other.json")])


make_tables = compare.make_tables
