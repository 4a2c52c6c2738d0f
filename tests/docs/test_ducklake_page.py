"""The lines of the pages about DuckLake and copies run unchanged: they walk over, and the tables are the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loaders.schema.ledger_tables import ID_TABLES, TABLES
from tests.conftest import ROOT
from tests.defs.build import write_hours
from tests.docs.pages import Block, blocks
from tests.ducklake import LakeDatabase
from tests.promises.compare import differences

CONFIG = """lake = "lake"
warehouse = "warehouse.duckdb"
settle = "10s"

[source]
archive = "archive"
"""


def only(language: str, page: str) -> Block:
    """The one block of a page in a language."""
    (block,) = (block for block in blocks(language) if block.page.name == page)
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
    write_hours(tmp_path / "archive", [0, 1])
    (tmp_path / "tideline.toml").write_text(CONFIG)
    run(tmp_path, "tideline load --config tideline.toml")
    run(tmp_path, only("tried", "copy.md").text)
    LakeDatabase(str(tmp_path)).mirror(tmp_path / "mirror.duckdb")
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "mirror.duckdb") == []
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    block = only("python", "ducklake.md")
    exec(compile(block.text, block.place, "exec"), names)  # noqa: S102  the page's own lines, as a reader runs them
    assert names["orders"][0][0] > 0
    names["engine"].close()


def test_the_page_says_of_every_table_of_the_ledger_how_it_is_copied() -> None:
    page = (ROOT / "docs" / "copy.md").read_text(encoding="utf-8")
    section = page.partition("By table of the schema `tideline`:")[2].partition("\n## ")[0]
    named = [
        name
        for row in section.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted([*TABLES, *ID_TABLES])
