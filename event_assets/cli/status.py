"""The command `tideline status`.

Covered by tests/cli/test_app.py and tests/health/test_lateness.py.
"""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

STATUS_EXAMPLE: Final = "Example: tideline status --config tideline.toml --json"


@with_settings()
def status(
    *,
    settings: Settings,
    as_json: AsJson = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print the numbers in the text format that Prometheus reads.")
    ] = False,
) -> None:
    """Show what is loaded, pending, late and quarantined, with reasons."""
    from event_assets.cli.output.prometheus import prometheus_text
    from event_assets.cli.output.status import print_status
    from event_assets.health.file_names import warn_of_names
    from event_assets.health.status import source_statuses

    statuses = source_statuses(settings)
    if prometheus:
        sys.stdout.write(prometheus_text(statuses))
    else:
        print_status(statuses, warn_of_names(settings), as_json=as_json)
    if any(source.error for source in statuses):
        raise typer.Exit(FAILED)
