"""Events that a contract keeps out of the tables, in the form of quarantined lines: the lake has them as events.

Covered by tests/pipeline/quarantine/test_contract_lines.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.masked import MaskedLake
from loaders.queries.contract import quarantining_hours
from loaders.transform.contracts.check import Violating, find_violating
from loaders.transform.contracts.exact import event_of


def held_hours(settings: Settings, source: Source) -> dict[datetime, int]:
    """Return the loaded hours of which contracts keep events out of the tables, with how many."""
    with open_ledger(settings) as session:
        return {} if session is None else quarantining_hours(session, source.name)


def held_events(settings: Settings, source: Source, note: HourNote) -> Iterator[Violating]:
    """Yield the events of an hour that the contracts of today quarantine, masked. Raises DamagedHour."""
    if not source.contracts.quarantining:
        return
    for frame in MaskedLake(settings.lake, source.name, source.masking, source.selection).read_hour(note):
        selected, _ = source.selection.split(frame)
        yield from find_violating(selected, source.contracts.quarantining)


def text_of(held: Violating) -> bytes:
    """Return the event as a line of JSON."""
    return json.dumps(event_of(held.values), ensure_ascii=False, default=str).encode()
