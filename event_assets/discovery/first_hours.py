"""Where the partitions of each source begin.

Covered by tests/test_definitions.py.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings, redacted
from event_assets.config.source import Source
from event_assets.lake.errors import LakeError
from event_assets.lake.paths import checked_name
from event_assets.lake.store import Lake

logger = logging.getLogger(__name__)

LIST_EVERY: Final = timedelta(hours=1)
"""How long the first hour of a listing is taken for that of the archive."""


class _Listed(msgspec.Struct, frozen=True):
    """The first hour of an archive when it was last listed for it: `<lake>/<source>/first_hour.json`."""

    archive: tuple[str, ...]
    """What decides the hours of its files: other settings are another archive."""
    first: datetime
    listed_at: datetime


def first_hours(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Return per source `partitions_start`, or midnight of the day of its archive's first hour.

    An archive is listed for it at most once an hour: the lake keeps what was found, for all processes. One that is
    empty or cannot be listed begins with the earliest of the other archives, or at `now`.
    """
    if settings.partitions_start is not None:
        return dict.fromkeys(settings.sources, settings.partitions_start)
    found = {name: _first_hour(settings.lake, source, now) for name, source in settings.sources.items()}
    earliest = min((hour for hour in found.values() if hour is not None), default=now)
    return {
        name: (hour or earliest).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for name, hour in found.items()
    }


def _first_hour(lake: Lake, source: Source, now: datetime) -> datetime | None:
    archive = (redacted(source.archive), source.layout_names, source.time_zone or "", source.arrival)
    kept = _read(lake, source)
    if kept is not None and kept.archive == archive and timedelta() <= now - kept.listed_at < LIST_EVERY:
        return kept.first
    first = min(_list_archive(source), default=None)
    if first is not None:
        _keep(lake, source, _Listed(archive, first, now))
    return first


def _read(lake: Lake, source: Source) -> _Listed | None:
    try:
        content = lake.read_bytes(_path(source))
        return None if content is None else msgspec.json.decode(content, type=_Listed)
    except (LakeError, OSError, msgspec.DecodeError):
        return None  # the archive is listed, as without a lake


def _keep(lake: Lake, source: Source, listed: _Listed) -> None:
    try:
        lake.publish_bytes(msgspec.json.encode(listed), _path(source))
    except (LakeError, OSError) as error:  # a code server may not be allowed to write: the next one lists, too
        logger.info("source %s: its first hour is not kept in the lake: %s", source.name, redacted(str(error)))


def _path(source: Source) -> str:
    return f"{checked_name(source.name)}/first_hour.json"


def _list_archive(source: Source) -> list[datetime]:
    try:
        return list(list_hours(source).hours)
    except (ArchiveError, OSError) as error:
        logger.warning("source %s: the archive cannot be listed yet: %s", source.name, redacted(str(error)))
        return []
