"""The command `tideline forget`. Covered by tests/cli/erasure/test_forget.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

FORGET_EXAMPLES: Final = """Examples:

tideline forget --user-id 4711 --reason "request of 2026-02-03"

tideline forget --file ids.csv --linked --dry-run

The ids are kept as keyed hashes, by the key in TIDELINE_ERASURE_KEY, so that no late file and no reload brings a \
person back: every later load needs the key. The archive is not changed, see --archive-report. Killed at any point, \
the same command or the next load completes the erasure."""

Ids = list[str] | None


@with_settings()
def forget(
    *,
    settings: Settings,
    user_id: Annotated[Ids, typer.Option("--user-id", metavar="ID", help="A user id; may be repeated.")] = None,
    anonymous_id: Annotated[
        Ids, typer.Option("--anonymous-id", metavar="ID", help="An anonymous id; may be repeated.")
    ] = None,
    event_id: Annotated[
        Ids, typer.Option("--event-id", metavar="ID", help="The id of one event; may be repeated.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="CSV with the columns user_id, anonymous_id, event_id, or one column of user ids."),
    ] = None,
    linked: Annotated[
        bool, typer.Option("--linked", help="Also the ids that identifies and aliases tie to these.")
    ] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Recorded in tideline.erasures.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be erased and erase nothing.")] = False,
    archive_report: Annotated[
        bool, typer.Option("--archive-report", help="List the files and lines of the archive, and erase nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Erase persons from lake, warehouse, quarantine, rollups and exports, for good."""
    from event_assets.cli.output.removals import print_archive_lines, print_forgotten
    from event_assets.pipeline.erasure.archive_report import find_lines
    from event_assets.pipeline.erasure.forget import forget as erase
    from event_assets.pipeline.erasure.forget import preview
    from event_assets.pipeline.erasure.persons import link, persons_of, read_persons

    listed = read_persons(file) if file else {}
    persons = persons_of(
        users=[*(user_id or ()), *listed.get("user_id", ())],
        anonymous=[*(anonymous_id or ()), *listed.get("anonymous_id", ())],
        events=[*(event_id or ()), *listed.get("event_id", ())],
    )
    if linked:
        persons = link(settings, persons)
    if archive_report:
        print_archive_lines(find_lines(settings, persons), as_json=as_json)
        return
    results = list(preview(settings, persons)) if dry_run else erase(settings, persons, reason=reason)
    print_forgotten(results, dry_run=dry_run, as_json=as_json)
