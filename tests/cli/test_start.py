"""The imports of a command before it works: those that it needs, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_LOAD = """
import sys
from event_assets.cli.app import run

code = run(["load", "--archive", "archive", "--layout", "rudderstack", "--lake", "lake", "--warehouse", "w.duckdb"])
print(code, sorted({"dagster", "psycopg", "pgpq", "duckdb"} & sys.modules.keys()))
"""


def test_a_load_into_duckdb_imports_neither_dagster_nor_the_driver_of_postgresql(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    done = subprocess.run([sys.executable, "-c", _LOAD], cwd=tmp_path, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1:] == ["0 ['duckdb']"], done.stderr
