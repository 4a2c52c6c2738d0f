"""The command `tideline audit`. Covered by tests/cli/governance/test_audit.py."""

from __future__ import annotations

from secrets import randbelow
from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import DIFFERENT, FAILED
from event_assets.cli.options import AsJson, FirstHour, LastHour, with_settings
from event_assets.config.settings import Settings, parse_range

AUDIT_EXAMPLES: Final = """Examples:

tideline audit --hours 5

tideline audit --from 2026-01-31 --to 2026-01-31 --json

Nothing is written. Exit code 0: every value is as derived; 1: an hour could not be read; 3: something differs, and is \
named. The seed is printed: with --seed the same hours are drawn again."""


@with_settings(mapping=True)
def audit(
    *,
    settings: Settings,
    hours: Annotated[
        int | None, typer.Option(min=1, help="Hours that are drawn at random: 3, or all of --from and --to.")
    ] = None,
    start: FirstHour = None,
    end: LastHour = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Draw the same hours again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Derive loaded hours again from the archive, and compare lake and warehouse with them value by value."""
    from event_assets.cli.output.audit import describe_audited, print_audit
    from event_assets.cli.output.printing import print_message
    from event_assets.pipeline.audit.audit import audit as audit_hours
    from event_assets.pipeline.audit.draw import HOURS, Draw

    first, last = parse_range(start, end)
    whole_range = first is not None or last is not None
    drawn = randbelow(1 << 32) if seed is None else seed
    draw = Draw(hours if hours or whole_range else HOURS, drawn, first, last)
    results = []
    for result in audit_hours(settings, draw):
        results.append(result)
        print_message(describe_audited(result))
    print_audit(results, seed=drawn, as_json=as_json)
    if any(result.findings for result in results):
        raise typer.Exit(DIFFERENT)
    if any(result.error for result in results):
        raise typer.Exit(FAILED)
