"""With the example's definitions, the archive, the tables and the models of dbt are one graph in Dagster."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.defs.build import hour, track, write_config, write_file
from tests.examples.dbt.dbt_environment import PROJECT, run_python


@pytest.mark.slow
def test_the_graph_leads_from_the_archive_to_the_mart_and_loads_start_models(tmp_path: Path) -> None:
    orders = [track(f"m{n}", at=hour(0), order_id=f"o{n}", revenue=9.5, currency="EUR") for n in range(3)]
    write_file(tmp_path / "archive", hour(0), orders)
    config = write_config(tmp_path)
    load = [sys.executable, "-m", "event_assets.cli", "load", "--config", str(config)]  # this process keeps a file open
    subprocess.run(load, check=True, capture_output=True)
    variables = {"TIDELINE_CONFIG": str(config), "DBT_TARGET_PATH": str(tmp_path / "target")}
    script = Path(__file__).with_name("show_graph.py")
    printed = run_python(script, str(PROJECT / "definitions.py"), variables=variables)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    graph = found["graph"]
    assert graph["lake"] == ["archive"]
    assert graph["warehouse"] == ["lake"]
    assert graph["events/order_completed"] == ["warehouse"]
    assert graph["tideline/arrivals"] == ["warehouse"]
    assert graph["marts/orders"] == ["events/order_completed", "tideline/arrivals"]
    assert graph["marts/daily_revenue"] == ["events/order_completed", "tideline/arrivals"]
    assert found["requested"] == [[], ["marts/daily_revenue", "marts/orders"], []]
    assert found["rows"] == {"marts/daily_revenue": 1, "marts/orders": 3}
    assert found["columns"]["marts/orders"]["revenue"] == ["DECIMAL(18,2)", "Revenue of the order, in its currency"]
    unknown = [name for table in found["columns"].values() for name, (_, text) in table.items() if not text]
    assert unknown == [], "every column of a mart is described"
    assert found["checks"]
    assert all(found["checks"])
