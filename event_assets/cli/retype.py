"""The command `tideline retype`. Covered by tests/cli/catalog/test_types.py."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.catalog.options import DryRun
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

RETYPE_EXAMPLES: Final = """Examples:

tideline retype order_completed price float --dry-run

tideline retype order_completed zip_code string --pin

TYPE is boolean, int, float, string or datetime. Every value of the column is read again from the lake as it was sent: \
values that the new type holds exactly are written to the column, the rest to _rescued. All of it is one transaction; \
loads wait for it. An int column that is not pinned is widened again by the next float."""


@with_settings()
def retype(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The event table, such as order_completed.")],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column, such as price.")],
    to: Annotated[str, typer.Argument(metavar="TYPE", help="The new type: boolean, int, float, string or datetime.")],
    pin: Annotated[bool, typer.Option("--pin", help="Also pin the type, so that no load widens it again.")] = False,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Change the type of a column, and rebuild the column from the lake."""
    from event_assets.cli.output.catalog import print_retyped
    from event_assets.cli.output.progress import hours_bar
    from event_assets.pipeline.catalog import retype as retype_now
    from loaders.rewrite.retype import Retype

    wanted = Retype(table, column, to, pin)
    with hours_bar() as on_progress:
        done = retype_now(settings, settings.only_source(), wanted, dry_run=dry_run, on_progress=on_progress)
    print_retyped(done, dry_run=dry_run, as_json=as_json)
