"""The lines of the page about DuckLake run unchanged: they walk a warehouse over, and the tables are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from event_assets.demo.generate import generate
from tests.conftest import ROOT
from tests.docs.pages import Block, blocks
from tests.ducklake import LakeDatabase
from tests.promises.compare import differences

CONFIG = """lake = "lake"
warehouse = "warehouse.duckdb"
settle = "10s"

[source]
archive = "archive"
"""


def only(language: str) -> Block:
    """The one block of the page in a language."""
    (block,) = (block for block in blocks(language) if block.page.name == "ducklake.md")
    return block


def run(folder: Path, lines: str) -> None:
    """Run lines of a shell that call the command."""
    command = folder / "bin" / "tideline"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m event_assets.cli "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["/bin/sh", "-ec", lines], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_walk_from_a_duckdb_file_gives_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "archive", events=300, days=1)
    (tmp_path / "tideline.toml").write_text(CONFIG)
    run(tmp_path, "tideline load --config tideline.toml")
    run(tmp_path, only("tried").text)
    LakeDatabase(str(tmp_path)).mirror(tmp_path / "mirror.duckdb")
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "mirror.duckdb") == []
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    block = only("python")
    exec(compile(block.text, block.place, "exec"), names)  # noqa: S102  the page's own lines, as a reader runs them
    assert names["orders"][0][0] > 0
    names["engine"].close()
