"""The commands of `tideline quarantine`. Covered by tests/cli/governance/test_quarantine.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED
from event_assets.cli.options import AsJson, FirstHour, LastHour, with_settings
from event_assets.config.settings import Settings, parse_range

if TYPE_CHECKING:
    from event_assets.pipeline.quarantine.lines import LineChoice

QUARANTINE_EXAMPLE: Final = "Example: tideline quarantine list, then tideline quarantine replay --reason unknown_type"

REPLAY_EXAMPLE: Final = """Example: tideline quarantine replay --reason unknown_type --dry-run

Lines that are still no events stay quarantined. An hour whose files are unchanged in the archive is read from there; \
otherwise the lake is enough."""

quarantine_app = typer.Typer(
    name="quarantine",
    help="List and show quarantined lines, and read them again by the settings of today.",
    epilog=QUARANTINE_EXAMPLE,
    no_args_is_help=True,
)

Reason = Annotated[
    list[str] | None, typer.Option("--reason", metavar="R", help="Only lines of this reason; may be repeated.")
]


@quarantine_app.command("list", epilog="Example: tideline quarantine list --from 2026-01-31 --json")
@with_settings()
def list_groups(
    *,
    settings: Settings,
    reason: Reason = None,
    start: FirstHour = None,
    end: LastHour = None,
    limit: Annotated[int, typer.Option(min=1, help="Groups that are listed, the largest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Group quarantined lines by reason and form: what differs from line to line is masked."""
    from event_assets.cli.output.quarantine import print_groups
    from event_assets.pipeline.quarantine.lines import group_lines

    print_groups(group_lines(settings, _choice(reason, start, end)), limit=limit, as_json=as_json)


@quarantine_app.command(epilog="Example: tideline quarantine show --reason invalid_json --limit 5")
@with_settings()
def show(
    *,
    settings: Settings,
    reason: Reason = None,
    start: FirstHour = None,
    end: LastHour = None,
    limit: Annotated[int, typer.Option(min=1, help="Lines that are shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show quarantined lines with file, line and byte offset, by hour."""
    from itertools import islice

    from event_assets.cli.output.quarantine import print_lines
    from event_assets.pipeline.quarantine.lines import read_lines

    print_lines(islice(read_lines(settings, _choice(reason, start, end)), limit), as_json=as_json)


@quarantine_app.command(epilog=REPLAY_EXAMPLE)
@with_settings(mapping=True)
def replay(
    *,
    settings: Settings,
    reason: Reason = None,
    start: FirstHour = None,
    end: LastHour = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count the lines that are events by the settings of today.")
    ] = False,
    no_rollups: Annotated[bool, typer.Option("--no-rollups", help="Do not recompute rollups.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read quarantined lines again by the mapping and the limits of today, and load their hours."""
    from event_assets.cli.output.printing import print_message
    from event_assets.cli.output.quarantine import describe_replayed, print_replayed
    from event_assets.cli.rollups import recompute_due
    from event_assets.pipeline.after_load import maintain
    from event_assets.pipeline.quarantine.replay import replay as read_again
    from loaders.rollups.recompute import find_rollups

    rollups = not (no_rollups or dry_run)
    if rollups:
        find_rollups(settings.rollups)  # a missing folder is reported before an hour is loaded
    results = []
    for result in read_again(settings, _choice(reason, start, end), dry_run=dry_run):
        results.append(result)
        if result.changed:
            print_message(describe_replayed(result, dry_run=dry_run))
    recomputed = recompute_due(settings, {result.source for result in results if result.way}) if rollups else []
    print_replayed(results, dry_run=dry_run, as_json=as_json)
    if not dry_run:
        for line in maintain(settings):
            print_message(line)
    if any(result.error for result in results) or any(done.errors for done in recomputed):
        raise typer.Exit(FAILED)


def _choice(reasons: Sequence[str] | None, start: str | None, end: str | None) -> LineChoice:
    from event_assets.pipeline.quarantine.lines import LineChoice, check_reasons

    first, last = parse_range(start, end)
    return LineChoice(check_reasons(reasons or ()), first, last)
