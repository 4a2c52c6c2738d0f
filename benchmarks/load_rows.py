"""Rows for the benchmark of loads: page events of 40 columns in the warehouse, without an archive or a lake's files.

An event is identified by its number: number n happened n rows before the newest one, and its id is the MD5 of n.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Final

import polars as pl

from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.hour import Hour, LoadedFile

PER_DAY: Final = 100_000
NEWEST: Final = datetime(2026, 6, 30, tzinfo=UTC)
"""When event 0 happened; a larger table goes further back."""
GAP_MICROSECONDS: Final = 86_400_000_000 // PER_DAY
USERS: Final = 100_000
TEXTS, INTS, FLOATS = 14, 6, 3
"""Properties by type; with 12 standard columns and 5 of ours, 40 columns."""


def make_events(numbers: pl.Series, *, received: datetime, salt: int = 0) -> pl.DataFrame:
    """Page events with these numbers, in the lake's schema; another `salt` makes another copy of the same events."""
    number = pl.col("number")
    value = (number * 7919 + salt) % 10_000
    made = pl.DataFrame({"number": numbers, "id": [id_of(n) for n in numbers]}).select(
        "id",
        type=pl.lit("page"),
        user_id=pl.format("user-{}", number * 31 % USERS),
        anonymous_id=pl.format("anonymous-{}", number * 17 % USERS),
        name=pl.format("Page {}", value % 50),
        channel=pl.lit("web"),
        timestamp=pl.lit(NEWEST) - pl.duration(microseconds=number * GAP_MICROSECONDS),
        sent_at=pl.lit(NEWEST) - pl.duration(microseconds=number * GAP_MICROSECONDS - 1500),
        received_at=pl.lit(received),
        received_believed=pl.lit(True),
        properties=pl.concat_str([pl.lit("{"), *_members(value), pl.lit("}")]),
        _fingerprint=number.hash(salt).reinterpret(signed=True),
        _file=pl.lit("a.json.gz"),
        _line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
    )
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in LAKE_SCHEMA.items() if name not in made.columns]
    return made.with_columns(missing).select(LAKE_SCHEMA.names()).cast(LAKE_SCHEMA).sort("timestamp")


def id_of(number: int) -> str:
    """The id of an event: random to an index, and known to a server too."""
    return md5(str(number).encode(), usedforsecurity=False).hexdigest()


def hour_of(frame: pl.DataFrame, archive_hour: datetime, *, schema: str = "events") -> Hour:
    """An archive hour that brings these events."""
    return Hour(
        source=schema,
        schema=schema,
        archive_hour=archive_hour,
        manifest_hash=f"{archive_hour:%Y%m%d%H}-{frame.height}",
        config_hash="benchmark",
        files=(LoadedFile("a.json.gz", 1, "e", frame.height, bad=False, vanished=False),),
        counts=dict.fromkeys(HOUR_COUNTS, 0) | {"files": 1, "lines": frame.height, "events": frame.height},
        events=lambda types=None: [frame],
        lookup=lambda _, keys: frame.join(keys, on=["type", "id"], how="semi"),
        quarantine=lambda: pl.DataFrame(schema=QUARANTINE_SCHEMA),
    )


def late_hour(number: int, *, schema: str) -> Hour:
    """100,000 events that arrive late, over the last ten days; 20,000 are copies of events that stand, 10,000 newer."""
    archive_hour = NEWEST + timedelta(days=1, hours=number)
    old = pl.int_range(0, 10 * PER_DAY, 50, eager=True, dtype=pl.Int64) + number
    newer, older = old.gather_every(2), old.gather_every(2, 1)
    fresh = -(pl.int_range(1, 80_001, eager=True, dtype=pl.Int64) + number * 80_000)
    spread = make_events(fresh, received=archive_hour).with_columns(
        timestamp=pl.lit(NEWEST) - pl.duration(microseconds=pl.int_range(0, 80_000, dtype=pl.Int64) * 10_800_000),
    )
    parts = [
        spread.with_columns(sent_at="timestamp"),
        make_events(newer, received=archive_hour, salt=1),
        make_events(older, received=datetime(2000, 1, 1, tzinfo=UTC), salt=2),
    ]
    return hour_of(pl.concat(parts).sort("timestamp"), archive_hour, schema=schema)


def _members(value: pl.Expr) -> list[pl.Expr]:
    texts = [pl.format(f'"t{n}":"text {{}} of property {n}",', value + n) for n in range(TEXTS)]
    ints = [pl.format(f'"n{n}":{{}},', value * (n + 1)) for n in range(INTS)]
    floats = [pl.format(f'"f{n}":{{}}.25,', value + n) for n in range(FLOATS - 1)]
    return [*texts, *ints, *floats, pl.format(f'"f{FLOATS - 1}":{{}}.5', value)]
