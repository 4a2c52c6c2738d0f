"""What `python -m benchmarks.warehouses` measures is there, for each warehouse in its list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytest.importorskip("adbc_driver_postgresql", reason="make bench installs what it needs")

from benchmarks.warehouses import TARGET, WAREHOUSES, main
from loaders.dialects import KINDS

MEASURED = ["duckdb", "postgresql", "clickhouse"]
"""An engine in files, a server, and an engine whose rows are in many files."""

NOT_MEASURED = {"snowflake"}
"""Those of which there is an emulator alone: what it costs says nothing."""


def test_every_warehouse_is_in_the_list_and_in_the_table() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").lower()
    kinds = {name for name, kind in KINDS.items() if kind.form}
    assert kinds >= NOT_MEASURED
    assert len(WAREHOUSES) == len(kinds - NOT_MEASURED)
    assert [name for name in WAREHOUSES if f"| {name}, one small hour |" not in page] == []


@pytest.mark.slow
def test_loads_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.data.DATA", tmp_path / "data")
    small = ["--events", "300", "--small", "400", "--hours", "3", "--only", *MEASURED]
    main([*small, "--work", str(tmp_path), "--results", str(tmp_path / "found.json")])
    found = json.loads((tmp_path / "found.json").read_text())["found"]
    assert list(found) == MEASURED
    for warehouse, loads in found.items():
        assert list(loads) == ["one hour", "one small hour", "3 small hours"]
        for name, cost in loads.items():
            assert min(cost[one] for one in ("statements", "staged_tables", "staged_bytes", "written_bytes", "cpu")) > 0
            assert cost["cpu_ratio"] == cost["cpu_us"] / found["duckdb"][name]["cpu_us"]
        assert (loads["one small hour"]["hours"], loads["3 small hours"]["hours"]) == (1, 3)
        assert loads["3 small hours"]["statements_ratio"] <= TARGET
        assert (loads["one hour"]["server_cpu"] > 0) == (warehouse == "postgresql")
