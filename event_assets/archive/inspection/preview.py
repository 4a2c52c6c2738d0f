"""A preview of guesses: what events of an unknown envelope would leave empty and rescue with the guessed mapping.

Covered by tests/archive/inspection/test_suggest_mapping.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from event_assets.archive.inspection.suggest_mapping import Guesses
from event_assets.events.chunk import Block
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.normalize import normalize
from loaders.transform.convert_value import Kind, kind
from loaders.transform.names import has_name
from loaders.transform.placement import Path, table_kind
from loaders.transform.row_path import Cell, Event, flatten, leaves
from loaders.transform.type_inference import misfits, settle

_ROW_VALUES: Final = 300
_UNSENT: Final = datetime(9000, 1, 1, tzinfo=UTC)
_LOOKED_AT: Final = ("id", "event", "user_id", "anonymous_id", "timestamp", "received_at")


@dataclass(frozen=True)
class Preview:
    """What a mapping gives for sampled events.

    `empty` is the share of events without a value of their own, by column; of `values` sent, the share `rescued` would
    have no column.
    """

    events: int
    empty: Mapping[str, float]
    values: int
    rescued: float


def mapping_of_guesses(guesses: Guesses) -> EnvelopeMapping:
    """Return the guesses as a mapping; without a guess for the type, every event is a track."""
    paths: dict[str, object] = {name: list(path) for name, path in guesses.paths.items()}
    return EnvelopeMapping.parse({"type": {"const": "track"}} | paths)


def preview_guesses(values: Sequence[bytes], guesses: Guesses) -> Preview | None:
    """Return what the guesses give for sampled values; None if none of these becomes an event."""
    numbers = range(1, len(values) + 1)
    block = Block("", list(values), numbers, range(len(values)))
    events = normalize([block], hour=_UNSENT, mapping=mapping_of_guesses(guesses)).events
    if events.is_empty():
        return None
    sent = {
        "id": ~pl.col("id").str.starts_with("auto-"),
        **{name: pl.col(name).is_not_null() for name in ("event", "user_id", "anonymous_id")},
        **{name: pl.col(name) != _UNSENT for name in ("timestamp", "received_at")},
    }
    shares = events.select(**{name: sent[name].mean() for name in _LOOKED_AT}).row(0, named=True)
    count, rescued = _count_values(events.to_dicts())
    return Preview(len(events), {name: 1.0 - share for name, share in shares.items()}, count, rescued / (count or 1))


def _count_values(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return the values in objects and rescued members of rows, and how many of them no column would hold."""
    total = rescued = 0
    kinds: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(Kind))
    for row in rows:
        event = Event.of(row)
        cells, lost = _flatten(event)
        total += sum(len(leaves(tree)) for tree in event.trees.values()) + len(event.rescued)
        rescued += len(lost)
        for column, cell in cells.items():
            kinds[str(row["event"]), column][kind(cell.value)] += 1
    return total, rescued + sum(misfits(counts, settle(counts)) for counts in kinds.values())


def _flatten(event: Event) -> tuple[dict[str, Cell], set[Path]]:
    """Return the values of an event by column, over its tables, and the paths that are rescued."""
    own = event.row["type"] == "track" and has_name(str(event.row["event"] or ""))
    kinds = [table_kind(str(event.row["type"]), home=True, own_table=own)]
    kinds += [table_kind("track", home=False, own_table=True)] if own else []
    flats = [flatten(event, kind, values=_ROW_VALUES, admit=lambda column, path: True) for kind in kinds]
    cells = {column: cell for flat in flats for column, cell in flat.cells.items()}
    return cells, {path for flat in flats for path, _ in flat.rescued}
