"""The demonstration of late data succeeds, and fails if a day changes that was not predicted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.docs.pages import blocks
from tests.late.demonstrate import EVENTS, ROLLUPS, WIDTH, Outcome, demonstrate, print_outcome

DAY = date(2026, 3, 2)


def test_a_day_too_many_or_too_few_fails() -> None:
    right = Outcome(changed={("tracks", DAY)}, predicted={("tracks", DAY)}, unlike_fresh=[], days=9, why=[])
    assert right.whole
    assert not replace(right, predicted=set()).whole
    assert not replace(right, changed=set()).whole
    assert not replace(right, unlike_fresh=["tracks: 1 rows only in one"]).whole


@pytest.mark.slow
def test_what_changes_is_what_the_independent_reader_predicts_and_what_the_demo_page_shows(tmp_path: Path) -> None:
    outcome, text = demonstrate(tmp_path, events=EVENTS), StringIO()
    assert outcome.changed == outcome.predicted
    assert not outcome.unlike_fresh
    assert {table for table, _ in outcome.changed} >= ROLLUPS
    print_outcome(outcome, Console(file=text, width=WIDTH, highlight=False))
    printed = {line.rstrip() for line in text.getvalue().splitlines()}
    _, shown = [block for block in blocks("text") if block.page.name == "demo.md"]
    assert [line for line in shown.text.splitlines() if line not in printed] == ["..."]
