"""The archives, which are only read, and the lake, in which a file is written, read, listed and removed.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.archive.storage.filesystem import open_storage
from event_assets.archive.storage.s3_objects import read_object
from event_assets.config.memory import EXPANSION
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.health.doctor.diagnosis import Examination

MOST_SKEW: Final = timedelta(minutes=2)
"""How far clocks may be apart: an hour counts as closed by this machine's, a file is dated by the storage's."""

_COPIES: Final = 2
"""An hour is in temporary files as raw data or as rows, and twice where another load changes types meanwhile."""
_DAYS: Final = 2
"""Days of the archive that are listed."""


def examine_archive(source: Source, now: datetime) -> Examination:
    """List the newest days of a source's archive, and read one of its files."""
    found = Examination(f"archive of {source.name}")
    with found.trying("listing"):
        listing = list_hours(source, start=now - timedelta(days=_DAYS), end=now)
        if not listing.hours:
            listing = list_hours(source)
        files = [file for manifest in listing.hours.values() for file in manifest.files]
        if not files:
            found.add("listing", f"no file fits the layout {listing.layout.name}: tideline init shows why", "failed")
            return found
        newest = max(listing.hours)
        found.add("listing", f"layout {listing.layout.name}, the newest hour is {newest:%Y-%m-%dT%H}")
        _read_one(source, files[-1].key, found)
        _compare_disk(listing.hours.values(), found)
    return found


def _compare_disk(hours: Iterable[Manifest], found: Examination) -> None:
    """Compare the temporary folder with what the largest listed hour takes there (docs/large-hours.md)."""
    largest = max(hours, key=lambda hour: hour.size)
    needed, folder = largest.size * EXPANSION * _COPIES, Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    detail = f"the hour {largest.archive_hour:%Y-%m-%dT%H} takes about {needed >> 20:,} MiB in {folder}"
    if needed > free:
        remedy = "set TMPDIR to a folder on a larger disk"
        found.add("temporary disk", f"{detail}, and {free >> 20:,} MiB are free: {remedy}", "warning")
    else:
        found.add("temporary disk", f"{detail}; {free >> 20:,} MiB are free")


def _read_one(source: Source, key: str, found: Examination) -> None:
    with found.trying("reading"):
        storage = open_storage(source)
        content = read_object(storage.fs, storage.path(key))
        found.add("reading", f"{key}: {len(content):,} bytes; nothing is ever written to an archive")


def examine_lake(settings: Settings) -> Examination:
    """Write, list, read and remove one small file of the lake, and compare its date with this machine's clock."""
    found, lake = Examination("lake"), settings.lake
    path = f".doctor-{os.getpid()}.txt"
    with found.trying("writing and reading"):
        before = datetime.now(UTC)
        lake.publish_bytes(b"tideline doctor", path)
        try:
            listed = path in lake.list_folder("")
            sound = lake.read_bytes(path) == b"tideline doctor"
            written = lake.modified(path)
        finally:
            lake.remove(path)
        if not (listed and sound):
            found.add(
                "writing and reading",
                "a file that was written is not there at once: not a storage for a lake",
                "failed",
            )
            return found
        found.add("writing and reading", "a file was written, listed, read and removed")
        compare_clocks(found, "the storage's", written, before)
    return found


def compare_clocks(found: Examination, whose: str, theirs: datetime, ours: datetime) -> None:
    """Add whether another clock agrees with this machine's."""
    apart = abs(theirs - ours)
    if apart > MOST_SKEW:
        seconds = f"{apart.total_seconds():,.0f} s"
        found.add("clock", f"this machine's is {seconds} from {whose}: let both follow NTP", "warning")
    else:
        found.add("clock", f"agrees with {whose} within {MOST_SKEW.total_seconds():.0f} s")
