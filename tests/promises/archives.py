"""Writes small archives in the rudderstack layout, and tells the independent reader where each file belongs."""

from __future__ import annotations

import gzip
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.independent.reader import ArchiveFile

START = datetime(2026, 11, 23, 0, tzinfo=UTC)
RUDDERSTACK = re.compile(r"^([0-9]{10})\.")
GHARCHIVE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]{1,2})\.json\.gz$")


def hour_number(number: int) -> datetime:
    """The n-th archive hour of a small archive."""
    return START + timedelta(hours=number)


def rudderstack_key(hour: datetime, number: int, source: str = "default", suffix: str = "json.gz") -> str:
    """The key of the n-th file of an hour, as RudderStack writes it."""
    seconds = int(hour.timestamp()) + number
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{seconds}/{number}")
    return f"rudder-logs/{source}/{hour:%Y-%m-%d}/{seconds}.{source}.{name}.{suffix}"


def write_file(archive: Path, hour: datetime, number: int, lines: Iterable[bytes]) -> Path:
    """One gzip file of lines, always of the same bytes."""
    path = archive / rudderstack_key(hour, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
    return path


def write_archive(archive: Path, hours: Mapping[datetime, Sequence[Sequence[bytes]]]) -> Path:
    """An archive of hours of files of lines."""
    archive.mkdir(parents=True, exist_ok=True)
    for hour, files in hours.items():
        for number, lines in enumerate(files):
            write_file(archive, hour, number, lines)
    return archive


def rudderstack_files(archive: Path) -> list[ArchiveFile]:
    """The files of a rudderstack archive with the hours that their names tell."""
    found = []
    for path in sorted(archive.rglob("*")):
        name = RUDDERSTACK.match(path.name)
        if name is not None and path.is_file():
            moment = datetime.fromtimestamp(int(name[1]), UTC)
            found.append(ArchiveFile(moment.replace(minute=0, second=0), path))
    return found


def gharchive_files(archive: Path) -> list[ArchiveFile]:
    """The files of a GH Archive folder, hours not padded."""
    found = []
    for path in sorted(archive.iterdir()):
        if name := GHARCHIVE.match(path.name):
            day = datetime.strptime(name[1], "%Y-%m-%d").replace(tzinfo=UTC)
            found.append(ArchiveFile(day + timedelta(hours=int(name[2])), path))
    return found


def dated_files(archive: Path, pattern: str = "*.json*.gz") -> list[ArchiveFile]:
    """The files of an archive of folders YYYY/MM/DD/HH."""
    found = []
    for path in sorted(archive.rglob(pattern)):
        year, month, day, hour = (int(part) for part in path.relative_to(archive).parts[:4])
        found.append(ArchiveFile(datetime(year, month, day, hour, tzinfo=UTC), path))
    return found
