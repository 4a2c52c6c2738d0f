"""The progress bar on standard error, and log lines above it.

Covered by tests/cli/test_app.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from event_assets.cli.output.logs.lines import Level, logs_json
from event_assets.cli.output.printing import OutputConsole, print_message


class RateColumn(ProgressColumn):
    """Hours a minute, or what else the task counts, over the last of them."""

    def render(self, task: Task) -> Text:
        """Return the rate, or a dash until it is known."""
        rate = task.finished_speed or task.speed
        return Text("-" if rate is None else f"{rate * 60:,.3g} {task.description}/min", style="progress.data.speed")


@contextmanager
def progress_bar(total: int, unit: str = "hours") -> Iterator[Progress]:
    """Show a bar of archive hours on standard error if it is a terminal; lines printed to it appear above the bar."""
    console = OutputConsole(stderr=True, highlight=False, soft_wrap=True)
    times = (RateColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    hidden = logs_json() or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, transient=True) as progress:
        progress.add_task(unit, total=total)
        yield progress


def advance(progress: Progress) -> None:
    """Count one more hour as done."""
    progress.advance(progress.task_ids[0])


def log_line(progress: Progress, line: str, level: Level = "info", **members: object) -> None:
    """Print a log line on standard error, above the bar."""
    if logs_json():
        print_message(line, level, **members)
    else:
        progress.console.print(line, markup=False, soft_wrap=True)


def hours_bar() -> AbstractContextManager[Callable[[int, int], None]]:
    """Show a bar, and give a callback that takes how many hours are done, of how many."""
    return _counted_bar("hours")


def tables_bar() -> AbstractContextManager[Callable[[int, int], None]]:
    """Show a bar of tables, and give a callback that takes how many are done, of how many."""
    return _counted_bar("tables")


@contextmanager
def _counted_bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bar(0, unit) as progress:
        (task,) = progress.task_ids
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def stages_bar(unit: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar, and give a callback that takes what is counted now, how many are done, and of how many."""
    with progress_bar(0, unit) as progress:
        (task,) = progress.task_ids
        yield lambda name, done, total: progress.update(task, description=name, completed=done, total=total)
