"""Failures of archive hours: since when and why an hour cannot be loaded (contract §10).

A failure is a small file beside the hours' notes, because the lake can be written where the warehouse is what failed.
It describes the newest attempts and decides nothing: which hours are pending, archive and ledger decide alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

import msgspec

from event_assets.lake.paths import checked_name, format_hour, parse_hour
from event_assets.lake.store import Lake

LONGEST_ERROR: Final = 2000
"""Characters of an error that are recorded."""


@dataclass(frozen=True)
class HourFailure:
    """The attempts to load one archive hour that failed, since its last success."""

    archive_hour: datetime
    since: datetime
    last: datetime
    attempts: int
    error: str
    """The error of the newest attempt."""


def record_failure(lake: Lake, source_name: str, hour: datetime, error: str, *, now: datetime) -> HourFailure:
    """Record a failed attempt after those that are recorded; return them together. Raises LakeError."""
    before = _read(lake, source_name, hour)
    failure = HourFailure(
        archive_hour=hour.astimezone(UTC),
        since=before.since if before else now,
        last=now,
        attempts=before.attempts + 1 if before else 1,
        error=error[:LONGEST_ERROR],
    )
    lake.publish_bytes(msgspec.json.format(msgspec.json.encode(failure), indent=1), _path(source_name, hour))
    return failure


def clear_failure(lake: Lake, source_name: str, hour: datetime) -> None:
    """Remove the record of an hour that was loaded; a missing record is no error. Raises LakeError."""
    lake.remove(_path(source_name, hour))


def failed_hours(lake: Lake, source_name: str) -> frozenset[datetime]:
    """Return the hours of a source with a record, from one listing. Raises LakeError."""
    return frozenset(_hours(lake, source_name))


def read_failures(lake: Lake, source_name: str) -> dict[datetime, HourFailure]:
    """Return the recorded failures of a source by archive hour, in order. Raises LakeError."""
    read = ((hour, _read(lake, source_name, hour)) for hour in sorted(_hours(lake, source_name)))
    return {hour: failure for hour, failure in read if failure is not None}


def _hours(lake: Lake, source_name: str) -> Iterator[datetime]:
    for path in lake.list_folder(_folder(source_name)):
        with suppress(ValueError):
            yield parse_hour(PurePosixPath(path).stem)


def _read(lake: Lake, source_name: str, hour: datetime) -> HourFailure | None:
    """Return the record of an hour; a damaged one counts as none, because the next attempt writes it again."""
    content = lake.read_bytes(_path(source_name, hour))
    try:
        return None if content is None else msgspec.json.decode(content, type=HourFailure)
    except msgspec.DecodeError:
        return None


def _folder(source_name: str) -> str:
    return f"{checked_name(source_name)}/failures"


def _path(source_name: str, hour: datetime) -> str:
    return f"{_folder(source_name)}/{format_hour(hour)}.json"
