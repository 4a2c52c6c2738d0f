"""A large store for the benchmark of erasures: hours that hold persons are real, the years before them are made by SQL.

The real hours go from an archive through lake and loads. Older rows are copies of one loaded row with ids and times of
their own, made by the database in both tables of an event; their hours have notes and files in the lake, copies of
those of a real hour, and rows in the ledger. So whatever reads every row, every note or every file of the store pays.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import psycopg

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.hour_note import HourNote, encode_note
from event_assets.lake.paths import hour_folder, note_path
from event_assets.lake.reading.read import read_note
from event_assets.lake.store import Lake
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.pipeline.rollups import recompute_sources

FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The first real hour: it holds nobody who is erased, so its files can be those of older hours."""
EVERYWHERE: Final = "person-everywhere"
"""A person of every real hour."""
SELDOM: Final = "person-seldom"
"""A person of every hundredth real hour."""
MANY: Final = 1_000
TABLES: Final = ("tracks", "order_completed")
_VALUES: Final = {
    "id": "'old-' || n",
    "user_id": "'old-' || (n * 31 % 100000)",
    "anonymous_id": "'old-device-' || (n * 17 % 100000)",
    "timestamp": "t",
    "sent_at": "t",
    "received_at": "t",
    "original_timestamp": "t",
    "uuid_ts": "t",
    "_archive_hour": "date_trunc('hour', t)",
    "_fingerprint": "n * 7919",
}


@dataclass(frozen=True)
class StoreSize:
    """Sizes: real hours and their events, rows of the warehouse, rows of an older hour, and doubtful older hours.

    Every `doubtful`-th older hour has quarantined lines.
    """

    hours: int
    events: int
    rows: int
    per_hour: int
    doubtful: int = 2

    @property
    def old_events(self) -> int:
        """Events that SQL makes: each is a row in two tables."""
        return max(0, self.rows // 2 - self.hours * self.events)


def person_of(number: int) -> str:
    """The n-th of many persons."""
    return f"person-{number}"


def build_store(folder: Path, url: str, size: StoreSize, *, key: str) -> Settings:
    """Make archive, lake and warehouse in a folder; return the settings that load them."""
    archive = folder / "archive"
    source = Source(archive=str(archive), layout="rudderstack")
    settings = Settings(sources={"default": source}, lake=Lake(str(folder / "lake")), warehouse=url, erasure_key=key)
    for number in range(size.hours - 1):
        _write_hour(archive, number, size.events)
    _load(settings)
    _add_years(settings, size)
    _write_hour(archive, size.hours - 1, size.events)
    _load(settings)  # which takes up what SQL has made
    open_warehouse(settings).purge(["events", "rollups"])
    return settings


def _write_hour(archive: Path, number: int, events: int) -> None:
    hour = FIRST + timedelta(hours=number)
    path = archive / f"rudder-logs/default/{hour:%Y-%m-%d}/{int(hour.timestamp())}.default.{number:032x}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{json.dumps(event)}\n" for event in _events(hour, number, events))
    path.write_bytes(gzip.compress(f"{lines}not json\n".encode(), compresslevel=1, mtime=0))


