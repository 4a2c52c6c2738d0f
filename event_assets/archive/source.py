"""An archive source: where the files are and how they are read (contract §1, §2).

Covered by tests/archive/listing/test_list_hours.py.
"""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from event_assets.archive.errors import ArchiveError
from event_assets.events.ids import NOT_IDS
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.masking.rules import NO_MASKING, Masking

FRAMINGS = ("lines", "concatenated", "array", "csv", "tsv")
ARRIVALS = ("day", "modified")
AUTO = "auto"


@dataclass(frozen=True)
class ArchiveSource:
    """Where the files of a stream of events are, and how they are read.

    `archive` is an fsspec URL or a local path; `storage_options` are passed to fsspec unchanged. `layout` may be
    several, of which the first that fits a key counts. `time_zone` is the IANA name of the zone of dates and hours in
    keys, None for UTC; `arrival` is what gives the hour of keys that have none: their `day`, or when the file was last
    `modified`. Where `framing` or `mapping` is None, that of the layout applies. `keep_members` are top-level members
    of other envelopes that become columns. `not_ids` are texts that are no `messageId`, in any case. `masking` are the
    rules of what is masked, in the lake or on the way out of it.
    """

    archive: str
    name: str = "default"
    layout: str | tuple[str, ...] = AUTO
    time_zone: str | None = None
    arrival: str = "day"
    framing: str | None = None
    mapping: Mapping | None = None
    keep_members: tuple[str, ...] = ()
    not_ids: tuple[str, ...] = NOT_IDS
    storage_options: abc.Mapping[str, object] = field(default_factory=dict)
    masking: Masking = NO_MASKING

    def __post_init__(self) -> None:
        if self.framing is not None and self.framing not in FRAMINGS:
            raise ArchiveError(
                f"Source {self.name!r} has the unknown framing {self.framing!r}. Use one of: {', '.join(FRAMINGS)}."
            )
        if isinstance(self.layout, tuple) and (not self.layout or AUTO in self.layout):
            raise ArchiveError(
                f"The layout of source {self.name!r} is a list of names and templates; auto is not one of them."
            )
        if self.arrival not in ARRIVALS:
            raise ArchiveError(
                f"Source {self.name!r} has the unknown arrival {self.arrival!r}. Use one of: {', '.join(ARRIVALS)}."
            )
        if self.time_zone is not None and not is_zone(self.time_zone):
            raise ArchiveError(
                f"Source {self.name!r} has the unknown time_zone {self.time_zone!r}. Write the IANA name of a zone, "
                'such as "Asia/Tokyo" or "Europe/Berlin"; "Etc/GMT-9" is nine hours ahead of UTC.'
            )

    @property
    def zone(self) -> tzinfo:
        """The zone of dates and hours in keys."""
        return ZoneInfo(self.time_zone) if self.time_zone else UTC

    @property
    def layout_names(self) -> str:
        """The layout as text; several with commas."""
        return self.layout if isinstance(self.layout, str) else ", ".join(self.layout)


def is_zone(name: str) -> bool:
    """Return whether a text is the IANA name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; a path outside of the zones; a folder of them
        return False
    return True
