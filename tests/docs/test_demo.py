"""What the README shows of the demo is what the demo prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import blocks


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    (shown,) = [block for block in blocks("text") if block.page.name == "README.md"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli", "demo", "--folder", str(tmp_path / "demo")],
        env=environment | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = {line.rstrip() for line in done.stdout.splitlines()}
    assert [line for line in shown.text.splitlines() if line not in printed] == []
