"""Hours that were loaded while the asset of the lake had another key: they are reported under today's.

Dagster keeps what it knows of an asset under its key, and has no way to rename one. In version 0.1 the lake was
`events`. Covered by tests/defs/sensors/test_earlier_hours.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import dagster as dg
import msgspec

from event_assets.config.settings import Settings
from event_assets.defs.metadata import Metadata, lake_metadata
from event_assets.defs.partitions import is_partition, partition_key
from event_assets.defs.summary import lead_of_note
from event_assets.lake.reading.read import read_note

if TYPE_CHECKING:
    from event_assets.defs.assets import SourceKeys

HOURS_PER_TICK: Final = 100


class Reported(msgspec.Struct, frozen=True):
    """What the sensor has reported: its cursor."""

    load_id: str = ""
    """The last load of the command that is reported."""
    earlier: datetime | None = None
    """The last hour that was looked for under the lake's key."""
    complete: bool = False
    """Whether every hour was."""

    @classmethod
    def parse(cls, cursor: str | None) -> Reported:
        """Return the cursor; that of version 0.1 is a load id."""
        if not cursor:
            return cls()
        return msgspec.json.decode(cursor, type=cls) if cursor.startswith("{") else cls(cursor)

    def dump(self) -> str:
        """Return the text of the cursor."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True)
class LakeAsset:
    """The asset of the lake of one source, and when its partitions are looked at."""

    source: str
    keys: SourceKeys
    partitions: dg.TimeWindowPartitionsDefinition
    now: datetime


def missing_hours(
    instance: dg.DagsterInstance, asset: LakeAsset, hours: Iterable[datetime], after: datetime | None
) -> list[datetime]:
    """Return the first of these hours after `after` that are not materialized, as many as a tick reports."""
    known = instance.get_materialized_partitions(asset.keys.lake)
    missing = (
        hour
        for hour in sorted(hours)
        if (after is None or hour > after)
        and partition_key(hour) not in known
        and is_partition(asset.partitions, hour, asset.now)
    )
    return list(islice(missing, HOURS_PER_TICK))


def report_hour(settings: Settings, asset: LakeAsset, hour: datetime) -> list[dg.AssetMaterialization]:
    """Return the materialization of an hour of the lake by its note; nothing if the lake no longer has it."""
    note = read_note(settings.lake, asset.source, hour)
    if note is None:
        return []
    first = lead_of_note(settings, asset.keys, note, 0.0)
    metadata: Metadata = first | lake_metadata(settings.lake, note, written=False)
    return [dg.AssetMaterialization(asset.keys.lake, partition=partition_key(hour), metadata=metadata)]
