"""What the command prints of the lake's upkeep and of exported files."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence

from event_assets.cli.output import cells, new_table, print_json, result_console
from event_assets.config.settings import HOUR_FORMAT, Settings
from event_assets.lake.maintenance.compact import Compacted
from event_assets.lake.store import Lake
from event_assets.pipeline.export import export_tables
from event_assets.pipeline.lake_maintenance import Cleaned, Retired


def report_compacted(days: Iterable[Compacted], *, dry_run: bool, as_json: bool) -> None:
    """Tell which days were compacted, or would be; a line on standard error as each is done."""
    done = []
    for day in days:
        done.append(day)
        if not dry_run:
            sys.stderr.write(f"{day.source} {day.day} files={day.files_before}->{day.files_after} rows={day.rows}\n")
    if as_json:
        print_json({"dry_run": dry_run, "days": [dataclasses.asdict(day) for day in done]})
        return
    would = "would be " if dry_run else ""
    table = new_table(f"{len(done)} days {would}compacted", "source", "day", "hours>", "files>", "then>", "bytes>")
    for day in done:
        table.add_row(*cells(day.source, day.day, day.hours, day.files_before, day.files_after, day.bytes))
    result_console().print(table if done else "No day has small hours to compact.")


def report_cleaned(cleaned: Iterable[Cleaned], *, dry_run: bool, as_json: bool) -> None:
    """Tell which files were removed, or would be."""
    done = list(cleaned)
    if as_json:
        print_json({"dry_run": dry_run, "removed": [dataclasses.asdict(each) for each in done]})
        return
    would = "would be " if dry_run else ""
    for each in done:
        if each.files:
            table = new_table(f"{each.source or 'drafts'}: {len(each.files)} files {would}removed", "file")
            for path in each.files:
                table.add_row(*cells(path))
            result_console().print(table)
    if not any(each.files for each in done):
        result_console().print("Nothing in the lake has been unnamed for a day.")


def report_retired(retired: Iterable[Retired], *, dry_run: bool, as_json: bool) -> None:
    """Tell which hours left the lake, or would."""
    done = list(retired)
    if as_json:
        print_json({"dry_run": dry_run, "sources": [dataclasses.asdict(each) for each in done]})
        return
    would = "would leave" if dry_run else "left"
    for each in done:
        span = f" ({each.hours[0]:{HOUR_FORMAT}} to {each.hours[-1]:{HOUR_FORMAT}})" if each.hours else ""
        waiting = f" {len(each.waiting)} stay until they are loaded." if each.waiting else ""
        hours = f"{len(each.hours):,} hours{span} with {each.rows:,} events"
        result_console().print(f"Source {each.source}: {hours} {would} the lake.{waiting}", soft_wrap=True)


def export_and_report(settings: Settings, target: Lake, tables: Sequence[str], *, as_json: bool) -> None:
    """Export and tell, table by table; a line on standard error as soon as a file of one has changed."""
    done = []
    for exported in export_tables(settings, target, tables):
        done.append(exported)
        if exported.changed:
            sys.stderr.write(f"{exported}\n")
    if as_json:
        print_json({"tables": [dataclasses.asdict(each) for each in done]})
        return
    table = new_table("Exported", "table", "days>", "written>", "removed>", "rows>")
    for each in done:
        table.add_row(*cells(each.path, each.days, len(each.written), len(each.removed), each.rows))
    result_console().print(table if done else "The warehouse has no tables yet.")
