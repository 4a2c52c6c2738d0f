"""What is made of the tables, after an erasure: rollups, exports, the published copy, and the bytes of the database.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_warehouse
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.rollups import recompute_sources
from loaders.interface.errors import Terminal


def erase_derived(settings: Settings, *, now: Callable[[], datetime]) -> None:
    """Recompute the rollups of touched days, export the touched days again, and remove deleted rows from the disk.

    Raises Terminal where a rollup cannot be recomputed: its table may hold an erased person.
    """
    failed = [
        f"{done.source} {done.rollup}: {error}"
        for done in recompute_sources(settings, settings.sources.keys())
        for error in done.errors
    ]
    if failed:
        raise Terminal(
            f"persons are erased from the lake and the event tables, but not from a rollup ({failed[0]}): correct its"
            " file or drop its table, then run the same command again"
        )
    for _ in maintain(settings):
        pass
    warehouse = open_warehouse(settings)
    warehouse.purge(
        [schema for source in settings.sources.values() for schema in (source.schema, source.rollups_schema)]
    )
    if settings.publish is not None:
        warehouse.publish(settings.publish, every=timedelta(), now=now())
