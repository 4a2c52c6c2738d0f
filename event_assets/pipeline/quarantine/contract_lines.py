"""Events that a contract keeps out of the tables, in the form of quarantined lines: the lake has them as events.

Covered by tests/pipeline/quarantine/test_contract_lines.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.masked import MaskedLake
from loaders.queries.contract import quarantining_hours
from loaders.transform.contracts.check import find_violating
from loaders.transform.contracts.exact import event_of
from loaders.transform.contracts.findings import describe

CONTRACT: Final = "contract"
"""The reason of events that violate their contract."""


@dataclass(frozen=True)
class HeldEvent:
    """An event of the lake that violates a contract of the mode `quarantine`."""

    archive_hour: datetime
    file: str
    line: int
    detail: str
    raw: bytes


def held_hours(settings: Settings, source: Source) -> dict[datetime, int]:
    """Return the loaded hours of which contracts keep events out of the tables, with how many."""
    with open_ledger(settings) as session:
        return {} if session is None else quarantining_hours(session, source.name)


def held_events(settings: Settings, source: Source, note: HourNote) -> Iterator[HeldEvent]:
    """Yield the events of an hour that the contracts of today quarantine, masked. Raises DamagedHour."""
    if not source.contracts.quarantining:
        return
    hour = note.archive_hour.astimezone(UTC)
    for frame in MaskedLake(settings.lake, source.name, source.masking, source.selection).read_hour(note):
        selected, _ = source.selection.split(frame)
        for found in find_violating(selected, source.contracts.quarantining):
            yield HeldEvent(hour, found.values["_file"], found.values["_line"], describe(found), _text(found.values))


def _text(values: Any) -> bytes:  # noqa: ANN401  a row of the lake
    return json.dumps(event_of(values), ensure_ascii=False, default=str).encode()
