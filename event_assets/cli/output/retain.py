"""What `tideline retain` prints. Covered by tests/pipeline/test_retention.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, new_table, print_json, result_console

if TYPE_CHECKING:
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
