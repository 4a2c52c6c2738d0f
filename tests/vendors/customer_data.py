"""Exports of customer data platforms: Segment's Data Lakes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.vendors.vendor import Export, Json


def _row(number: int, kind: str, hour: int, **columns: object) -> Json:
    """A row of a table of the lake: objects are flattened, names are in snake case, clocks are instants."""
    at = datetime(2026, 1, 31, hour, number, 0, 250_000, UTC)
    return {
        "anonymous_id": f"anon-{number}",
        "channel": "client",
        "context_ip": "203.0.113.9",
        "context_library_name": "analytics.js",
        "integrations_all": True,
        "message_id": f"ajs-{number}",
        "original_timestamp": at,
        "project_id": "9sWxK",
        "received_at": at.replace(second=2),
        "sent_at": at.replace(second=1),
        "timestamp": at,
        "type": kind,
        "user_id": f"u-{number}",
        "version": 2,
        **columns,
    }


def _parquet(rows: list[Json]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out, compression="snappy")
    return out.getvalue()


_VIEWED: Final = _row(1, "track", 7, event="Product Viewed", sku="a-1", price=12.5)
_VIEWED_TOO: Final = _row(2, "track", 7, event="Product Viewed", sku="a-2", price=3.0, user_id=None)
_PERSON: Final = _row(3, "identify", 7, email="ann@example.com", plan="pro")
_PAGE: Final = _row(4, "page", 8, name="Pricing", url="https://example.com/pricing")
_DATA: Final = "segment-data/data/9sWxK"

SEGMENT_LAKE: Final = Export(
    name="Segment Data Lakes",
    mapping="segment-data-lake",
    layout="segment-data-lake",
    files={
        f"{_DATA}/segment_type=product_viewed/day=2026-01-31/hr=07/part-0.parquet": _parquet([_VIEWED, _VIEWED_TOO]),
        f"{_DATA}/segment_type=identifies/day=2026-01-31/hr=07/part-0.parquet": _parquet([_PERSON]),
        f"{_DATA}/segment_type=pages/day=2026-01-31/hr=08/part-0.parquet": _parquet([_PAGE]),
    },
    again={f"{_DATA}/segment_type=pages/day=2026-01-31/hr=08/part-1.parquet": _parquet([_PAGE])},
    lines=5,
    tables={"tracks": 2, "product_viewed": 2, "identifies": 1, "users": 1, "pages": 1},
    rows={
        ("product_viewed", "ajs-1"): {
            "user_id": "u-1",
            "anonymous_id": "anon-1",
            "event_text": "Product Viewed",
            "timestamp": "2026-01-31T07:01:00.250Z",
            "received_at": "2026-01-31T07:01:02.250Z",
            "context_ip": "203.0.113.9",
            "context_library_name": "analytics.js",
            "sku": "a-1",
            "price": 12.5,
            "_rescued": None,
        },
        ("product_viewed", "ajs-2"): {"user_id": None, "anonymous_id": "anon-2"},
        ("identifies", "ajs-3"): {"email": "ann@example.com", "plan": "pro"},
        ("users", "u-3"): {"email": "ann@example.com", "plan": "pro"},
        ("pages", "ajs-4"): {"name": "Pricing", "url": "https://example.com/pricing"},
    },
)

EXPORTS: Final = (SEGMENT_LAKE,)
