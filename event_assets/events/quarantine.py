"""Quarantine: lines and files that cannot become rows, stored whole with a reason (contract §3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from event_assets.events.chunk import FileEnd, Oversized
from event_assets.events.schema import QUARANTINE_SCHEMA


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One line, or a whole file when `line` and `byte_offset` are None; `bytes` is the size of what is quarantined."""

    file: str
    line: int | None
    byte_offset: int | None
    reason: str
    detail: str
    raw: bytes | None
    bytes: int


def quarantine_oversized(line: Oversized) -> Quarantined:
    """Return the entry of a line over the limit, of which only the head is held, or of one that its framing refuses."""
    detail = line.detail or f"{line.size} bytes"
    return Quarantined(line.file, line.line, line.offset, line.reason, detail, line.head, line.size)


def quarantine_file(end: FileEnd) -> Quarantined:
    """Return the entry of a bad file."""
    return Quarantined(end.file, None, None, "bad_file", end.bad or "", None, end.bytes)


def quarantine_frame(entries: Sequence[Quarantined]) -> pl.DataFrame:
    """Return the entries as rows of QUARANTINE_SCHEMA, in their order."""
    columns = [[getattr(entry, name) for entry in entries] for name in QUARANTINE_SCHEMA]
    return pl.DataFrame(dict(zip(QUARANTINE_SCHEMA, columns, strict=True)), schema=QUARANTINE_SCHEMA)
