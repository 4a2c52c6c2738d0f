"""A few of the events that an hour's note counts as noticed, found among the rows that the lake keeps (contract §9).

Samples are of the lake's rows alone, so that an hour that is written again without a person holds none of theirs.

Covered by tests/lake/writing/test_noticed_samples.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from event_assets.events.envelope import CLOCKS, NUMBER
from event_assets.events.ids import AUTO
from event_assets.events.instants import read_instant
from event_assets.events.json.members import members_of
from event_assets.lake.hour_note import CLOCKS_UNREAD, NO_IDS, NoticedSample

KEPT_SAMPLES: Final = 3
"""Samples kept per name and hour."""
CUT: Final = 120
"""Characters kept of an id or a value."""
LOOKED_AT: Final = 1000
"""Rows with a rescued value that are looked at per name and hour."""


def cut_text(text: str) -> str:
    """Return a text as far as it is kept."""
    return text if len(text) <= CUT else f"{text[:CUT]}..."


def first_samples(samples: Iterable[NoticedSample]) -> list[NoticedSample]:
    """Return the first samples of each name by file and line, whatever the order in which they were found."""
    kept: list[NoticedSample] = []
    number: Counter[str] = Counter()
    for sample in sorted(set(samples), key=lambda one: (one.name, one.file, one.line, one.id)):
        number[sample.name] += 1
        kept += [sample] if number[sample.name] <= KEPT_SAMPLES else []
    return kept


@dataclass
class _Wanted:
    """Samples of one name: rows that rescue the member, with a value of which `is_odd` is true."""

    member: str
    is_odd: Callable[[str], bool]
    left: int = KEPT_SAMPLES
    looked_at: int = 0


@dataclass
class SampledRows:
    """Finds samples of what is counted in `noticed` among rows that pass; nothing is looked at where nothing is."""

    noticed: Mapping[str, int]
    not_ids: Sequence[str]
    found: list[NoticedSample] = field(default_factory=list)

    def watch(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Yield the frames, rows of the lake in its order."""
        wanted = self._wanted()
        for frame in frames:
            for name, sought in wanted.items():
                if sought.left and sought.looked_at < LOOKED_AT:
                    self._look(name, sought, frame)
            yield frame

    def _wanted(self) -> dict[str, _Wanted]:
        placeholders = {text.strip().lower() for text in self.not_ids}
        clocks = {f"{CLOCKS_UNREAD}{clock}": _Wanted(clock, _is_unread) for clock in CLOCKS}
        ids = {NO_IDS: _Wanted("messageId", lambda value: _text(value).strip().lower() in placeholders)}
        return {name: wanted for name, wanted in (clocks | ids).items() if self.noticed.get(name)}

    def _look(self, name: str, wanted: _Wanted, frame: pl.DataFrame) -> None:
        holds = pl.col("rescued").str.contains(json.dumps(wanted.member), literal=True)
        chosen = frame.filter(holds & pl.col("id").str.starts_with(AUTO) if name == NO_IDS else holds)
        rows = chosen.select("_file", "_line", "id", "rescued").head(LOOKED_AT - wanted.looked_at)
        wanted.looked_at += rows.height
        for file, line, id, rescued in rows.iter_rows():
            value = (members_of(rescued) or {}).get(wanted.member)
            if wanted.left and value is not None and wanted.is_odd(value):
                wanted.left -= 1
                self.found.append(NoticedSample(name, file, line, cut_text(id), cut_text(value)))


def _is_unread(value: str) -> bool:
    return read_instant(_text(value) if value.startswith('"') else f"{NUMBER}{value}") is None


def _text(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') else value
