"""The README is short, and its dirty line becomes the row that it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb

from tests.conftest import ROOT
from tests.defs.build import hour, track, write_file
from tests.docs.pages import blocks
from tests.drive import load_archive, place

README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown_row() -> dict[str, str | None]:
    """Return the cells of the README's row by column."""
    section = README.partition("## One dirty line, and its row")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| `(\w+)` \| (?:`(.+?)`|NULL) \|", section, re.MULTILINE)
    return {column: value or None for column, value in cells}


def test_the_readme_is_read_in_ten_minutes() -> None:
    assert len(README.split()) < 900
    assert 1 <= README.count("![") <= 3


def test_the_dirty_line_of_the_readme_becomes_the_row_it_shows(tmp_path: Path) -> None:
    (shown,) = [block for block in blocks("json") if block.page.name == "README.md"]
    orders = [track(f"o-{n}", at=hour(0), orderId=f"B-{n}", revenue=n + 0.5) for n in range(30) if n != 17]
    write_file(tmp_path / "archive", hour(0), [*orders, " ".join(shown.text.split("\n"))])
    where = place(tmp_path / "archive", tmp_path / "out")
    load_archive(where)
    assert row_of(where.warehouse, "o-17") == shown_row()


def row_of(warehouse: Path, event: str) -> dict[str, Any]:
    """Return the cells that the README shows of an order, as it writes them."""
    columns = list(shown_row())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        named = ", ".join(f'"{column}"' for column in columns)
        row = connection.execute(f"SELECT {named} FROM events.order_completed WHERE id = ?", [event]).fetchone()
        types = connection.execute("SELECT typeof(revenue) FROM events.order_completed LIMIT 1").fetchone()
    assert row
    assert types == ("DOUBLE",)
    found = dict(zip(columns, row, strict=True))
    assert json.loads(found["_rescued"])["properties"]["revenue"] == "free"
    return found | {"timestamp": f"{found['timestamp']:%Y-%m-%dT%H:%M:%SZ}"}
