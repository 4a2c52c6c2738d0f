"""A load that is killed leaves all or nothing of its hour, and the next load completes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loaders.load.load import load_hour
from tests.loaders.dialects.snowflake.kill import AFTER, BEFORE
from tests.loaders.lake import MemoryLake
from tests.loaders.tables import Files, check_sums, snapshot
from tests.snowflake import Emulator, SnowflakeDatabase, serving

pytestmark = pytest.mark.slow

OVER = "UPDATE tideline.merge_lock_events SET until = CAST('2026-01-01' AS TIMESTAMP WITH TIME ZONE)"
"""What 120 seconds do to the lease of a killed load."""


def tables_of(files: Files) -> dict[str, object]:
    """Its tables that have rows: new ones stay where they are, empty."""
    found = snapshot(files)
    tables = found["tables"]
    assert isinstance(tables, dict)
    return {**found, "tables": {name: rows for name, rows in tables.items() if rows}}


@pytest.fixture(scope="module")
def wholes(snowflake: Emulator, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The tables before and after the load, when nobody kills it."""
    files = Files(tmp_path_factory.mktemp("whole") / "mirror.duckdb", snowflake.new_database())
    lake, found = MemoryLake(), []
    for events in (BEFORE, AFTER):
        load_hour(files.warehouse, lake.put(0, events))
        found.append(tables_of(files))
    return found


@pytest.mark.parametrize("point", ["9", "COMMIT", "END"])
def test_a_killed_load_leaves_all_or_nothing_and_is_completed(
    point: str, tmp_path: Path, wholes: list[dict[str, object]]
) -> None:
    folder = tmp_path / "emulator"
    folder.mkdir()
    with serving(folder) as emulator:
        url = emulator.new_database().url
        load_hour(Files(tmp_path / "first.duckdb", emulator.database(url)).warehouse, MemoryLake().put(0, BEFORE))
        child = subprocess.run(
            [sys.executable, "-m", "tests.loaders.dialects.snowflake.kill", url, point], check=False, timeout=120
        )
        assert child.returncode == -signal.SIGKILL
    with serving(folder) as emulator:  # the server ends the sessions of clients that are gone
        files = Files(tmp_path / "again.duckdb", same_database(emulator, url))
        left = _without_new_columns(tables_of(files), wholes)
        assert left == (wholes[1] if point == "END" else wholes[0])
        files.execute(OVER)
        load_hour(files.warehouse, MemoryLake().put(0, AFTER))
        check_sums(files)
        assert tables_of(files) == wholes[1]


def same_database(emulator: Emulator, url: str) -> SnowflakeDatabase:
    """The database of a URL at the port of another emulator."""
    port = str(emulator.database(emulator.url).url).partition("port=")[2].partition("&")[0]
    head, _, rest = url.partition("port=")
    return emulator.database(f"{head}port={port}&{rest.partition('&')[2]}")


def _without_new_columns(found: dict[str, object], wholes: list[dict[str, object]]) -> dict[str, object]:
    """Leave out columns without a value that only the second form has: they are added before the load."""
    tables = found["tables"]
    known = wholes[0]["tables"]
    assert isinstance(tables, dict)
    assert isinstance(known, dict)
    slim = {
        name: [{key: value for key, value in row.items() if value is not None or key in known[name][0]} for row in rows]
        if name in known else rows
        for name, rows in tables.items()
    }  # fmt: skip
    return {**found, "tables": slim}
