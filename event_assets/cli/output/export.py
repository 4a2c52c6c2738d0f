"""What `tideline export` prints. Covered by tests/pipeline/test_export.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, new_table, print_json, print_message, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.export import Exported


def log_exported(exported: Exported) -> None:
    """Log a table whose files have changed, on standard error."""
    if exported.changed:
        print_message(str(exported))


def print_exported(tables: Sequence[Exported], *, as_json: bool) -> None:
    """Print the days and rows that were written and removed, a row per table."""
    if as_json:
        print_json({"tables": [dataclasses.asdict(exported) for exported in tables]})
        return
    table = new_table("Exported", "table", "days>", "written>", "removed>", "rows>")
    for exported in tables:
        table.add_row(*cells(exported.path, exported.days, len(exported.written), len(exported.removed), exported.rows))
    result_console().print(table if tables else "The warehouse has no tables yet.")
