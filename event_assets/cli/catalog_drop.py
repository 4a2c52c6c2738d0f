"""`tideline catalog list`, `drop` and `restore`: what fills the budgets, and how junk is got rid of."""

from __future__ import annotations

import dataclasses
import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.catalog import DryRun, progress
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import HOUR_FORMAT, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from event_assets.health.catalog_usage import ColumnRoom, TableRoom
    from loaders.rewrite.drop import Dropped

LIST_EXAMPLES: Final = """Examples:

tideline catalog list --by columns

tideline catalog list order_completed --by last

By last, what has not been seen for longest comes first. Events and columns that were dropped are told as such."""

DROP_EXAMPLES: Final = """Examples:

tideline catalog drop debug_event --dry-run

tideline catalog drop order_completed.junk

A table of an event's own, or a column that events brought, goes out of warehouse and catalog, and its place in the \
budgets is free. No value is lost: they are read again from the lake and stand in _rescued (those of a \
table in tracks). No event brings it again until `tideline catalog restore` lets it. A view that needs it is named; \
then nothing is dropped. All of it is one transaction; loads wait for it. To keep events out of tracks too, or whole \
types, use exclude in the configuration."""

RESTORE_EXAMPLES: Final = """Example: tideline catalog restore order_completed.junk

The next event that has it brings it again. What loaded hours have of it stays in _rescued until they are loaded \
again: `tideline load --reload`, with --from and --to, puts it into place."""

Place = Annotated[
    str, typer.Argument(metavar="TABLE[.COLUMN]", help="An event's own table, or a column that events brought.")
]


class By(StrEnum):
    """What a list is sorted by."""

    rows = "rows"
    columns = "columns"
    last = "last"
    name = "name"


@with_settings()
def list_(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="Tell the columns of this table.")] = None,
    by: Annotated[By, typer.Option("--by", help="Sort by rows (or values), columns, last seen, or name.")] = By.rows,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Tell what fills the budgets: event tables by rows and columns, or the columns of one table by values."""
    from event_assets.cli.output import print_json
    from event_assets.health.catalog_usage import column_rooms, table_rooms
    from event_assets.pipeline.catalog import only_source

    found = only_source(settings)
    if table is None:
        tables = table_rooms(settings, found, by.value)
        if as_json:
            print_json({"tables": [dataclasses.asdict(room) for room in tables]})
        else:
            _tell_tables(tables, settings)
    else:
        columns = column_rooms(settings, found, table, by.value)
        if as_json:
            print_json({"columns": [dataclasses.asdict(room) for room in columns]})
        else:
            _tell_columns(columns, table)


@with_settings()
def drop(
    place: Place,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Take a junk table or column out of warehouse and catalog; its values move to _rescued, and it stays away."""
    from event_assets.pipeline.catalog import drop as drop_now
    from event_assets.pipeline.catalog import only_source
    from loaders.catalog.names import parse_target

    found = only_source(settings)
    with progress() as told:
        done = drop_now(settings, found, parse_target(place), dry_run=dry_run, on_progress=told)
    _tell_dropped(done, place, dry_run=dry_run, as_json=as_json)


@with_settings()
def restore(
    place: Place,
    *,
    settings: Settings,
) -> None:
    """Let a dropped table or column come again with the next event that has it."""
    from event_assets.pipeline.catalog import only_source
    from event_assets.pipeline.catalog import restore as restore_now
    from loaders.catalog.names import parse_target

    restore_now(settings, only_source(settings), parse_target(place))
    sys.stdout.write(
        f"The next event that has {place} brings it again. What loaded hours have of it stays in _rescued until "
        "`tideline load --reload` loads them again.\n"
    )


def add_to(app: typer.Typer) -> None:
    """Make these commands of `tideline catalog`."""
    app.command("list", epilog=LIST_EXAMPLES)(list_)
    app.command(epilog=DROP_EXAMPLES)(drop)
    app.command(epilog=RESTORE_EXAMPLES)(restore)


def _tell_tables(rooms: Sequence[TableRoom], settings: Settings) -> None:
    from event_assets.cli.output import cells, new_table, result_console

    used, budgets = sum(room.counts for room in rooms), settings.budgets
    title = f"{used} of {budgets.tables} event tables; a table has up to {budgets.columns:,} columns"
    table = new_table(title, "table", "rows>", "columns>", "last value in", "")
    for room in rooms:
        table.add_row(*cells(room.table, room.rows, room.columns, _hour(room.last_archive_hour), room.state))
    result_console().print(table)


def _tell_columns(rooms: Sequence[ColumnRoom], name: str) -> None:
    from event_assets.cli.output import cells, new_table, result_console

    table = new_table(f"Columns of {name}", "column", "type", "values>", "rescued>", "first in", "last in", "path")
    for room in rooms:
        first, last = _hour(room.first_archive_hour), _hour(room.last_archive_hour)
        table.add_row(*cells(room.column, room.type, room.values, room.rescued, first, last, room.path))
    result_console().print(table)


def _tell_dropped(done: Dropped, place: str, *, dry_run: bool, as_json: bool) -> None:
    from event_assets.cli.output import print_json

    if as_json:
        print_json({"dry_run": dry_run, **dataclasses.asdict(done)})
        return
    what = "rows" if done.column == "*" else "values"
    would, made = ("would be dropped", "would be made anew") if dry_run else ("dropped", "made anew")
    sys.stdout.write(
        f"{place} {would}, with {done.dropped:,} {what}\n"
        f"{done.rows:,} rows of {done.hours:,} archive hours {made}: _rescued has its values\n"
    )


def _hour(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:{HOUR_FORMAT}}"
