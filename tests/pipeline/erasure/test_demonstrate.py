"""The demonstration of an erasure succeeds, prints what the docs show, and fails if a byte of the person is left."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.docs.pages import blocks
from tests.pipeline.erasure.demonstrate import EVENTS, WIDTH, demonstrate


@pytest.mark.slow
def test_a_person_stays_away_and_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    text = StringIO()
    week = demonstrate(tmp_path, Console(file=text, width=WIDTH, highlight=False, markup=False), events=EVENTS)
    assert week.faults == []
    printed = {line.rstrip() for line in text.getvalue().splitlines()}
    (shown,) = [block for block in blocks("text") if block.page.name == "erasure.md"]
    assert [line for line in shown.text.splitlines() if line not in printed] == ["..."] * shown.text.count("...")
    (tmp_path / "export" / "left.txt").write_text(week.words[0])
    week.check("With a file of theirs")
    assert len(week.faults) == 1
