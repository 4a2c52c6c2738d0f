"""The page about moving from another loader shows what the command prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from event_assets.health.compare.rules import RULES, SETTINGS_RULES
from tests.compare.side_by_side import VENDOR, Events, event, load_both
from tests.conftest import ROOT
from tests.defs.in_process import tideline
from tests.docs.pages import blocks

PAGE = ROOT / "docs" / "compare.md"


def shop() -> Events:
    """Two days of a shop: orders, some with fractions, one without an id, pages and people."""

    def order(number: int, hour: int, **properties: object) -> dict[str, Any]:
        return event(f"o-{number}", hour, minute=number, properties={"total": number, **properties})

    first = [*(order(number, 0) for number in range(8)), order(8, 0, total=8.5), order(9, 0, timestamp="noon")]
    nameless = event(None, 0, minute=40, properties={"total": 1})
    second = [order(number, 25) for number in range(10, 16)]
    pages = [event(f"p-{number}", 25, type="page", name="Home") for number in range(5)]
    return {0: [*first, nameless], 25: [*second, *pages]}


def test_the_report_of_the_page_is_what_is_printed(tmp_path: Path) -> None:
    where = load_both(shop(), tmp_path)
    where.execute(f"DELETE FROM {VENDOR}.pages WHERE id = 'p-3'")
    where.execute(f"UPDATE {VENDOR}.order_done SET total = 120 WHERE id = 'o-12'")
    flags = ["--archive", where.source.archive, "--lake", f"{where.folder}/lake"]
    done = tideline("compare", "--with", VENDOR, *flags, "--warehouse", f"duckdb:///{where.warehouse}", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    (shown,) = [block.text for block in blocks("text") if block.page == PAGE]
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert shown.strip() == printed.strip()


def test_every_rule_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [rule for rule in (*RULES, *SETTINGS_RULES) if f"| `{rule}` |" not in text] == []
