"""The result of `tideline load`: when it is complete, and the line that names the hours that failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from event_assets.cli.output.load import LoadReport, log_unreachable, print_load
from event_assets.pipeline.load import Outcome, Plan, Planned
from event_assets.pipeline.rollups import Recomputed

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)


def outcome(number: int, error: str | None = None) -> Outcome:
    hour = HOUR + timedelta(hours=number)
    return Outcome("web", hour, "failed" if error else "loaded", {"files": 2, "bytes": 10, "excluded": 1}, error=error)


def report(
    *outcomes: Outcome, plans: int, unreachable: Sequence[str] = (), errors: tuple[str, ...] = (), several: bool = False
) -> LoadReport:
    """Return a report of so many planned hours; nothing of a plan is printed but how many there are."""
    planned = Planned(cast("tuple[Plan, ...]", (None,) * plans), dict.fromkeys(unreachable, "no right to list"))
    return LoadReport(planned, outcomes, [Recomputed("web", "events_daily", errors=errors)], (), several)


def test_a_load_is_complete_if_no_hour_source_or_rollup_failed() -> None:
    assert report(outcome(0), plans=1).complete
    assert not report(outcome(0, "damaged"), plans=1).complete
    assert not report(outcome(0), plans=1, unreachable=["gh"]).complete
    assert not report(outcome(0), plans=1, errors=("no such column",)).complete


def test_failed_hours_are_named_on_standard_error_with_the_hours_that_are_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_load(report(*(outcome(number, "damaged") for number in range(3)), plans=5, several=True), as_json=True)
    printed = capsys.readouterr()
    assert printed.err == (
        "tideline: failed: web 2026-01-31T07, web 2026-01-31T08, web 2026-01-31T09."
        " Stopped, as the others would fail as well; 2 hours are left pending.\n"
    )
    assert (json.loads(printed.out)["failed"], json.loads(printed.out)["left"]) == (3, 2)


def test_the_document_sums_loaded_hours_and_has_every_shown_count(capsys: pytest.CaptureFixture[str]) -> None:
    print_load(report(outcome(0), outcome(1), outcome(2, "damaged"), plans=3), as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["loaded"], document["totals"]["files"], document["totals"]["excluded"]) == (2, 4, 2)
    assert document["totals"]["deleted"] == 0
    assert document["rollups"] == [
        {"source": "web", "rollup": "events_daily", "days": [], "rows": 0, "seconds": 0.0, "errors": []}
    ]


def test_the_table_omits_counts_that_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_load(report(outcome(0), plans=1), as_json=False)
    printed = capsys.readouterr().out
    assert "hours loaded" in printed
    assert "excluded" in printed
    assert "bytes" not in printed


def test_nothing_to_load_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_load(report(plans=0), as_json=False)
    assert capsys.readouterr().out == "Nothing is pending.\n"


def test_a_source_that_cannot_be_listed_is_named_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    log_unreachable({"gh": "s3://key:hush@bucket\ncannot be listed"})
    assert capsys.readouterr().err == "tideline: source gh is skipped: s3://key:***@bucket cannot be listed\n"
