"""Warnings about the archive, the last lines of `tideline load`. Covered by tests/cli/output/test_warnings.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from event_assets.cli.output.printing import format_hour

if TYPE_CHECKING:
    from event_assets.health.warnings import Warned

SHOWN_HOURS: Final = 3


def print_warnings(warnings: Iterable[Warned]) -> None:
    """Print a line per warning on standard error, in colour on a terminal."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in warnings:
        console.print(Text(f"tideline: {describe_warning(warning)}", style="bold yellow"))


def describe_warning(warning: Warned) -> str:
    """Return one line: the source, what is wrong, and in which hours. Control characters of keys have no effect."""
    hours = ", ".join(map(format_hour, warning.hours[:SHOWN_HOURS]))
    more = f" and {len(warning.hours) - SHOWN_HOURS} more" if len(warning.hours) > SHOWN_HOURS else ""
    where = f" ({hours}{more})" if hours else ""
    text = f"warning: {warning.source}: {warning.message}{where}"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
