"""Archives with known gaps and lateness, in the key form of each layout, for the tests of inspections."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST = datetime(2026, 1, 30, 5, tzinfo=UTC)
UUID = "4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"
DELAYS = (*[0] * 80, *[1] * 10, *[3] * 6, *[30] * 3, 200)
"""Hours by which a hundred events come late: 20 late, 10 by more than an hour, 4 by more than a day, 1 by a week."""


def seconds(at: datetime) -> int:
    return int(at.timestamp())


KEYS: dict[str, Callable[[datetime, int], str]] = {
    "rudderstack": lambda at, n: f"rudder-logs/web/{at:%Y-%m-%d}/{seconds(at) + n}.web.{UUID}.json.gz",
    "segment": lambda at, n: f"segment-logs/aBcD/{seconds(at)}000/{seconds(at) + n}123.x.1.{UUID}.gz",
    "kafka-connect": lambda at, n: f"topics/web/year={at:%Y/month=%m/day=%d/hour=%H}/web+{n}+0000000100.json.gz",
    "firehose": lambda at, n: f"{at:%Y/%m/%d/%H}/web-{n}-{at:%Y-%m-%d-%H}-05-09-{UUID}",
    "gharchive": lambda at, n: f"{at:%Y-%m-%d}-{at.hour}.json.gz",
    "{year}/{month}/{day}/{hour}/*": lambda at, n: f"{at:%Y/%m/%d/%H}/part-{n}.jsonl.gz",
    "dt={date}/hr={hour}/*": lambda at, n: f"dt={at:%Y-%m-%d}/hr={at:%H}/part-{n}.jsonl.gz",
    "*_{year}{month}{day}{hour}{minute}{second}*": lambda at, n: f"events_{at:%Y%m%d%H}15{n:02}.jsonl.gz",
    "*/*-{epoch}*": lambda at, n: f"app/ev-{seconds(at) + n}.jsonl.gz",
}
"""Layout or template -> the key of the n-th file that arrives in an hour."""


@dataclass(frozen=True)
class Truth:
    """What was written, for one that looks at it."""

    hours: int
    missing: int
    files: int
    bytes: int
    events: int


def event(ident: str, arrived: datetime, delay: int, *, padding: int = 0) -> bytes:
    """A good track that arrived in an hour and happened so many hours earlier; `padding` bytes do not compress."""
    happened = f"{arrived - timedelta(hours=delay) + timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}"
    sent = {
        "type": "track",
        "messageId": ident,
        "userId": "u",
        "event": "Seen",
        "timestamp": happened,
        "receivedAt": f"{arrived + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        "properties": {"noise": random.Random(ident).randbytes(padding).hex()},
    }
    return json.dumps(sent).encode()


def write_tree(
    folder: Path,
    layout: str,
    *,
    hours: Sequence[int] = range(24),
    files: int = 1,
    delays: Sequence[int] = DELAYS,
    join: bytes = b"\n",
    padding: int = 0,
) -> Truth:
    """Files of good events, those of `delays` in each file, that arrive in the given hours after `FIRST`."""
    size = 0
    for number in hours:
        arrived = FIRST + timedelta(hours=number)
        for n in range(files):
            events = (event(f"{number}-{n}-{at}", arrived, delay, padding=padding) for at, delay in enumerate(delays))
            content = join.join(events)
            size += write(folder / KEYS[layout](arrived, n), gzip.compress(content, mtime=0), at=arrived)
    missing = max(hours) - min(hours) + 1 - len(hours)
    return Truth(len(hours), missing, len(hours) * files, size, len(hours) * files * len(delays))


def write(path: Path, content: bytes, *, at: datetime | None = None) -> int:
    """A file with its folders, modified at a time; its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if at is not None:
        os.utime(path, (seconds(at), seconds(at)))
    return len(content)


def foreign(number: int) -> dict[str, object]:
    """An object of an envelope of its own."""
    return {
        "uuid": f"u-{number}",
        "action": "clicked",
        "ts": 1_769_749_200 + number,
        "user": {"id": number % 7, "name": "é"},
        "odd.name": {"x": None},
        "data": {"price": 1.5, "currency": "EUR", "quantity": 2},
        "date": "yesterday",
    }


def write_foreign(folder: Path) -> None:
    """Three hours of forty such objects."""
    for hour in range(3):
        lines = "\n".join(json.dumps(foreign(40 * hour + n)) for n in range(40))
        write(folder / f"dt=2026-01-30/hr=0{hour + 5}/x.jsonl", lines.encode())


def write_spark(folder: Path) -> None:
    """What Spark leaves: parts without an hour in their keys, checksums, `_SUCCESS`."""
    write(folder / "_SUCCESS", b"")
    for n in range(4):
        name = f"part-0000{n}-{UUID}-c000.json.gz"
        write(folder / name, gzip.compress(event(str(n), FIRST, 0)))
        write(folder / f".{name}.crc", b"crc\0\0\0\1")


def write_hourly_parquet(folder: Path) -> None:
    """What Spark leaves of a table that is partitioned by date and hour."""
    write(folder / "_SUCCESS", b"")
    for hour in range(4):
        path = folder / f"date=2026-01-31/hour={hour:02}/part-00000-{UUID}.c000.snappy.parquet"
        write(path, b"PAR1" + bytes(range(200)) + b"PAR1")


def write_cloudfront(folder: Path) -> None:
    """Access logs of CloudFront: the keys contain the hour, the lines are tab-separated."""
    log = b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes\n2026-01-31\t07:00:01\tFRA50\t1045619\n"
    for hour in range(6):
        write(folder / f"logs/E2K8TPTX6Y3ABC.2026-01-31-{hour:02}.a1b2c3d{hour}.gz", gzip.compress(log * 20))


def write_photos(folder: Path) -> None:
    """Photos by day, with the second in their names."""
    for n in range(6):
        write(
            folder / f"2026/01/3{n % 2}/IMG_2026013{n % 2}_07150{n}.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(500)
        )
    write(folder / "2026/01/30/.DS_Store", b"\0\0\0\1Bud1")


def write_dagster(folder: Path) -> None:
    """Dagster's storage: compute logs of runs, and its databases."""
    for run in ("3f0c1a2b-58d1-4ef0-a1f1-000000000001", "9d0c1a2b-58d1-4ef0-a1f1-000000000002"):
        for ending in ("out", "err", "complete"):
            log = b"2026-01-31 07:00:00 +0000 - dagster - DEBUG - hourly - RUN_START\n"
            write(folder / f"storage/{run}/compute_logs/abcdefgh.{ending}", log)
    for name in ("history/runs.db", "schedules/schedules.db"):
        write(folder / name, b"SQLite format 3\0" + bytes(100))


def write_empty(folder: Path) -> None:
    """A folder without a file."""
    folder.mkdir(parents=True)


STRANGERS: dict[str, Callable[[Path], None]] = {
    "spark": write_spark,
    "hourly parquet": write_hourly_parquet,
    "cloudfront": write_cloudfront,
    "photos": write_photos,
    "dagster": write_dagster,
    "empty": write_empty,
}
"""Folders that are no archive of events."""
