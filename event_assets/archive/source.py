"""An archive source: where the files are and how they are read (contract §1, §2).

Covered by tests/archive/listing/test_list_hours.py.
"""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass, field

from event_assets.archive.errors import ArchiveError
from event_assets.events.ids import NOT_IDS
from event_assets.events.mapping.mapping import Mapping

FRAMINGS = ("lines", "concatenated", "array", "csv", "tsv")


@dataclass(frozen=True)
class ArchiveSource:
    """Where the files of a stream of events are, and how they are read.

    `archive` is an fsspec URL or a local path; `storage_options` are passed to fsspec unchanged. Where `framing` or
    `mapping` is None, that of the layout applies. `keep_members` are top-level members of other envelopes that become
    columns. `not_ids` are texts that are no `messageId`, in any case.
    """

    archive: str
    name: str = "default"
    layout: str = "auto"
    framing: str | None = None
    mapping: Mapping | None = None
    keep_members: tuple[str, ...] = ()
    not_ids: tuple[str, ...] = NOT_IDS
    storage_options: abc.Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.framing is not None and self.framing not in FRAMINGS:
            raise ArchiveError(
                f"Source {self.name!r} has the unknown framing {self.framing!r}. Use one of: {', '.join(FRAMINGS)}."
            )
