"""The command `tideline demo`. Covered by tests/cli/test_demo.py and tests/docs/test_demo.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED

DEMO_EXAMPLES: Final = """Examples:

tideline demo --events 20000 --seed 7

tideline demo --warehouse clickhousedb:///demo/clickhouse"""


def demo(
    folder: Annotated[Path, typer.Option(help="The folder for archive, lake and warehouse.")] = Path("demo"),
    warehouse: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Another warehouse, without tables: a URL, or the path of a DuckDB file."),
    ] = None,
    events: Annotated[int, typer.Option(min=100, help="The number of distinct events.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The seed; another seed gives another archive.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=31, help="The number of days of arrival.")] = 3,
    clean: Annotated[bool, typer.Option("--clean", help="Write clean data, without any dirt.")] = False,
) -> None:
    """Write a realistic dirty archive, load it, and show what was put right."""
    from event_assets.cli.demo.run import run_demo

    if not run_demo(folder, warehouse, events=events, seed=seed, days=days, clean=clean):
        raise typer.Exit(FAILED)
