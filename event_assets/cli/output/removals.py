"""What `tideline retain` and `tideline forget` print; ids of persons are not repeated.

Covered by tests/pipeline/test_retention.py and tests/cli/erasure/test_forget.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, counted, new_table, print_json, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.erasure.archive_report import ArchiveLine
    from event_assets.pipeline.erasure.forget import Forgotten
    from event_assets.pipeline.retention import Retained


def print_retained(passes: Sequence[Retained], *, dry_run: bool, as_json: bool) -> None:
    """Print the rows of every table that were dropped, or with `dry_run` would be."""
    if as_json:
        print_json({"dry_run": dry_run, "sources": [dataclasses.asdict(result) for result in passes]})
        return
    for result in passes:
        did = "would be dropped" if dry_run else "dropped"
        table = new_table(f"Source {result.source}: days before {result.before} {did}", "table", "rows>")
        for name, rows in result.tables.items():
            table.add_row(*cells(name, rows))
        nothing = f"Source {result.source}: no rows before {result.before}."
        result_console().print(table if result.tables else nothing)


def print_forgotten(results: Sequence[Forgotten], *, dry_run: bool, as_json: bool) -> None:
    """Print the rows and archive hours that were erased from each source, or with `dry_run` would be."""
    if as_json:
        print_json({"dry_run": dry_run, "sources": [_document(result) for result in results]})
        return
    for result in results:
        did = "would be erased" if dry_run else "erased"
        title = f"Source {result.source}: {did} in {len(result.hours)} archive hours (erasure {result.erasure_id})"
        table = new_table(title, "table", "rows>")
        for name, rows in result.rows.items():
            table.add_row(*cells(name, rows))
        nothing = f"Source {result.source}: no row of them; nothing of theirs will be loaded."
        empty = nothing if not dry_run else f"Source {result.source}: no row of them."
        result_console().print(table if result.rows or result.hours else empty)


def print_archive_lines(lines: Iterable[ArchiveLine], *, as_json: bool) -> None:
    """Print the files and lines of the archive that hold the persons."""
    found = list(lines)
    if as_json:
        print_json({"lines": [{"source": line.source, "file": line.file, "line": line.line} for line in found]})
        return
    table = new_table(f"{counted(len(found), 'line')} of the archive", "source", "file", "line>")
    for line in found:
        table.add_row(*cells(line.source, line.file, line.line))
    result_console().print(table if found else "No line of the archive holds them.")


def _document(result: Forgotten) -> dict[str, object]:
    return {
        "source": result.source,
        "erasure_id": result.erasure_id,
        "rows": result.rows,
        "archive_hours": [f"{hour:%Y-%m-%dT%H}" for hour in result.hours],
        "done": result.done,
    }
