"""The `tideline` command: the same functions as in Dagster, without the UI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.catalog import RETYPE_EXAMPLES, catalog_app, retype
from event_assets.cli.catalog_drop import add_to
from event_assets.cli.config import config_app
from event_assets.cli.init import INIT_EXAMPLES, init
from event_assets.cli.lake import EXPORT_EXAMPLES, export, lake_app
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError, parse_hour, redacted

OPERATOR_MISTAKE: Final = 2
FAILED: Final = 1

LOAD_EXAMPLES: Final = """Examples:

tideline load --archive s3://bucket/prefix --lake lake --warehouse duckdb:///tideline.duckdb

tideline load --config tideline.toml --from 2026-01-31T00 --to 2026-01-31T23 --json

tideline load --archive gh --layout gharchive --mapping gharchive --lake lake --warehouse gh.duckdb

Exit code 0: loaded, however bad the data (it is counted and told); 1: a load failed; 2: something is to be changed in \
flags, environment or configuration. A failed hour is named and the next one begun; after three failures in a row the \
rest of a source is left pending. Of several sources, one whose archive cannot be listed is named, the others are \
loaded, and the exit code is 1."""

app = typer.Typer(
    name="tideline",
    help="Turns an archive of raw customer events into warehouse tables that stay right.",
    epilog="Try `tideline demo` first, then `tideline init URL` on your own archive.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(epilog=LOAD_EXAMPLES)
@with_settings(mapping=True)
def load(
    *,
    settings: Settings,
    start: Annotated[
        str | None, typer.Option("--from", metavar="HOUR", help="First archive hour, e.g. 2026-01-31T07 (UTC).")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="HOUR", help="Last archive hour, inclusive.")] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Load hours that are loaded already, too.")] = False,
    accept_removals: Annotated[
        bool, typer.Option("--accept-removals", help="Take away the rows of files that vanished from the archive.")
    ] = False,
    no_rollups: Annotated[bool, typer.Option("--no-rollups", help="Leave the rollups as they are.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the pending hours and load nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load every pending archive hour, in order: new, late and rewritten files; then recompute due rollups."""
    from event_assets.cli.load_output import load_and_report, report_plan
    from event_assets.pipeline.after_load import maintain
    from event_assets.pipeline.load import Choice, plan_sources

    choice = Choice(
        start=None if start is None else parse_hour(start),
        end=None if end is None else parse_hour(end),
        reload=reload,
        accept_removals=accept_removals,
    )
    if choice.start and choice.end and choice.start > choice.end:
        raise SettingsError(f"--from {start} is after --to {end}; swap them.")
    planned = plan_sources(settings, choice)
    if dry_run:
        report_plan(planned, as_json=as_json)
        raise typer.Exit(FAILED if planned.unreachable else 0)
    whole = load_and_report(settings, planned, choice, as_json=as_json, rollups=not no_rollups)
    for line in maintain(settings) if planned.plans else ():
        sys.stderr.write(f"{line}\n")
    if not whole:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: tideline rollups --config tideline.toml --dry-run")
@with_settings()
def rollups(
    *,
    settings: Settings,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the due days and compute nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the days of rollups that are due: never computed, touched by loads since, or of an edited file."""
    from event_assets.cli.rollup_output import recompute_and_report, report_due
    from event_assets.pipeline.rollups import find_due_days

    if dry_run:
        report_due(find_due_days(settings), as_json=as_json)
    elif not recompute_and_report(settings, as_json=as_json):
        raise typer.Exit(FAILED)


@app.command(epilog="Example: tideline status --config tideline.toml --json")
@with_settings()
def status(
    *,
    settings: Settings,
    as_json: AsJson = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print the numbers in the text format that Prometheus reads.")
    ] = False,
) -> None:
    """Tell what is loaded, pending, late, quarantined and why."""
    from event_assets.cli.load_output import report_status
    from event_assets.cli.prometheus import prometheus_text
    from event_assets.health.status import source_statuses

    statuses = source_statuses(settings)
    if prometheus:
        sys.stdout.write(prometheus_text(statuses))
    else:
        report_status(statuses, as_json=as_json)
    if any(each.error for each in statuses):
        raise typer.Exit(FAILED)


@app.command(epilog="Example: tideline retain --config tideline.toml --dry-run")
@with_settings()
def retain(
    *,
    settings: Settings,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be dropped and drop nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop days of event time older than the source's retain_days, all tables of a source in one transaction."""
    from event_assets.cli.lateness_output import report_retained
    from event_assets.pipeline.retention import drop_days, kept_sources

    sources = kept_sources(settings)
    if not sources:
        raise SettingsError(
            "No source has retain_days: write e.g. retain_days = 400 into its table of the configuration."
        )
    report_retained(drop_days(settings, sources, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


@app.command(epilog="Example: tideline demo --events 20000 --seed 7")
def demo(
    folder: Annotated[Path, typer.Option(help="Where the archive, lake and warehouse of the demo go.")] = Path("demo"),
    events: Annotated[int, typer.Option(min=100, help="Distinct events.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Another seed gives another archive.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=31, help="Days of arrival.")] = 3,
    clean: Annotated[bool, typer.Option("--clean", help="Make clean data, without any dirt.")] = False,
) -> None:
    """Write a realistic dirty archive, load it, and show what was put right."""
    from event_assets.cli.demo import run_demo

    if not run_demo(folder, events=events, seed=seed, days=days, clean=clean):
        raise typer.Exit(FAILED)


app.command(epilog=INIT_EXAMPLES)(init)
app.command(epilog=RETYPE_EXAMPLES)(retype)
add_to(catalog_app)
app.add_typer(catalog_app)
app.command(epilog=EXPORT_EXAMPLES)(export)
app.add_typer(lake_app)
app.add_typer(config_app)


def run(arguments: list[str]) -> int:
    """The command with these arguments; its exit code. An operator's mistake is one line on standard error."""
    from event_assets.archive.errors import ArchiveError, TransientArchiveError
    from event_assets.lake.errors import LakeError, TransientLakeError
    from loaders.interface.errors import Transient, WarehouseError

    try:
        return int(app(args=arguments, prog_name="tideline", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return _tell(f"{error.format_message()} Try 'tideline --help'.", error.exit_code)
    except (Transient, TransientArchiveError, TransientLakeError) as error:
        return _tell(str(error), FAILED)
    except (SettingsError, ArchiveError, LakeError, WarehouseError) as error:
        return _tell(str(error), OPERATOR_MISTAKE)
    except (KeyboardInterrupt, typer.Abort):
        return _tell("Stopped. What was loaded stays loaded; the next run goes on from there.", 130)


def _tell(message: str, code: int) -> int:
    line = " ".join(redacted(message).split())
    sys.stderr.write(f"tideline: {line}\n")
    return code
