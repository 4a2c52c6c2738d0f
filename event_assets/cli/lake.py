"""The commands of `tideline lake`. Covered by tests/pipeline/test_lake_maintenance.py."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError

LAKE_EXAMPLE: Final = "Example: tideline lake compact --dry-run"

lake_app = typer.Typer(
    name="lake",
    help="Maintain the lake: compact small files, remove unused files and old hours.",
    epilog=LAKE_EXAMPLE,
    no_args_is_help=True,
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="List what would be done, and do nothing.")]


@lake_app.command(epilog="Example: tideline lake compact --from 2026-01-01 --to 2026-01-31 --dry-run")
@with_settings()
def compact(
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day of arrival, e.g. 2026-01-31 (UTC).")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day of arrival, which is included.")
    ] = None,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Combine the small hours of past days into fewer, larger files; query results do not change."""
    from event_assets.cli.output.lake import log_compacted, print_compacted
    from event_assets.pipeline.lake_maintenance import compact_lake

    days = []
    for day in compact_lake(settings, start=_read_day(start), end=_read_day(end), dry_run=dry_run):
        days.append(day)
        if not dry_run:
            log_compacted(day)
    print_compacted(days, dry_run=dry_run, as_json=as_json)


@lake_app.command(epilog="Example: tideline lake clean --dry-run")
@with_settings()
def clean(
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Remove files of the lake that have been unused for a day: replaced, compacted, or left by a killed process."""
    from event_assets.cli.output.lake import print_cleaned
    from event_assets.pipeline.lake_maintenance import clean_sources

    print_cleaned(list(clean_sources(settings, dry_run=dry_run)), dry_run=dry_run, as_json=as_json)


@lake_app.command(epilog="Example: tideline lake retain --dry-run")
@with_settings()
def retain(
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Remove loaded hours older than lake_retain_days from the lake; the archive is not touched."""
    from event_assets.cli.output.lake import print_retired
    from event_assets.pipeline.lake_maintenance import retire_hours

    if settings.lake_retain_days is None:
        raise SettingsError("The lake keeps everything: write e.g. lake_retain_days = 400 into the configuration.")
    print_retired(list(retire_hours(settings, dry_run=dry_run)), dry_run=dry_run, as_json=as_json)


def _read_day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is not a day; write it like 2026-01-31.") from None
