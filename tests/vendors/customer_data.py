"""Exports of customer data platforms: Segment's Data Lakes, RudderStack's data lakes and event stream."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.vendors.vendor import Export, Json, gzipped


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


def _warehouse_row(number: int, hour: int, **columns: object) -> Json:
    """A row of a table of RudderStack's lake on S3, where `timestamp` is a reserved name."""
    at = datetime(2026, 1, 31, hour, number, 0, 250_000, UTC)
    return {
        "id": f"rs-{number}",
        "anonymous_id": f"anon-{number}",
        "user_id": f"u-{number}",
        "channel": "web",
        "context_ip": "203.0.113.9",
        "context_request_ip": "203.0.113.9",
        "context_source_id": "2Ab3Cd",
        "context_destination_type": "S3_DATALAKE",
        "original_timestamp": at,
        "sent_at": at.replace(second=1),
        "received_at": at.replace(second=2),
        "_timestamp": at,
        "uuid_ts": at.replace(second=30),
        **columns,
    }


_REVIEWED: Final = _warehouse_row(1, 7, event="product_reviewed", event_text="Product Reviewed")
_IDENTIFIED: Final = _warehouse_row(2, 7, email="ann@example.com", context_traits_email="ann@example.com")
_VISITED: Final = _warehouse_row(3, 8, name="Pricing", url="https://example.com/pricing")
_JOINED: Final = _warehouse_row(4, 8, group_id="g-1", plan="pro")
_LAKE: Final = "events/rudder-datalake/shop/{}/2026/01/31/{:02}/load.2Ab3Cd.{}.parquet"

RUDDERSTACK_LAKE: Final = Export(
    name="RudderStack data lake",
    mapping="rudderstack-data-lake",
    layout="rudderstack-data-lake",
    files={
        _LAKE.format("tracks", 7, 1): _parquet([_REVIEWED]),
        _LAKE.format("product_reviewed", 7, 1): _parquet([{**_REVIEWED, "rating": 3, "review_body": "fine"}]),
        _LAKE.format("identifies", 7, 1): _parquet([_IDENTIFIED]),
        _LAKE.format("users", 7, 1): _parquet([{**_IDENTIFIED, "id": "u-2"}]),
        _LAKE.format("pages", 8, 1): _parquet([_VISITED]),
        _LAKE.format("groups", 8, 1): _parquet([_JOINED]),
    },
    again={_LAKE.format("pages", 8, 2): _parquet([_VISITED])},
    lines=5,
    tables={"tracks": 1, "product_reviewed": 1, "identifies": 1, "users": 1, "pages": 1, "groups": 1},
    rows={
        ("product_reviewed", "rs-1"): {
            "user_id": "u-1",
            "anonymous_id": "anon-1",
            "event": "product_reviewed",
            "event_text": "Product Reviewed",
            "timestamp": "2026-01-31T07:01:00.250Z",
            "received_at": "2026-01-31T07:01:02.250Z",
            "channel": "web",
            "context_ip": "203.0.113.9",
            "context_source_id": "2Ab3Cd",
            "rating": 3,
            "review_body": "fine",
            "rudder_table": "product_reviewed",
            "_event": "product_reviewed",
            "_rescued": None,
        },
        ("identifies", "rs-2"): {"email": "ann@example.com", "context_traits_email": "ann@example.com"},
        ("users", "u-2"): {"email": "ann@example.com"},
        ("pages", "rs-3"): {"name": "Pricing", "url": "https://example.com/pricing", "_rescued": None},
        ("groups", "rs-4"): {"group_id": "g-1", "plan": "pro", "_rescued": None},
    },
)


def _sent(number: int, kind: str, hour: int, **members: object) -> Json:
    """An event of RudderStack's JavaScript SDK, as its object storage destinations write it."""
    at = f"2026-01-31T{hour:02}:0{number}:00"
    return {
        "messageId": f"js-{number}",
        "type": kind,
        "channel": "web",
        "anonymousId": f"anon-{number}",
        "userId": f"u-{number}",
        "rudderId": "8f8f1ba3-6eb9-4ea2-8b5e-2b2f1f7a9b11",
        "context": {"app": {"name": "RudderLabs JavaScript SDK"}, "library": {"version": "2.9.0"}, "traits": {}},
        "integrations": {"All": True},
        "originalTimestamp": f"{at}.250Z",
        "sentAt": f"{at}.300Z",
        "receivedAt": f"{at}.900+00:00",
        "request_ip": "203.0.113.9",
        "timestamp": f"{at}.850+00:00",
        **members,
    }


_CLICKED: Final = _sent(1, "track", 7, event="Link Clicked", properties={"url": "/pricing"})
_KNOWN: Final = _sent(2, "identify", 8, context={"traits": {"plan": "pro"}}, traits={"plan": "pro"})
_STREAM: Final = "rudder-logs/2Ab3Cd/01-31-2026/{}.2Ab3Cd.4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f.json.gz"

RUDDERSTACK_STREAM: Final = Export(
    name="RudderStack event stream",
    mapping=None,
    layout="rudderstack",
    files={_STREAM.format(1769842870): gzipped([_CLICKED]), _STREAM.format(1769846530): gzipped([_KNOWN])},
    again={_STREAM.format(1769846540): gzipped([_CLICKED, _KNOWN])},
    lines=4,
    tables={"tracks": 1, "link_clicked": 1, "identifies": 1, "users": 1},
    rows={
        ("link_clicked", "js-1"): {
            "user_id": "u-1",
            "timestamp": "2026-01-31T07:01:00.850Z",
            "context_ip": "203.0.113.9",
            "context_app_name": "RudderLabs JavaScript SDK",
            "url": "/pricing",
            "_rescued": None,
        },
        ("users", "u-2"): {"plan": "pro", "context_traits_plan": "pro"},
    },
)

EXPORTS: Final = (SEGMENT_LAKE, RUDDERSTACK_LAKE, RUDDERSTACK_STREAM)
