"""A vendor's export: files as the vendor publishes their form, what `init` finds in them, and the rows they become."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import xxhash

Json = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """A vendor's files by key, and what is expected of them.

    `layout` and `mapping` are what `init` names, `framing` what it writes besides (None where it is the layout's).
    `tables` are the numbers of rows by table, `rows` some of them: table and id -> columns. `again` are files that the
    vendor exports a second time: they add no row. `lines` are the values of all files, those of `again` included.
    """

    name: str
    mapping: str | None
    layout: str
    files: Mapping[str, bytes]
    tables: Mapping[str, int]
    rows: Mapping[tuple[str, str], Json]
    lines: int
    again: Mapping[str, bytes] = field(default_factory=dict)
    framing: str | None = None


def json_lines(events: Iterable[Json]) -> bytes:
    """JSON lines, in compact JSON."""
    return b"".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for event in events)


def gzipped(events: Iterable[Json]) -> bytes:
    """Gzip JSON lines, without a time in the header."""
    return gzip.compress(json_lines(events), mtime=0)


def auto_id(sent: bytes) -> str:
    """The id of an event without one: made of its bytes (contract §3)."""
    return f"auto-{xxhash.xxh3_128_hexdigest(sent)}"
