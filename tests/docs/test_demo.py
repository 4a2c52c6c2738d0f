"""What the pages show of the demo is what the demo prints and what its warehouse holds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROOT
from tests.docs.pages import blocks


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a demo with its own numbers, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli", "demo", "--folder", str(folder)],
        env=environment | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_the_demo_prints_what_its_page_shows(printed: tuple[Path, str]) -> None:
    shown, _ = [block for block in blocks("text") if block.page.name == "demo.md"]
    lines = {line.rstrip() for line in printed[1].splitlines()}
    assert [line for line in shown.text.splitlines() if line not in lines] == []


@pytest.mark.slow
def test_init_reports_of_the_demo_what_its_page_shows(printed: tuple[Path, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli", "init", "demo/archive", "--config", "new.toml"],
        cwd=printed[0].parent,
        env=environment | {"COLUMNS": "100", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (shown,) = [block for block in blocks("text") if block.page.name == "init.md"]
    printed_text = done.stdout.replace(" --config new.toml", "").replace("new.toml", "tideline.toml")
    lines = {line.rstrip() for line in printed_text.splitlines()}
    assert [line for line in shown.text.splitlines() if line not in lines] == []


@pytest.mark.slow
def test_the_queries_of_the_page_on_late_data_give_what_it_shows(printed: tuple[Path, str]) -> None:
    page = (ROOT / "docs" / "late.md").read_text(encoding="utf-8")
    shown = re.findall(r"```sql\n([^`]*)```\n\n```text\n([^`]*)```", page)
    assert len(shown) == 3
    with duckdb.connect(str(printed[0] / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for query, text in shown:
            assert str(connection.sql(query)).rstrip() == text.rstrip(), query
