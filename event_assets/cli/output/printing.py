"""Tables and JSON on standard output, and messages on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from event_assets.cli.output.logs.lines import Level, log_line_of, logs_json, printable
from event_assets.config.parse import HOUR_FORMAT

if TYPE_CHECKING:
    from event_assets.health.warnings import Warned

SHOWN_HOURS: Final = 3
"""Hours that a warning names."""
WIDTH: Final = 60
"""Minimum width of a table in columns, so that its title fits on one line."""


class OutputConsole(Console):
    """A console that raises BrokenPipeError where its reader has gone, instead of SystemExit."""

    def on_broken_pipe(self) -> None:
        """Raise the error that is handled."""
        raise


def result_console() -> Console:
    """Return a console on standard output; Rich omits colours where it is no terminal."""
    return OutputConsole(highlight=False)


def new_table(title: str, *columns: str, header: bool = True) -> Table:
    """Return a table with these columns; a column whose name ends in `>` is right-aligned."""
    table = Table(title=title, title_justify="left", show_header=header, min_width=WIDTH)
    for column in columns:
        table.add_column(column.rstrip(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    return table


def cells(*values: object) -> list[Text]:
    """Return cells of plain text: markup and control characters of events have no effect."""
    return [Text(printable(f"{value:,}" if isinstance(value, int) else str(value))) for value in values]


def format_hour(instant: datetime | None) -> str:
    """Return an hour such as `2026-01-31T07`, or an empty text for None."""
    return "" if instant is None else f"{instant:{HOUR_FORMAT}}"


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output; instants are in UTC with a zone."""
    sys.stdout.write(json.dumps(document, default=_plain, indent=1) + "\n")


def print_message(message: str, level: Level = "info", **members: object) -> None:
    """Print one log line on standard error, with secrets hidden; as JSON it has these members, too."""
    sys.stderr.write(log_line_of(message, level, **members) + "\n")


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with what it counts: `1 row is`, `2 rows are`; without `many` that is `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def advise_reload(source: str, hours: Sequence[datetime]) -> str:
    """Return the sentence about hours that were loaded under other settings, and the command that loads them again."""
    return (
        f"{counted(len(hours), 'hour')} of {source} loaded under other settings "
        "(layout, mapping, include, exclude, not_users, mask, contracts ...). "
        "To load them under the current settings: "
        f"tideline load --reload --from {format_hour(hours[0])} --to {format_hour(hours[-1])}"
    )


def print_warnings(warnings: Iterable[Warned]) -> None:
    """Print a line per warning on standard error, in colour on a terminal."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in warnings:
        if logs_json():
            hours = [format_hour(hour) for hour in warning.hours]
            found = {"source": warning.source, "archive_hours": hours, "examples": list(map(str, warning.examples))}
            print_message(warning.message, "warning", **found)
            continue
        console.print(Text(f"tideline: {describe_warning(warning)}", style="bold yellow"))
        for example in describe_examples(warning):
            console.print(Text(example, style="yellow"))


def describe_examples(warning: Warned) -> list[str]:
    """Return a line for each event that a warning shows."""
    return [printable(f"  for example {example}".replace("\n", " ")) for example in warning.examples]


def describe_warning(warning: Warned) -> str:
    """Return one line: the source, what is wrong, and in which hours. Control characters of keys have no effect."""
    hours = ", ".join(map(format_hour, warning.hours[:SHOWN_HOURS]))
    more = f" and {len(warning.hours) - SHOWN_HOURS} more" if len(warning.hours) > SHOWN_HOURS else ""
    where = f" ({hours}{more})" if hours else ""
    text = f"warning: {warning.source}: {warning.message}{where}"
    return printable(text.replace("\n", "\N{REPLACEMENT CHARACTER}"))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
