"""The page of `tideline compare --html`: one file that asks nobody for anything, safe against hostile names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from event_assets.cli.output.pages.compare_page import compare_page
from event_assets.health.compare.result import (
    ColumnDifference,
    ComparedTable,
    Comparison,
    DayDifference,
    Example,
    LonelyColumn,
    LonelyTable,
    TypeDifference,
)
from tests.cli.governance.compared import change_there, load_and_copy
from tests.cli.test_status_page import Page, assert_asks_nobody
from tests.defs.in_process import tideline

NOW = datetime(2026, 2, 1, tzinfo=UTC)
BAD = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def test_the_page_has_the_numbers_of_the_comparison_and_asks_nobody(tmp_path: Path) -> None:
    load_and_copy(tmp_path)
    change_there(tmp_path)
    done = tideline("compare", "--with", "rudder_prod", "--html", "page.html", "--json", cwd=tmp_path)
    assert (done.returncode, "Wrote page.html" in done.stderr) == (3, True)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert_asks_nobody(text, page)
    assert "events and rudder_prod differ: 3 findings to look at, 1 row is explained." in page.text
    assert "Rows to look at by day 2026-02-01 to 2026-02-01: 2, at most 2 a day" in page.text
    assert "m24-1 only here" in page.text
    assert sum(tag == "svg" for tag, _ in page.tags) >= 4


def test_every_name_and_value_is_escaped() -> None:
    table = ComparedTable(
        BAD, BAD, here=2, there=1,
        days=(DayDifference(BAD, 2, 1, 1, 0, 1, 0, 2, 1),), columns=(ColumnDifference(BAD, 1, 1),),
        lonely=(LonelyColumn(BAD, "here", 3, None),), types=(TypeDifference(BAD, BAD, BAD),), rules={"ids": 1},
        examples=(Example("differs", BAD, BAD, BAD, BAD, BAD),), error=BAD,
    )  # fmt: skip
    found = Comparison(BAD, BAD, BAD, "", "", (table,), (LonelyTable(BAD, "there", 5),), (BAD,))
    text = compare_page(found, NOW)
    page = Page(text)
    assert_asks_nobody(text, page)
    assert page.text.count(BAD) > 10
    equal = compare_page(replace(found, tables=(), lonely=()), NOW)
    assert f"{BAD} and {BAD} are equal." in Page(equal).text
