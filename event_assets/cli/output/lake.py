"""What the commands of `tideline lake` print. Covered by tests/pipeline/test_lake_maintenance.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import (
    cells,
    counted,
    format_hour,
    new_table,
    print_json,
    print_message,
    result_console,
)

if TYPE_CHECKING:
    from event_assets.lake.maintenance.compact import Compacted
    from event_assets.pipeline.lake_maintenance import Cleaned, Retired


def log_compacted(day: Compacted) -> None:
    """Log a day that was compacted, on standard error."""
    files = {"files_before": day.files_before, "files_after": day.files_after, "rows": day.rows}
    line = f"{day.source} {day.day} files={day.files_before}->{day.files_after} rows={day.rows}"
    print_message(line, "info", source=day.source, day=day.day, **files)


def print_compacted(days: Sequence[Compacted], *, dry_run: bool, as_json: bool) -> None:
    """Print the days that were compacted, or with `dry_run` would be."""
    if as_json:
        print_json({"dry_run": dry_run, "days": [dataclasses.asdict(day) for day in days]})
        return
    would = "would be " if dry_run else ""
    table = new_table(
        f"{counted(len(days), 'day')} {would}compacted", "source", "day", "hours>", "files>", "then>", "bytes>"
    )
    for day in days:
        table.add_row(*cells(day.source, day.day, day.hours, day.files_before, day.files_after, day.bytes))
    result_console().print(table if days else "No day has small hours to compact.")


def print_cleaned(cleaned: Sequence[Cleaned], *, dry_run: bool, as_json: bool) -> None:
    """Print the files that were removed, or with `dry_run` would be."""
    if as_json:
        print_json({"dry_run": dry_run, "removed": [dataclasses.asdict(result) for result in cleaned]})
        return
    would = "would be " if dry_run else ""
    for result in cleaned:
        if result.files:
            table = new_table(
                f"{result.source or 'drafts'}: {counted(len(result.files), 'file')} {would}removed", "file"
            )
            for path in result.files:
                table.add_row(*cells(path))
            result_console().print(table)
    if not any(result.files for result in cleaned):
        result_console().print("No file of the lake has been unused for a day.")


def print_retired(retired: Sequence[Retired], *, dry_run: bool, as_json: bool) -> None:
    """Print the hours that were removed from the lake, or with `dry_run` would be."""
    if as_json:
        print_json({"dry_run": dry_run, "sources": [dataclasses.asdict(result) for result in retired]})
        return
    would = "would be removed" if dry_run else "removed"
    for result in retired:
        span = f" ({format_hour(result.hours[0])} to {format_hour(result.hours[-1])})" if result.hours else ""
        waiting = f" {len(result.waiting)} stay until they are loaded." if result.waiting else ""
        hours = f"{counted(len(result.hours), 'hour')}{span} with {counted(result.rows, 'event')}"
        result_console().print(f"Source {result.source}: {hours} {would} from the lake.{waiting}", soft_wrap=True)
