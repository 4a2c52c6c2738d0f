"""The progress bar on standard error, and log lines above it.

Covered by tests/cli/test_app.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from event_assets.cli.output.printing import OutputConsole


@contextmanager
def progress_bar(hours: int) -> Iterator[Progress]:
    """Show a bar of archive hours on standard error if it is a terminal; lines printed to it appear above the bar."""
    console = OutputConsole(stderr=True, highlight=False, soft_wrap=True)
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        progress.add_task("hours", total=hours)
        yield progress


def advance(progress: Progress) -> None:
    """Count one more hour as done."""
    progress.advance(progress.task_ids[0])


def log_line(progress: Progress, line: str) -> None:
    """Print a line on standard error, above the bar."""
    progress.console.print(line, markup=False, soft_wrap=True)


@contextmanager
def hours_bar() -> Iterator[Callable[[int, int], None]]:
    """Show a bar, and yield a callback that takes how many hours are done, of how many."""
    with progress_bar(0) as progress:
        (task,) = progress.task_ids
        yield lambda done, hours: progress.update(task, completed=done, total=hours)
