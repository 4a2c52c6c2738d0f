"""Where the partitions of each source begin.

Covered by tests/test_definitions.py.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings, redacted
from event_assets.config.source import Source

logger = logging.getLogger(__name__)


def first_hours(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Return per source `partitions_start`, or midnight of the day of its archive's first hour.

    An archive that is empty or cannot be listed begins with the earliest of the other archives, or at `now`.
    """
    if settings.partitions_start is not None:
        return dict.fromkeys(settings.sources, settings.partitions_start)
    found = {name: min(_list_archive(source), default=None) for name, source in settings.sources.items()}
    earliest = min((hour for hour in found.values() if hour is not None), default=now)
    return {
        name: (hour or earliest).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for name, hour in found.items()
    }


def _list_archive(source: Source) -> list[datetime]:
    try:
        return list(list_hours(source).hours)
    except (ArchiveError, OSError) as error:
        logger.warning("source %s: the archive cannot be listed yet: %s", source.name, redacted(str(error)))
        return []
