"""The command `tideline status`.

Covered by tests/cli/test_app.py, tests/cli/test_status_page.py and tests/health/test_lateness.py.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

if TYPE_CHECKING:
    from event_assets.health.status import SourceStatus

STATUS_EXAMPLE: Final = "Example: tideline status --config tideline.toml --json"


@with_settings()
def status(
    *,
    settings: Settings,
    as_json: AsJson = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print the numbers in the text format that Prometheus reads.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page for a browser or a phone to this file.")
    ] = None,
) -> None:
    """Show what is loaded, pending, late and quarantined, with reasons."""
    from event_assets.cli.output.prometheus import prometheus_text
    from event_assets.cli.output.status import print_status
    from event_assets.health.file_names import warn_of_names
    from event_assets.health.status import source_statuses

    statuses = source_statuses(settings)
    if html is not None:
        _write_page(settings, statuses, html)
    elif prometheus:
        sys.stdout.write(prometheus_text(statuses))
    else:
        print_status(statuses, warn_of_names(settings), as_json=as_json)
    if any(source.error for source in statuses):
        raise typer.Exit(FAILED)


def _write_page(settings: Settings, statuses: Sequence[SourceStatus], path: Path) -> None:
    from event_assets.cli.files import write_whole
    from event_assets.cli.output.printing import result_console
    from event_assets.health.pages.status_page import build_page

    write_whole(path, build_page(settings, statuses, datetime.now(UTC)))
    result_console().print(f"Wrote {path}", markup=False, soft_wrap=True)
