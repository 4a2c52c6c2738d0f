"""A preview of a mapping: sampled events as rows of their tables, what stays empty, and what would be rescued.

Covered by tests/archive/inspection/test_suggest_mapping.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from event_assets.archive.inspection.suggest_mapping import Guesses
from event_assets.events.chunk import Block
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.normalize import normalize
from loaders.transform.convert_value import Kind, kind, text
from loaders.transform.names import has_name
from loaders.transform.placement import Path, table_kind
from loaders.transform.row_path import Cell, Event, flatten, leaves
from loaders.transform.type_inference import misfits, settle

_ROW_VALUES: Final = 300
_UNSENT: Final = datetime(9000, 1, 1, tzinfo=UTC)
_LOOKED_AT: Final = ("id", "event", "user_id", "anonymous_id", "timestamp", "received_at")
_ROWS: Final = 3
_SHOWN: Final = ("id", "type", "event", "user_id", "timestamp")
_PROPERTIES: Final = 3
_NAMED: Final = 5


@dataclass(frozen=True)
class Preview:
    """What a mapping gives for sampled events.

    `empty` is the share of events without a value of their own, by column; of `values` sent, the share `rescued` would
    have no column, and `lost` counts those by the type of event and the path, the most frequent first. `rows` are a few
    events: their standard columns and some of their properties, as text, None where a column is NULL.
    """

    events: int
    empty: Mapping[str, float]
    values: int
    rescued: float
    lost: Mapping[str, int]
    rows: tuple[Mapping[str, str | None], ...]


def mapping_of_guesses(guesses: Guesses) -> EnvelopeMapping:
    """Return the guesses as a mapping; without a guess for the type, every event is a track."""
    paths: dict[str, object] = {name: list(path) for name, path in guesses.paths.items()}
    parse = {"parse": [[name] for name in guesses.parse]} if guesses.parse else {}
    inherit = {name: list(path) for name, path in guesses.inherit.items()}
    each = {"each": list(guesses.each), "inherit": inherit} if guesses.each else {}
    return EnvelopeMapping.parse({"type": {"const": "track"}} | each | parse | paths)


def preview_mapping(values: Sequence[bytes], mapping: EnvelopeMapping | None) -> Preview | None:
    """Return what a mapping gives for sampled values; None if none of these becomes an event."""
    numbers = range(1, len(values) + 1)
    block = Block("", list(values), numbers, range(len(values)))
    events = normalize([block], hour=_UNSENT, mapping=mapping).events
    if events.is_empty():
        return None
    sent = {
        "id": ~pl.col("id").str.starts_with("auto-"),
        "event": pl.col("event").is_not_null() | (pl.col("type") != "track"),  # no other type has one
        **{name: pl.col(name).is_not_null() for name in ("user_id", "anonymous_id")},
        **{name: pl.col(name) != _UNSENT for name in ("timestamp", "received_at")},
    }
    shares = events.select(**{name: sent[name].mean() for name in _LOOKED_AT}).row(0, named=True)
    rows = events.to_dicts()
    count, lost = _count_values(rows)
    return Preview(
        len(events),
        {name: 1.0 - share for name, share in shares.items()},
        count,
        lost.total() / (count or 1),
        dict(lost.most_common(_NAMED)),
        tuple(_show_rows(rows)),
    )


def _count_values(rows: Sequence[Mapping[str, Any]]) -> tuple[int, Counter[str]]:
    """Return the number of values in objects and rescued members of rows, and those that no column would hold."""
    total = 0
    lost: Counter[str] = Counter()
    kinds: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * len(Kind))
    for row in rows:
        event = Event.of(row)
        cells, rescued = _flatten(event)
        total += sum(len(leaves(tree)) for tree in event.trees.values()) + len(event.rescued)
        lost.update(f"{row['type']}: {'.'.join(path)}" for path in rescued)
        for column, cell in cells.items():
            kinds[str(row["type"]), str(row["event"]), column][kind(cell.value)] += 1
    for (type_, _, column), counts in kinds.items():
        if misfit := misfits(counts, settle(counts)):
            lost[f"{type_}: {column}"] += misfit
    return total, lost


def _flatten(event: Event) -> tuple[dict[str, Cell], set[Path]]:
    """Return the values of an event by column, over its tables, and the paths that are rescued."""
    own = event.row["type"] == "track" and has_name(str(event.row["event"] or ""))
    kinds = [table_kind(str(event.row["type"]), home=True, own_table=own)]
    kinds += [table_kind("track", home=False, own_table=True)] if own else []
    flats = [flatten(event, kind, values=_ROW_VALUES, admit=lambda column, path: True) for kind in kinds]
    cells = {column: cell for flat in flats for column, cell in flat.cells.items()}
    return cells, {path for flat in flats for path, _ in flat.rescued}


def _show_rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str | None]]:
    """Yield a few rows, of different events first, with the columns that most of them have."""
    firsts: dict[tuple[str, str | None], Mapping[str, Any]] = {}
    for row in rows:
        firsts.setdefault((row["type"], row["event"]), row)
    chosen = list({id(row): row for row in [*firsts.values(), *rows]}.values())[:_ROWS]
    flat = [_flatten(Event.of(row))[0] for row in chosen]
    often = Counter(column for cells in flat for column in cells if not column.startswith("context_"))
    columns = [column for column, _ in often.most_common(_PROPERTIES)]
    for row, cells in zip(chosen, flat, strict=True):
        standard = {name: _show(row[name]) for name in _SHOWN}
        yield standard | {name: text(cells[name].value) if name in cells else None for name in columns}


def _show(value: object) -> str | None:
    if value is None or value == _UNSENT:
        return None
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
