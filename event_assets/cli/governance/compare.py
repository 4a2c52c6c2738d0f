"""The command `tideline compare`. Covered by tests/cli/governance/test_compare.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import DIFFERENT
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, parse_range

COMPARE_EXAMPLES: Final = """Examples:

tideline compare --with rudder_prod

tideline compare --with rudder_prod --from 2026-01-31 --to 2026-01-31 --table order_completed

tideline compare --with rudder_prod --to 2026-01-30 --html compare.html

Nothing is written to the warehouse. Exit code 0: both schemas are equal, or the contract explains every difference; \
3: something is to be looked at, and is named."""


@with_settings()
def compare(
    *,
    settings: Settings,
    schema: Annotated[
        str, typer.Option("--with", metavar="SCHEMA", help="The schema of the other loader, in the same warehouse.")
    ],
    start: Annotated[str | None, typer.Option("--from", metavar="HOUR", help="First event hour or day (UTC).")] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="HOUR", help="Last event hour or day, which is included.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Compare only this table; repeat it for several.")
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, help="Rows of a table that differ and are looked at; the others are counted.")
    ] = 200_000,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page for a browser or a phone to this file.")
    ] = None,
) -> None:
    """Compare the tables with those of RudderStack or Segment, and explain what differs on purpose."""
    from event_assets.cli.files import write_whole
    from event_assets.cli.output.compare.report import print_comparison
    from event_assets.cli.output.pages.compare_page import compare_page
    from event_assets.cli.output.printing import print_message
    from event_assets.cli.output.progress import tables_bar
    from event_assets.health.compare.compare import Compared, compare_schemas

    first, last = parse_range(start, end)
    choice = Compared(schema, first, last, tuple(table or ()), rows)
    with tables_bar() as on_progress:
        found = compare_schemas(settings, choice, on_progress)
    if html is not None:
        write_whole(html, compare_page(found, datetime.now(UTC)))
        print_message(f"Wrote {html}")
    for note in found.notes:
        print_message(f"tideline: {note}", "warning")
    print_comparison(found, as_json=as_json)
    if found.findings:
        raise typer.Exit(DIFFERENT)
