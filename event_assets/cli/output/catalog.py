"""What `tideline catalog` and `tideline retype` print.

Covered by tests/cli/catalog/test_types.py and tests/cli/catalog/test_usage.py.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from event_assets.cli.output.printing import cells, counted, format_hour, new_table, print_json, result_console

if TYPE_CHECKING:
    from event_assets.health.catalog_usage import ColumnUsage, TableUsage
    from loaders.catalog.import_types import ImportChange
    from loaders.rewrite.drop import Dropped, Restored
    from loaders.rewrite.retype import Retyped
    from loaders.transform.catalog import Budgets

SHOWN: Final = 10
"""Dropped tables and columns that are named where nothing was to be restored."""


def print_changes(changes: Sequence[ImportChange], *, dry_run: bool, as_json: bool) -> None:
    """Print the changes of columns, a line each."""
    if as_json:
        print_json({"dry_run": dry_run, "changes": [dataclasses.asdict(change) for change in changes]})
        return
    for change in changes:
        sys.stdout.write(f"{change}\n")
    verb = "would change" if dry_run else "changed"
    sys.stdout.write(
        f"{counted(len(changes), 'column')} {verb}.\n" if changes else "The catalog has these types already.\n"
    )


def print_retyped(done: Retyped, *, dry_run: bool, as_json: bool) -> None:
    """Print the old and new type of a column, and how many rows were rebuilt."""
    if as_json:
        print_json({"dry_run": dry_run, **dataclasses.asdict(done)})
        return
    if done.already:
        pinned = ", pinned" if done.pinned else ""
        sys.stdout.write(f"{done.table}.{done.column} is {done.type} already{pinned}: nothing was changed.\n")
        return
    verb = "would be rebuilt" if dry_run else "rebuilt"
    lines = [
        f"{done.table}.{done.column}: {done.former} -> {done.type}{' pinned' if done.pinned else ''}",
        f"{counted(done.rows, 'row')} of {counted(done.hours, 'archive hour')} {verb}",
        f"{counted(done.rescued_before, 'value')} rescued before, {done.rescued:,} after",
    ]
    if done.type == "int" and not done.pinned:
        lines.append("The next float widens the column to float; --pin prevents that.")
    sys.stdout.write("\n".join(lines) + "\n")


def print_tables(tables: Sequence[TableUsage], budgets: Budgets, *, as_json: bool) -> None:
    """Print the event tables with their rows and columns, and how much of the budget they use."""
    if as_json:
        print_json({"tables": [dataclasses.asdict(usage) for usage in tables]})
        return
    used = sum(usage.counts for usage in tables)
    title = f"{used} of {budgets.tables} event tables; a table has up to {budgets.columns:,} columns"
    table = new_table(title, "table", "rows>", "columns>", "last value in", "")
    for usage in tables:
        hour = format_hour(usage.last_archive_hour)
        table.add_row(*cells(usage.table, usage.rows, usage.columns, hour, usage.state))
    result_console().print(table)


def print_columns(columns: Sequence[ColumnUsage], name: str, *, as_json: bool) -> None:
    """Print the columns of a table with their types and values."""
    if as_json:
        print_json({"columns": [dataclasses.asdict(usage) for usage in columns]})
        return
    table = new_table(f"Columns of {name}", "column", "type", "values>", "rescued>", "first in", "last in", "path")
    for usage in columns:
        hours = format_hour(usage.first_archive_hour), format_hour(usage.last_archive_hour)
        table.add_row(*cells(usage.column, usage.type, usage.values, usage.rescued, *hours, usage.path))
    result_console().print(table)


def print_dropped(done: Dropped, name: str, *, dry_run: bool, as_json: bool) -> None:
    """Print the rows or values that were dropped, and how many rows were rebuilt."""
    if as_json:
        print_json({"dry_run": dry_run, **dataclasses.asdict(done)})
        return
    if done.already:
        sys.stdout.write(f"{name} is dropped already: nothing was changed.\n")
        return
    unit = "row" if done.column == "*" else "value"
    dropped, rebuilt = ("would be dropped", "would be rebuilt") if dry_run else ("dropped", "rebuilt")
    sys.stdout.write(
        f"{name} {dropped}, with {counted(done.dropped, unit)}\n"
        f"{counted(done.rows, 'row')} of {counted(done.hours, 'archive hour')} {rebuilt}: _rescued has the values\n"
    )


def print_restored(done: Restored, name: str, *, as_json: bool) -> None:
    """Print when a restored table or column appears again."""
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    if done.already:
        dropped = ", ".join(done.dropped[:SHOWN]) or "nothing"
        sys.stdout.write(f"{name} is not dropped: events may add it. Dropped: {dropped}.\n")
        return
    sys.stdout.write(
        f"The next event that has {name} adds it again. Values of loaded hours stay in _rescued until "
        "`tideline load --reload` loads those hours again.\n"
    )
