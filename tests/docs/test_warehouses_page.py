"""The page about warehouses shows what is not proved, as it is declared."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.not_proved import NotProved, read_not_proved

PAGE = (ROOT / "docs" / "warehouses.md").read_text(encoding="utf-8")


def row_of(warehouse: str, one: NotProved) -> str:
    """A row of the page's table."""
    return f"| {warehouse} | {one.what} | {one.why} |"


def test_the_page_shows_each_declaration_in_its_order() -> None:
    (section,) = re.findall(r"^## What is not proved\n(.*?)(?:^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    names = {name.lower(): name for name in re.findall(r"^\| ([A-Z]\w+) \|", PAGE, re.MULTILINE)}
    declared = read_not_proved()
    assert rows == [row_of(names[warehouse], one) for warehouse in declared for one in declared[warehouse]]
