"""The command `tideline copy`. Covered by tests/pipeline/copying/test_copy.py."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import DIFFERENT, FAILED
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

COPY_EXAMPLES: Final = """Examples:

tideline copy --to 'ducklake:///catalog.ducklake?data_path=tables'

tideline copy --to postgresql+psycopg://loader@db.example.com/events --dry-run

Every loaded hour is loaded again from the lake, with the types that the columns have, and the tables are compared row \
by row. The old warehouse is only read. The same command goes on where another one has ended. Exit code 0: both \
warehouses have the same rows; 1: an hour could not be loaded, or loads went on meanwhile; 2: something is to be done \
first, and nothing was copied; 3: rows differ, and are named."""


@with_settings()
def copy(
    *,
    settings: Settings,
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="The other warehouse: a URL, or the path of a DuckDB file.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check what must hold, count the hours, and copy nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the warehouse into another one, from the lake, and prove that both have the same rows."""
    from event_assets.cli.output.copying.report import print_copied
    from event_assets.cli.output.progress import stages_bar
    from event_assets.pipeline.copying.copy import copy_warehouse

    with stages_bar("hours") as on_progress:
        copied = copy_warehouse(settings, to, on_progress, dry_run=dry_run)
    print_copied(copied, dry_run=dry_run, as_json=as_json)
    if any(source.differences for source in copied.sources):
        raise typer.Exit(DIFFERENT)
    if copied.rollup_errors:
        raise typer.Exit(FAILED)
