"""What `python -m benchmarks.hours` measures is there: the same events are loaded in several hours and in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("adbc_driver_postgresql", reason="make bench installs what it needs")

from benchmarks import hours
from benchmarks.hours import Shape, main


@pytest.mark.slow
def test_several_hours_are_measured_beside_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.data.DATA", tmp_path / "data")
    monkeypatch.setattr(hours, "QUICK", (Shape(2, 20, 1.5),))
    main(["--quick", "--results", str(tmp_path / "hours.json")])
    found = json.loads((tmp_path / "hours.json").read_text())["found"]["2 x 20"]
    assert found["ratio"] == pytest.approx(found["hours: µs of CPU an event"] / found["one hour: µs of CPU an event"])
    assert found["one hour: seconds"] > 0
