"""`tideline lake` and `tideline export`: the lake kept in order, and tables as files."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError
from event_assets.lake.store import Lake

EXPORT_EXAMPLES = """Examples:

tideline export files --tables tracks,order_completed,users

tideline export s3://our-files/tideline --json

A table is the folder <schema>/<table>, with a file for each day of event time. Only days that loads have touched \
since the last export are written again."""

lake_app = typer.Typer(name="lake", help="Keep the lake in order: fewer files, no dead ones.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")]


@lake_app.command(epilog="Example: tideline lake compact --from 2026-01-01 --to 2026-01-31 --dry-run")
@with_settings()
def compact(
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day of arrival, e.g. 2026-01-31 (UTC).")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day of arrival, inclusive.")] = None,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Write the small hours of past days into fewer, larger files; no answer changes, loads and readers go on."""
    from event_assets.cli.lake_output import report_compacted
    from event_assets.pipeline.lake_maintenance import compact_lake

    days = compact_lake(settings, start=_day(start), end=_day(end), dry_run=dry_run)
    report_compacted(days, dry_run=dry_run, as_json=as_json)


@lake_app.command(epilog="Example: tideline lake clean --dry-run")
@with_settings()
def clean(
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Remove files of the lake that nothing has named for a day: replaced, compacted, or left by a killed process."""
    from event_assets.cli.lake_output import report_cleaned
    from event_assets.pipeline.lake_maintenance import clean_sources

    report_cleaned(clean_sources(settings, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


@lake_app.command(epilog="Example: tideline lake retain --dry-run")
@with_settings()
def retain(
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Take archive hours out of the lake that are older than lake_retain_days and loaded; never out of the archive."""
    from event_assets.cli.lake_output import report_retired
    from event_assets.pipeline.lake_maintenance import retire_hours

    if settings.lake_retain_days is None:
        raise SettingsError("The lake keeps everything: write e.g. lake_retain_days = 400 into the configuration.")
    report_retired(retire_hours(settings, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


@with_settings()
def export(
    target: Annotated[
        str | None, typer.Argument(metavar="[FOLDER|URL]", help="Where the files go; by default the setting export.")
    ] = None,
    tables: Annotated[
        str | None, typer.Option("--tables", metavar="NAMES", help="Only these tables, with commas between them.")
    ] = None,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Write event tables and users as typed Parquet, a file a day of event time; only what loads have touched since."""
    from event_assets.cli.lake_output import export_and_report

    place = settings.export if target is None else Lake(target)
    if place is None:
        raise SettingsError("Say where the files go: tideline export FOLDER, or export = ... in the configuration.")
    named = [name for name in (tables or "").split(",") if name.strip()]
    export_and_report(settings, place, [name.strip() for name in named], as_json=as_json)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is not a day; write it like 2026-01-31.") from None
