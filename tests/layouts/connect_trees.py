"""Fixture trees of Kafka Connect: the same keys over JSON lines, Avro and Parquet."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from tests.layouts.lines import Json, joined, packed, track


def connect_key(hour: int, ending: str) -> str:
    """A key of the S3 sink, by its time-based partitioner's default path."""
    return f"topics/web.events/year=2026/month=01/day=31/hour={hour:02}/web.events+0+00000000{hour:02}.{ending}"


def kafka_connect() -> dict[str, bytes]:
    """JSON lines, one file of them gzip."""
    return {
        connect_key(7, "json"): joined([track("k-1", "Order Completed", "2026-01-31T07:00:01Z", total=12.5)]),
        connect_key(8, "json.gz"): packed([track("k-2", "Order Completed", "2026-01-31T07:59:59Z", total=3)]),
    }


AVRO_SCHEMA: Final = {
    "type": "record",
    "name": "Event",
    "namespace": "com.example",
    "fields": [
        {"name": "type", "type": {"type": "enum", "name": "Kind", "symbols": ["track", "identify"]}},
        {"name": "messageId", "type": "string"},
        {"name": "userId", "type": ["null", "string"], "default": None},
        {"name": "event", "type": "string"},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {
            "name": "properties",
            "type": {
                "type": "record",
                "name": "Properties",
                "fields": [
                    {"name": "order_no", "type": "long"},
                    {"name": "total", "type": "double"},
                    {
                        "name": "price",
                        "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
                    },
                    {"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                    {"name": "ship_on", "type": {"type": "int", "logicalType": "date"}},
                    {"name": "raw", "type": "bytes"},
                    {"name": "labels", "type": {"type": "map", "values": "string"}},
                ],
            },
        },
    ],
}


def event_values(ident: str, hour: int) -> Json:
    """The event that both formats hold, but for what only one of them has."""
    return {
        "type": "track",
        "messageId": ident,
        "userId": "u-1",
        "event": "Order Completed",
        "timestamp": datetime(2026, 1, 31, hour, 0, 1, 250_000, UTC),
        "properties": {
            "order_no": 9_007_199_254_740_993,
            "total": 12.5,
            "price": Decimal("12.30"),
            "placed_at": datetime(2026, 1, 31, hour, 0, 0, 123_456, UTC),
            "ship_on": date(2026, 2, 1),
            "raw": b"\x00\xff",
        },
    }


def write_avro(events: list[Json], codec: str) -> bytes:
    """An object container file."""
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(AVRO_SCHEMA), events, codec=codec, sync_marker=b"0123456789abcdef")
    return out.getvalue()


def kafka_connect_avro() -> dict[str, bytes]:
    """Logical types, an integer that no double holds, a map, bytes."""
    events = [event_values(ident, hour) for ident, hour in (("a-1", 7), ("a-2", 7), ("a-3", 8))]
    for event in events:
        event["properties"]["labels"] = {"color": "red"}
    return {
        connect_key(7, "avro"): write_avro(events[:2], "null"),
        connect_key(8, "avro"): write_avro(events[2:], "deflate"),
    }


PARQUET_SCHEMA: Final = pa.schema(
    [
        ("type", pa.string()),
        ("messageId", pa.string()),
        ("userId", pa.string()),
        ("event", pa.string()),
        ("timestamp", pa.timestamp("ms", tz="UTC")),
        (
            "properties",
            pa.struct(
                [
                    ("order_no", pa.int64()),
                    ("total", pa.float64()),
                    ("price", pa.decimal128(12, 2)),
                    ("placed_at", pa.timestamp("us", tz="UTC")),
                    ("ship_on", pa.date32()),
                    ("raw", pa.binary()),
                    ("labels", pa.map_(pa.string(), pa.string())),
                    ("tags", pa.list_(pa.string())),
                ]
            ),
        ),
    ]
)


def write_parquet(events: list[Json], compression: str) -> bytes:
    """A file with a row group an event, and checksums."""
    out = io.BytesIO()
    table = pa.Table.from_pylist(events, PARQUET_SCHEMA)
    pq.write_table(table, out, compression=compression, row_group_size=1, write_page_checksum=True)
    return out.getvalue()


def kafka_connect_parquet() -> dict[str, bytes]:
    """The same values as columns."""
    events = [event_values(ident, hour) for ident, hour in (("p-1", 7), ("p-2", 7), ("p-3", 8))]
    for event in events:
        event["properties"] |= {"labels": [("color", "red")], "tags": ["a", None]}
    return {
        connect_key(7, "snappy.parquet"): write_parquet(events[:2], "snappy"),
        connect_key(8, "parquet"): write_parquet(events[2:], "none"),
    }
