"""The command `tideline rollups`.

Covered by tests/defs/test_rollups.py.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.exit_codes import FAILED
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

if TYPE_CHECKING:
    from event_assets.pipeline.rollups import Recomputed

ROLLUPS_EXAMPLE: Final = "Example: tideline rollups --config tideline.toml --dry-run"


@with_settings()
def rollups(
    *,
    settings: Settings,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the due days and compute nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the days of rollups that are due: new days, days that loads have touched, days of an edited file."""
    from event_assets.cli.output.rollups import print_due, print_recomputed
    from event_assets.pipeline.rollups import find_due_days

    if dry_run:
        print_due(find_due_days(settings), as_json=as_json)
        return
    results = recompute_due(settings)
    print_recomputed(results, as_json=as_json)
    if any(result.errors for result in results):
        raise typer.Exit(FAILED)


def recompute_due(settings: Settings, loaded: Collection[str] = ()) -> list[Recomputed]:
    """Recompute the due days and log a line per rollup. `loaded` are the sources whose hours were just loaded."""
    from event_assets.cli.output.rollups import log_recomputed
    from event_assets.pipeline.rollups import recompute_sources

    results = []
    for result in recompute_sources(settings, loaded):
        results.append(result)
        log_recomputed(result)
    return results
