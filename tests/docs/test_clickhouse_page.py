"""The lines of the page about ClickHouse run unchanged: they load an archive, and read its tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.defs.build import write_hours
from tests.docs.pages import blocks
from tests.docs.test_ducklake_page import only, run


@pytest.mark.slow
def test_an_archive_is_loaded_and_read(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    (load,) = (block.text for block in blocks("sh") if block.page.name == "clickhouse.md")
    run(tmp_path, load)
    read = only("python", "clickhouse.md").text + "print(int(tracks.bytes()))\n"
    done = subprocess.run([sys.executable, "-c", read], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
