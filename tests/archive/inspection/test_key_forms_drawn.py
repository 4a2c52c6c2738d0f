"""Drawn archives in the key forms of writers: whatever is recognised has the right hour, traps are never recognised."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.keys.locate import read_hour
from event_assets.archive.inspection.result import InitHints, Inspection, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource
from tests.archive.inspection.test_key_forms import TRAPS, is_by_the_day, write_events
from tests.archive.inspection.writers import WRITERS

START = datetime(2011, 1, 1, tzinfo=UTC)
starts = st.integers(0, 24 * 365 * 18).map(lambda hours: START + timedelta(hours=hours))
arrivals = st.lists(st.integers(0, 400), min_size=1, max_size=14, unique=True)


def look(folder: str) -> Inspection:
    return inspect(ArchiveSource(folder), InitHints(), InspectionLimits())


@pytest.mark.slow
@given(writer=st.sampled_from(sorted(WRITERS)), start=starts, hours=arrivals)
@settings(max_examples=120, deadline=None)
def test_what_is_recognised_has_the_hours_of_arrival(writer: str, start: datetime, hours: list[int]) -> None:
    key, _ = WRITERS[writer]
    truth: dict[str, datetime] = {}
    with tempfile.TemporaryDirectory() as folder:
        for hour in hours:
            at = start + timedelta(hours=hour, minutes=hour % 60)
            write_events(Path(folder) / key(at, 0), [at] * 8)
            truth[key(at, 0)] = at.replace(minute=0)
        found = look(folder)
    assert found.root is not None
    assert found.verdict is Verdict.FOUND
    assert {sent: read_hour(found.root, sent) for sent in truth} == truth


@pytest.mark.slow
@given(digits=st.sampled_from(sorted(TRAPS)), start=starts, days=st.integers(1, 4), files=st.integers(3, 10))
@settings(max_examples=80, deadline=None)
def test_digits_that_are_no_hour_are_never_read_as_one(digits: str, start: datetime, days: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for day in range(days):
            for n in range(files):
                at = start.replace(hour=0) + timedelta(days=day, hours=n * 24 / files)
                step = timedelta(hours=24 / files / 8)
                write_events(Path(folder) / TRAPS[digits].key(at, n), [at + k * step for k in range(8)])
        found = look(folder)
    if found.verdict is Verdict.FOUND:
        assert is_by_the_day(found)
    else:
        assert found.verdict in (Verdict.DISAGREEMENT, Verdict.NO_LAYOUT, Verdict.FORMS)