def _events(hour: datetime, number: int, events: int) -> Iterator[dict[str, object]]:
    for line in range(events):
        moment = (hour + timedelta(seconds=line % 3600)).strftime("%Y-%m-%dT%H:%M:%SZ")
        user = f"user-{(number * events + line) % 5_000}"
        if line == 0 and number:
            user = EVERYWHERE
        elif line == 1 and number % 100 == 1:
            user = SELDOM
        elif number and line % 5 == 2:
            user = person_of((number * events + line) // 5 % MANY)
        yield {
            "type": "track",
            "event": "Order Completed",
            "messageId": f"m-{number}-{line}",
            "userId": user,
            "anonymousId": f"device-of-{user}",
            "receivedAt": moment,
            "sentAt": moment,
            "originalTimestamp": moment,
            "timestamp": moment,
            "context": {"ip": "192.0.2.1", "library": {"name": "js", "version": "1"}},
            "properties": {f"p{at}": f"value {line + at}" for at in range(8)} | {"price": line + 0.5},
        }


def _load(settings: Settings) -> None:
    choice = Choice(start=FIRST)
    for outcome in load_plans(settings, plan_hours(settings, choice), choice, lambda *_: None):
        assert outcome.state == "loaded", outcome.error
    for done in recompute_sources(settings):
        assert not done.errors, done.errors


def _add_years(settings: Settings, size: StoreSize) -> None:
    """Add the older hours to lake, tables and ledger."""
    if not size.old_events:
        return
    hours = -(-size.old_events // size.per_hour)
    start = FIRST - timedelta(hours=hours)
    note = read_note(settings.lake, "default", FIRST)
    assert note is not None
    for number in range(hours):
        _add_note(settings.lake, note, start + timedelta(hours=number), doubtful=number % size.doubtful == 0)
    statements = list(_statements(settings.warehouse, size, start, hours))
    if settings.warehouse.startswith("duckdb"):
        with duckdb.connect(settings.warehouse.removeprefix("duckdb:///")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for statement in [*statements, "DELETE FROM tideline.id_hashes_until"]:
                connection.execute(statement)
        return
    with psycopg.connect(settings.warehouse.replace("+psycopg", "", 1), autocommit=True) as server:
        server.execute("SET TimeZone = 'UTC'")
        for statement in [*statements, *(f"VACUUM ANALYZE events.{table}" for table in TABLES)]:
            server.execute(statement.encode())


def _add_note(lake: Lake, note: HourNote, hour: datetime, *, doubtful: bool) -> None:
    """Give the lake an hour that is a copy of another one."""
    moved = {}
    for kind, paths in (("events", note.parquet), ("quarantine", note.quarantine if doubtful else ())):
        for path in paths:
            moved[path] = f"{hour_folder('default', kind, hour)}/{Path(path).name}"
            lake.publish_bytes(lake.read_bytes(path) or b"", moved[path])
    copied = replace(
        note,
        archive_hour=hour,
        parquet=tuple(moved[path] for path in note.parquet),
        quarantine=tuple(moved[path] for path in note.quarantine if doubtful),
        counts=replace(note.counts, quarantined=note.counts.quarantined if doubtful else 0),
        checksums={moved[path]: checksum for path, checksum in note.checksums.items() if path in moved},
    )
    lake.publish_bytes(encode_note(copied), note_path("default", hour))


def _statements(url: str, size: StoreSize, start: datetime, hours: int) -> Iterator[str]:
    """Yield the statements that add older rows, in the order of time, and their loads."""
    duck = url.startswith("duckdb")
    gap = int(timedelta(hours=1) / timedelta(microseconds=1)) // size.per_hour
    origin = f"TIMESTAMPTZ '{start.isoformat()}'"
    loads = _columns(url, "tideline.loads")
    numbers = f"range({hours}) AS numbers(h)" if duck else f"generate_series(0, {hours - 1}) AS numbers(h)"
    interval = "to_hours(h)" if duck else "h * interval '1 hour'"
    changed = {
        "load_id": "'0-old-' || h",
        "archive_hour": f"{origin} + {interval}",
        "quarantined": f"CASE WHEN h % {size.doubtful} = 0 THEN f.quarantined ELSE 0 END",
    }
    picked = ", ".join(changed.get(name, f'f."{name}"') for name in loads)
    first = f"SELECT * FROM tideline.loads WHERE archive_hour = TIMESTAMPTZ '{FIRST.isoformat()}' LIMIT 1"
    yield f"INSERT INTO tideline.loads SELECT {picked} FROM {numbers}, ({first}) AS f"
    quarantine = _columns(url, "tideline.quarantine")
    picked = ", ".join(changed["archive_hour"] if name == "archive_hour" else f'f."{name}"' for name in quarantine)
    lines = f"SELECT * FROM tideline.quarantine WHERE archive_hour = TIMESTAMPTZ '{FIRST.isoformat()}'"
    doubtful = f"h % {size.doubtful} = 0"
    yield f"INSERT INTO tideline.quarantine SELECT {picked} FROM {numbers}, ({lines}) AS f WHERE {doubtful}"
    values = _VALUES | {"event_date": "(t AT TIME ZONE 'UTC')::DATE"}
    for table in TABLES:
        picked = ", ".join(values.get(name, f'f."{name}"') for name in _columns(url, f"events.{table}"))
        for begin in range(0, size.old_events, 1_000_000):
            end = min(begin + 1_000_000, size.old_events)
            series = f"range({begin}, {end})" if duck else f"generate_series({begin}::bigint, {end - 1})"
            moment = f"to_microseconds(n * {gap})" if duck else f"n * interval '{gap} microseconds'"
            yield f"""
                INSERT INTO events.{table} SELECT {picked}
                FROM (SELECT n, {origin} + {moment} AS t FROM {series} AS numbers(n)) AS numbered,
                    (SELECT * FROM events.{table} LIMIT 1) AS f"""


def _columns(url: str, table: str) -> list[str]:
    query = f"SELECT * FROM {table} LIMIT 0"
    if url.startswith("duckdb"):
        with duckdb.connect(url.removeprefix("duckdb:///"), read_only=True) as connection:
            return [name for name, *_ in connection.execute(query).description or ()]
    with psycopg.connect(url.replace("+psycopg", "", 1)) as server:
        return [column.name for column in server.execute(query.encode()).description or ()]
