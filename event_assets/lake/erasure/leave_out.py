"""Rows of erased persons, found by their ids (contract §13): whole columns at a time, a hash for each distinct id.

Covered by tests/lake/erasure/test_suppression.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import polars as pl

from event_assets.events.normalize import Normalized
from event_assets.lake.erasure.quarantined_ids import holds_erased
from event_assets.lake.erasure.suppression import Suppression
from loaders.transform.standard_columns import PERSON_COLUMNS

ID_COLUMNS: Final = ("id", *PERSON_COLUMNS)


def find_erased(events: pl.DataFrame, suppression: Suppression) -> pl.Series:
    """Return which events are erased, by the columns of `ID_COLUMNS`."""
    persons = {id for name in PERSON_COLUMNS for id in events[name].drop_nulls().unique()}
    erased = suppression.persons_among(persons)
    ids = suppression.events_among(events["id"]) if suppression.events else []
    found = pl.any_horizontal(*(pl.col(name).is_in(erased) for name in PERSON_COLUMNS), pl.col("id").is_in(ids))
    return events.select(found.fill_null(value=False).alias("erased")).to_series()


def find_erased_lines(quarantine: pl.DataFrame, suppression: Suppression) -> pl.Series:
    """Return which quarantined lines hold an erased id, as far as that can be decided."""
    found = [line is not None and holds_erased(line, suppression) for line in quarantine["raw"]]
    return pl.Series("erased", found, dtype=pl.Boolean)


def leave_out(chunk: Normalized, suppression: Suppression) -> Normalized:
    """Return the chunk without what is erased; what left is counted per file."""
    if not suppression:
        return chunk
    events = find_erased(chunk.events, suppression)
    lines = find_erased_lines(chunk.quarantine, suppression)
    counts = Counter(chunk.events.filter(events)["_file"]) + Counter(chunk.quarantine.filter(lines)["file"])
    if not counts:
        return chunk
    return replace(
        chunk,
        events=chunk.events.filter(~events),
        quarantine=chunk.quarantine.filter(~lines),
        erased=dict(Counter(chunk.erased) + counts),
    )
