"""The bar's rate and the time that is left, and that there is no bar where log lines are JSON."""

from __future__ import annotations

import pytest
from rich.progress import Progress

from event_assets.cli.output import printing
from event_assets.cli.output.logs.lines import choose_log_format
from event_assets.cli.output.progress import RateColumn, progress_bar


def test_the_rate_is_that_of_the_last_hours() -> None:
    now = {"seconds": 0.0}
    with Progress(disable=True, get_time=lambda: now["seconds"]) as progress:
        task = progress.add_task("hours", total=100)
        assert str(RateColumn().render(progress.tasks[0])) == "-"
        for _ in range(10):
            now["seconds"] += 2.0
            progress.advance(task)
        assert str(RateColumn().render(progress.tasks[0])) == "30 hours/min"
        assert progress.tasks[0].time_remaining == 180


def test_the_rate_names_what_is_counted() -> None:
    now = {"seconds": 0.0}
    with Progress(disable=True, get_time=lambda: now["seconds"]) as progress:
        task = progress.add_task("tables", total=9)
        for _ in range(3):
            now["seconds"] += 2.0
            progress.advance(task)
        assert str(RateColumn().render(progress.tasks[0])) == "30 tables/min"


def test_json_lines_have_no_bar_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing.OutputConsole, "is_terminal", True)
    for chosen, disabled in (("text", False), ("json", True)):
        choose_log_format([f"--log-format={chosen}"], {})
        with progress_bar(3) as progress:
            assert progress.disable is disabled
    choose_log_format([], {})
