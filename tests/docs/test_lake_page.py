"""The Python lines of the page about the lake run unchanged, and each finds rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from event_assets.lake.store import Lake
from event_assets.pipeline.export import export_tables
from event_assets.pipeline.lake_maintenance import compact_lake
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.docs.pages import Block, blocks
from tests.pipeline.test_lake_maintenance import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake, compacted but for a late hour, and its tables as files, whose second day has a column more."""
    place = tmp_path_factory.mktemp("page")
    write_hours(place / "archive", [0, 1])
    config = write_config(place)
    load(config)
    list(compact_lake(settings_of(config)))
    write_file(place / "archive", hour(24), [track("new", at=hour(24), price=2, colour="red")])
    load(config)
    list(export_tables(settings_of(config), Lake(str(place / "files"))))
    return place


BLOCKS = [block for block in blocks("python") if block.page.name == "lake.md"]
FOUND = {"orders": 9, "top": 1, "table": 9, "rows": 8}
"""What the blocks name their results, and how many rows each has here."""


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_every_python_block_of_the_page_finds_rows(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(block.text, block.place, "exec"), names)  # noqa: S102  the page's own lines, as a reader runs them
    found = {name: len(names[name]) for name in FOUND if name in names}
    assert found
    assert found == {name: FOUND[name] for name in found}
