"""The blocks of the page about Python run one after the other, as a reader runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.defs.build import write_config, write_hours
from tests.docs.pages import blocks

BLOCKS = [block for block in blocks("python") if block.page.name == "python.md"]
ROWS = {"outcomes": 2, "recomputed": 3, "orders": 8, "by_name": 1, "rows": 8}
"""What the blocks name their results, and how many entries each has here."""


def test_the_blocks_of_the_page_load_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    write_config(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(compile(block.text, block.place, "exec"), names)  # noqa: S102  the page's own lines, as a reader runs them
    assert {name: len(names[name]) for name in ROWS} == ROWS
    assert {outcome.state for outcome in names["outcomes"]} == {"loaded"}
    assert [result.errors for result in names["recomputed"]] == [()] * 3
