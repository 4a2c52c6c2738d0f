"""What `tideline copy` prints. Covered by tests/pipeline/copying/test_copy.py."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, counted, new_table, print_json, print_message, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.copying.copy import Copied


def print_copied(copied: Copied, *, dry_run: bool, as_json: bool) -> None:
    """Print a row per source, what differs and what was left, and the setting to change where nothing differs."""
    for error in copied.rollup_errors:
        print_message(f"tideline: a rollup was not computed: {error}", "warning")
    for source in copied.sources:
        for name in source.left:
            print_message(f"tideline: {source.schema}.{name} was added by somebody, and is not copied", "warning")
    setting = f"warehouse = {json.dumps(copied.warehouse)}"
    equal = not dry_run and not any(source.differences for source in copied.sources)
    if as_json:
        document = {**dataclasses.asdict(copied), "dry_run": dry_run, "equal": equal, "setting": setting}
        print_json(document if not dry_run else {**document, "equal": None})
        return
    title = "Would be copied" if dry_run else "Copied"
    table = new_table(title, "source", "hours>", "of them now>", "tables>", "rows>")
    for source in copied.sources:
        shown = (len(source.rows), sum(source.rows.values())) if not dry_run else ("", "")
        table.add_row(*cells(source.source, source.hours, source.loaded, *shown))
    console = result_console()
    console.print(table)
    for source in copied.sources:
        for difference in source.differences:
            console.print(f"{source.schema}: {difference}", markup=False, soft_wrap=True)
    if equal:
        console.print("Both warehouses have the same rows. From now on, load into the new one:", soft_wrap=True)
        console.print(setting, markup=False, soft_wrap=True)
    elif not dry_run:
        number = sum(len(source.differences) for source in copied.sources)
        console.print(f"{counted(number, 'table differs', 'tables differ')}: keep the old warehouse.", soft_wrap=True)
