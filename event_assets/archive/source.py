"""A source: one stream of events with its own archive prefix, layout, framing and warehouse schema (SPEC §1)."""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass, field

from event_assets.archive.errors import ArchiveError
from event_assets.events.mapping.mapping import Mapping
from loaders.transform.selection import Selection

FRAMINGS = ("lines", "concatenated", "array", "tsv")


@dataclass(frozen=True)
class Source:
    """Where a stream of events lies and how it is to be read.

    `archive` is an fsspec URL or a local path, `storage_options` go to fsspec as they are. Where `framing` or `mapping`
    is None, it is the layout's. `schema` is the warehouse schema of its event tables, `rollups_schema` that of its
    rollups; `retain_days` is how many days of event time before today stay there, None all of them; `selection` is
    which events are taken from the lake, and `not_users` are user ids that get no row in `users`.
    """

    archive: str
    name: str = "default"
    layout: str = "auto"
    framing: str | None = None
    schema: str = "events"
    rollups_schema: str = "rollups"
    mapping: Mapping | None = None
    keep_members: tuple[str, ...] = ()
    storage_options: abc.Mapping[str, object] = field(default_factory=dict)
    retain_days: int | None = None
    selection: Selection = Selection()
    not_users: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.framing is not None and self.framing not in FRAMINGS:
            raise ArchiveError(
                f"Source {self.name!r} has the unknown framing {self.framing!r}. Use one of: {', '.join(FRAMINGS)}."
            )
