"""Files of records for tests: Avro and Parquet, and the texts that are read out of them."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.archive.decoding.lines import frame_lines
from event_assets.archive.decoding.records import frame_content
from event_assets.events.chunk import Block
from tests.archive.files import cut_into

SYNC = b"0123456789abcdef"


def write_avro(schema: dict[str, Any], records: list[Any], codec: str = "null", interval: int = 16_000) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), records, codec=codec, sync_marker=SYNC, sync_interval=interval)
    return out.getvalue()


def record_of(*fields: tuple[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in fields]}


def write_parquet(table: pa.Table, **how: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, write_page_checksum=True, **how)
    return out.getvalue()


def texts(content: bytes, piece: int = 1 << 16) -> list[str]:
    parts = list(frame_content("f", cut_into(content, piece), frame_lines))
    assert all(isinstance(part, Block) for part in parts)
    return [value.decode() for part in parts if isinstance(part, Block) for value in part.values]


def logical(kind: str, name: str, **more: object) -> dict[str, Any]:
    return {"type": kind, "logicalType": name, **more}
