"""The class of an error decides whether it is transient, and when the remaining hours are not tried."""

from __future__ import annotations

from datetime import datetime

import pytest

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.lake.errors import LakeError, TransientLakeError
from event_assets.pipeline.failed_hours import HourResults, is_transient, try_hours
from loaders.interface.errors import Busy, Terminal, Transient
from tests.defs.build import hour


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (Transient("x"), True),
        (Busy("x"), True),
        (Terminal("x"), False),
        (TransientArchiveError("x"), True),
        (ArchiveError("x"), False),
        (TransientLakeError("x"), True),
        (LakeError("x"), False),
        (ConnectionResetError(), True),
        (FileNotFoundError(), False),
        (ValueError("again later"), False),
    ],
)
def test_the_class_of_an_error_decides_whether_it_is_transient(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient
    wrapped = RuntimeError("in a step")
    wrapped.__cause__ = error
    assert is_transient(wrapped) is transient


def results_of(*outcomes: Exception | str) -> HourResults[str]:
    """The results of hours with these outcomes, one hour after the other."""
    by_hour = {hour(number): outcome for number, outcome in enumerate(outcomes)}
    reported: list[datetime] = []

    def work(started: datetime) -> str:
        outcome = by_hour[started]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    results = try_hours(
        by_hour, work, lambda failed, _: reported.append(failed), lambda _, error: str(error) == "shared"
    )
    assert reported == list(results.failed)
    return results


def test_hours_are_not_tried_after_a_failure_that_they_would_share() -> None:
    assert results_of("a", Transient("shared"), "d").done == {hour(0): "a"}


def test_however_many_hours_fail_for_reasons_of_their_own_the_others_are_tried() -> None:
    results = results_of(*[Transient("x")] * 4, *[Terminal("x")] * 4, "d")
    assert (len(results.failed), results.done) == (8, {hour(8): "d"})
