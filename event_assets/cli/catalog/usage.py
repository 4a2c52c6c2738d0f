"""The commands `tideline catalog list`, `drop` and `restore`. Covered by tests/cli/catalog/test_usage.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from event_assets.cli.catalog.options import DryRun
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

LIST_EXAMPLES: Final = """Examples:

tideline catalog list --by columns

tideline catalog list order_completed --by last

With --by last, the table or column whose last value is oldest comes first. Tables and columns that were dropped are \
marked as dropped."""

DROP_EXAMPLES: Final = """Examples:

tideline catalog drop debug_event --dry-run

tideline catalog drop order_completed.junk

The table of an event, or a column that comes from events, is removed from warehouse and catalog, and no longer counts \
against the budgets. No value is lost: the values are read again from the lake and written to _rescued (those of a \
table: in tracks). No event adds it again until `tideline catalog restore` permits it. If a view needs it, the view is \
named and nothing is dropped. All of it is one transaction; loads wait for it. To keep events out of tracks too, or \
whole types, use exclude in the configuration."""

RESTORE_EXAMPLES: Final = """Example: tideline catalog restore order_completed.junk

The next event that has it adds it again. Values of loaded hours stay in _rescued until those hours are loaded again \
with `tideline load --reload` and --from and --to."""

Name = Annotated[
    str,
    typer.Argument(metavar="TABLE[.COLUMN]", help="The table of an event, or a column that comes from events."),
]


class By(StrEnum):
    """Sort keys of a list."""

    rows = "rows"
    columns = "columns"
    last = "last"
    name = "name"


@with_settings()
def list_(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="List the columns of this table.")] = None,
    by: Annotated[By, typer.Option("--by", help="Sort by rows (or values), columns, last value, or name.")] = By.rows,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """List what fills the budgets: event tables by rows and columns, or the columns of one table by values."""
    from event_assets.cli.output.catalog import print_columns, print_tables
    from event_assets.health.catalog_usage import column_usage, table_usage

    source = settings.only_source()
    if table is None:
        print_tables(table_usage(settings, source, by.value), settings.budgets, as_json=as_json)
    else:
        print_columns(column_usage(settings, source, table, by.value), table, as_json=as_json)


@with_settings()
def drop(
    name: Name,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Remove a junk table or column from warehouse and catalog; its values move to _rescued, and it stays away."""
    from event_assets.cli.output.catalog import print_dropped
    from event_assets.cli.output.progress import hours_bar
    from event_assets.pipeline.catalog import drop as drop_now
    from loaders.catalog.names import parse_target

    source = settings.only_source()
    with hours_bar() as on_progress:
        done = drop_now(settings, source, parse_target(name), dry_run=dry_run, on_progress=on_progress)
    print_dropped(done, name, dry_run=dry_run, as_json=as_json)


@with_settings()
def restore(
    name: Name,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Permit a dropped table or column again: the next event that has it adds it."""
    from event_assets.cli.output.catalog import print_restored
    from event_assets.pipeline.catalog import restore as restore_now
    from loaders.catalog.names import parse_target

    done = restore_now(settings, settings.only_source(), parse_target(name))
    print_restored(done, name, as_json=as_json)
