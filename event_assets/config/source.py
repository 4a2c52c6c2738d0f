"""A source: one stream of events with its own archive prefix, layout, mapping and warehouse schema (contract §1).

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from event_assets.archive.source import ArchiveSource
from loaders.transform.catalog import Declaration
from loaders.transform.selection import Selection


@dataclass(frozen=True)
class Source(ArchiveSource):
    """A stream of events: its archive, and what the warehouse does with its rows.

    `schema` is the warehouse schema of its event tables, `rollups_schema` the schema of its rollups. `retain_days` is
    the number of days of event time before today that stay in the warehouse, None for all. `selection` decides which
    events are loaded from the lake; `not_users` are user ids that get no row in `users`; `columns`
    exist in the warehouse before events have them.
    """

    schema: str = "events"
    rollups_schema: str = "rollups"
    retain_days: int | None = None
    selection: Selection = Selection()
    not_users: tuple[str, ...] = ()
    columns: Declaration = Declaration()
