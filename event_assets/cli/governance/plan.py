"""The command `tideline plan`. Covered by tests/cli/governance/test_plan.py."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED
from event_assets.cli.options import AsJson, FirstHour, LastHour, with_settings
from event_assets.config.settings import Settings, parse_range

PLAN_EXAMPLES: Final = """Examples:

tideline plan

tideline plan --from 2026-01-01 --to 2026-01-31 --reload --json

Nothing is written, and a load may run meanwhile. Exit code 0: planned; 1: the archive of a source cannot be listed."""


@with_settings(mapping=True)
def plan(
    *,
    settings: Settings,
    start: FirstHour = None,
    end: LastHour = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Also hours that are loaded already, as `tideline load --reload` does.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a load would do: hours and why, files, bytes, and estimates of events, time, disk and memory."""
    from event_assets.cli.output.governance.plan import print_work
    from event_assets.pipeline.load import Choice
    from event_assets.pipeline.plan.plan import plan_work

    first, last = parse_range(start, end)
    works = plan_work(settings, Choice(first, last, reload=reload))
    print_work(works, as_json=as_json)
    if any(work.error for work in works):
        raise typer.Exit(FAILED)
