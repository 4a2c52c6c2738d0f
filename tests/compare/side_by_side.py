"""The same events in two schemas of one warehouse: loaded by us, and by the other loader."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from event_assets.events.masking.rules import NO_MASKING, Masking
from event_assets.health.compare.compare import Compared, compare_schemas
from event_assets.health.compare.result import ComparedTable, Comparison
from tests.compare.vendor import Vendor, store
from tests.drive import Place, load_archive, place
from tests.postgres import Database
from tests.promises.archives import hour_number, write_archive

VENDOR = "rudder_prod"
EVERYTHING = Compared(VENDOR)

Events = Mapping[int, Sequence[Mapping[str, Any]]]
"""Number of the archive hour -> events."""


def event(id: str | None, number: int, *, minute: int = 5, **members: object) -> dict[str, Any]:
    """An event as an SDK sends it, received in the n-th hour."""
    moment = hour_number(number)
    happened, sent, received = (moment.replace(minute=minute, second=second) for second in (1, 3, 7))
    plain: dict[str, Any] = {
        "type": "track",
        "event": "Order Done",
        "userId": "u-1",
        "anonymousId": "a-1",
        "originalTimestamp": clock(happened),
        "sentAt": clock(sent),
        "receivedAt": clock(received),
        "timestamp": clock(happened),
        "context": {"library": {"name": "js", "version": "1"}},
    }
    if id is not None:
        plain["messageId"] = id
    return plain | members


def clock(moment: datetime) -> str:
    """An instant to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.250Z"


def load_both(events: Events, folder: Path, database: Database | None = None, masking: Masking = NO_MASKING) -> Place:
    """A warehouse with both schemas; ours is masked, if there are rules."""
    hours = {
        hour_number(number): [[json.dumps(one, ensure_ascii=False).encode() for one in some]]
        for number, some in events.items()
    }
    where = place(write_archive(folder / "archive", hours), folder / "place", database=database)
    where = replace(where, source=replace(where.source, masking=masking))
    load_archive(where)
    vendor = Vendor()
    for number, some in sorted(events.items()):
        vendor.load(hour_number(number), some)
    store(vendor.finished(), VENDOR, database or str(where.warehouse))
    return where


def compare_both(where: Place, choice: Compared = EVERYTHING) -> Comparison:
    """What the comparison finds."""
    return compare_schemas(where.settings, choice)


def unexplained(found: Comparison) -> list[str]:
    """Whatever is to be looked at, one line each."""
    lines = [f"{table.side}: {table.table}" for table in found.lonely if table.rule is None]
    for table in found.tables:
        lines += [f"{table.table}: {table.error}"] if table.error else []
        lines += [f"{table.table}.{one.column} only {one.side}" for one in table.lonely if one.rule is None]
        lines += [
            f"{table.table}: {one.kind} {one.id} {one.column} {one.here} {one.there}"
            for one in table.examples
            if one.rule is None
        ]
    return lines


def rules_of(found: Comparison) -> set[str]:
    """The rules that explain something: rows, columns or types."""
    lonely = {one.rule for one in found.lonely if one.rule}
    return lonely.union(*(rules_of_table(table) for table in found.tables))


def rules_of_table(table: ComparedTable) -> set[str]:
    """The rules that explain rows or columns of a table."""
    return {*table.rules, *(one.rule for one in table.lonely if one.rule)}
