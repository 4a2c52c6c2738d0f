"""All examinations of a configuration, in the order in which an operator mends them.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from event_assets.config.settings import Settings
from event_assets.health.doctor.diagnosis import Diagnosis
from event_assets.health.doctor.machine import examine_machine
from event_assets.health.doctor.storage import examine_archive, examine_lake
from event_assets.health.doctor.warehouse import examine_warehouse


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """Yield the findings as they are made; nothing that is tried changes a table, a file of the lake or the archive."""
    yield from examine_machine(settings).found
    for source in settings.sources.values():
        yield from examine_archive(source, datetime.now(UTC)).found
    yield from examine_lake(settings).found
    yield from examine_warehouse(settings).found
