"""The demonstration of late data ends well, and would not if a day had changed unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.late.demonstrate import ROLLUPS, Outcome, demonstrate

DAY = date(2026, 3, 2)


def test_a_day_too_many_or_too_few_is_not_as_it_should_be() -> None:
    right = Outcome(changed={("tracks", DAY)}, predicted={("tracks", DAY)}, unlike_fresh=[], days=9, why=[])
    assert right.whole
    assert not replace(right, predicted=set()).whole
    assert not replace(right, changed=set()).whole
    assert not replace(right, unlike_fresh=["tracks: 1 rows only in one"]).whole


@pytest.mark.slow
def test_what_changes_is_what_the_independent_reader_predicts(tmp_path: Path) -> None:
    outcome = demonstrate(tmp_path, events=3_000)
    assert outcome.changed == outcome.predicted
    assert not outcome.unlike_fresh
    assert {table for table, _ in outcome.changed} >= ROLLUPS
    assert len({day for _, day in outcome.changed}) < 5 < len(outcome.why)
