"""An hour of the lake written again without erased persons: from the archive where copies count, else from the lake.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from event_assets.archive.errors import TransientArchiveError
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.config_hash import hash_config
from event_assets.lake.erasure.erase_hour import erase_hour
from event_assets.lake.erasure.suppression import Suppression
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.normalize import write_hour
from event_assets.pipeline.recovery.repair import list_unchanged, repair_hour


def rewrite_hour(
    settings: Settings, source: Source, note: HourNote, suppression: Suppression, *, now: Callable[[], datetime]
) -> None:
    """Write the hour again without erased persons.

    The lake has one copy of an id, and no mark of events whose clock or characters were corrected. Where an erased
    event may have beaten another person's copy in its hour, or may have had such a mark, the hour is read from the
    archive again, if that still has its files as they were. Raises LakeError.
    """
    counts = note.counts
    unknown = counts.duplicates or counts.clocks_corrected or counts.sanitized
    if unknown and (listed := _list_as_written(source, note)) is not None:
        write_hour(settings, *listed, note)
        return
    try:
        erase_hour(settings.lake, source, note, suppression, shape=settings.memory.shape, moment=now())
    except DamagedHour as damage:
        repair_hour(settings, source, damage)


def _list_as_written(source: Source, note: HourNote) -> tuple[Source, Manifest] | None:
    """Return the hour in the archive if it is the one that the lake was written from, by the settings of today."""
    try:
        listed = list_unchanged(source, note)
    except TransientArchiveError:
        return None
    return listed if listed and note.config_hash == hash_config(listed[0]) else None
