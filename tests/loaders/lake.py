"""A lake of a few events in memory: good events by default, and hours of them as a load is handed them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl
import xxhash

from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.hour import Hour, LoadedFile
from loaders.interface.settings_hash import hash_settings
from loaders.transform.catalog import Declaration
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.selection import Selection

Event = dict[str, Any]
MIDNIGHT: Final = datetime(2026, 1, 31, tzinfo=UTC)
_BLOCKS: Final = ("context", "properties", "traits", "user_properties", "kept", "rescued")


def hour_at(number: int) -> datetime:
    """The archive hour so many hours after midnight."""
    return MIDNIGHT + timedelta(hours=number)


def event(
    id: str = "a",
    *,
    type: str = "track",
    at: float = 0,
    received: float | None = 0,
    name: str | None = "Order",
    **members: object,
) -> Event:
    """One event; `at` and `received` are minutes after midnight, and `received=None` was not believed."""
    made: Event = {"type": type, "id": id, "user_id": "u1", "at": at, "received": received}
    if type == "track":
        made["event"] = name
    return made | members


def _row(made: Event, archive_hour: datetime, line: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(LAKE_SCHEMA)
    at, received = made["at"], made["received"]
    row.update({key: value for key, value in made.items() if key in LAKE_SCHEMA})
    row.update({block: json.dumps(made[block]) for block in _BLOCKS if made.get(block) is not None})
    received_at = archive_hour if received is None else MIDNIGHT + timedelta(minutes=received)
    text = json.dumps(made, sort_keys=True, default=str).encode()
    row |= {
        "received_at": received_at,
        "timestamp": MIDNIGHT + timedelta(minutes=at),
        "received_believed": received is not None,
        "_fingerprint": made.get("_fingerprint", xxhash.xxh3_64_intdigest(text) - 2**63),
        "_file": "a.json.gz",
        "_line": line,
    }
    return row


def frame_of(events: Sequence[Event], archive_hour: datetime) -> pl.DataFrame:
    """Events as the lake's rows of an archive hour."""
    rows = [_row(made, archive_hour, line) for line, made in enumerate(events, 1)]
    return pl.DataFrame(rows, schema=LAKE_SCHEMA).sort("type", "event", "timestamp")


@dataclass
class MemoryLake:
    """Hours of events of one source; `put` replaces an hour's."""

    source: str = "default"
    schema: str = "events"
    config_hash: str = "c"
    selection: Selection = Selection()
    not_users: tuple[str, ...] = ()
    declared: Declaration = Declaration()
    contracts: Contracts = NO_CONTRACTS
    hours: dict[datetime, list[Event]] = field(default_factory=dict)
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE_SCHEMA))

    def put(self, number: int, events: Sequence[Event]) -> Hour:
        """Write the hour with this number and give it as a load wants it."""
        self.hours[hour_at(number)] = list(events)
        return self.hour(number)

    def hour(self, number: int) -> Hour:
        """An hour of the lake."""
        archive_hour = hour_at(number)
        events = self.hours[archive_hour]
        count = len(events)
        return Hour(
            source=self.source,
            schema=self.schema,
            archive_hour=archive_hour,
            manifest_hash=xxhash.xxh3_128_hexdigest(json.dumps(events, sort_keys=True, default=str).encode()),
            config_hash=hash_settings(
                self.config_hash, selection=self.selection, not_users=self.not_users, contracts=self.contracts
            ),
            files=(LoadedFile("a.json.gz", 100, "e", count, bad=False, vanished=False),),
            counts=_counts(files=1, bytes=100, lines=count, events=count),
            events=lambda types=None: [frame_of(events, archive_hour)],
            lookup=self.lookup,
            quarantine=lambda: self.lines,
            selection=self.selection,
            not_users=self.not_users,
            declared=self.declared,
            contracts=self.contracts,
        )

    def lookup(self, archive_hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
        """Rows of an hour by their keys."""
        return frame_of(self.hours.get(archive_hour, []), archive_hour).join(keys, on=["type", "id"], how="semi")


def _counts(**given: int) -> Mapping[str, int]:
    return dict.fromkeys((*HOUR_COUNTS, "distinct"), 0) | given
