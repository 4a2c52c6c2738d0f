"""The command `tideline retain`. Covered by tests/pipeline/test_retention.py."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError

RETAIN_EXAMPLE: Final = "Example: tideline retain --config tideline.toml --dry-run"


@with_settings()
def retain(
    *,
    settings: Settings,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be dropped and drop nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop days of event time older than the source's retain_days, all tables of a source in one transaction."""
    from event_assets.cli.output.removals import print_retained
    from event_assets.pipeline.retention import drop_days, kept_sources

    sources = kept_sources(settings)
    if not sources:
        raise SettingsError(
            "No source has retain_days: write e.g. retain_days = 400 into its table of the configuration."
        )
    print_retained(drop_days(settings, sources, dry_run=dry_run), dry_run=dry_run, as_json=as_json)
