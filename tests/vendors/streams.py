"""Streams that a cloud writes to its storage: Event Hubs Capture, Pub/Sub, CloudWatch Logs through Firehose."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable
from typing import Final

import fastavro

from tests.vendors.vendor import Export, Json, json_lines

SYNC: Final = b"0123456789abcdef"


def dumped(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def avro(schema: Json, records: Iterable[Json], codec: str = "null") -> bytes:
    """An object container file."""
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), records, codec=codec, sync_marker=SYNC)
    return out.getvalue()


def track(ident: str | None, event: str, time: str, **properties: object) -> Json:
    """A track of our envelope, as an application sends it to the stream."""
    known = {"messageId": ident} if ident else {}
    return {"type": "track", **known, "userId": "u-1", "event": event, "timestamp": time, "properties": properties}


CAPTURE_SCHEMA: Final = {
    "type": "record",
    "name": "EventData",
    "namespace": "Microsoft.ServiceBus.Messaging",
    "fields": [
        {"name": "SequenceNumber", "type": "long"},
        {"name": "Offset", "type": "string"},
        {"name": "EnqueuedTimeUtc", "type": "string"},
        {"name": "SystemProperties", "type": {"type": "map", "values": ["long", "double", "string", "bytes"]}},
        {"name": "Properties", "type": {"type": "map", "values": ["long", "double", "string", "bytes", "null"]}},
        {"name": "Body", "type": ["null", "bytes"]},
    ],
}


def captured(number: int, hour: int, body: object, **system: object) -> Json:
    """A record of Event Hubs Capture."""
    return {
        "SequenceNumber": number,
        "Offset": str(512 * number),
        "EnqueuedTimeUtc": f"1/31/2026 {hour}:05:0{number} AM",
        "SystemProperties": system,
        "Properties": {"tenant": "t-1"},
        "Body": dumped(body),
    }


HUB: Final = "shopns/orders/{}/2026/01/31/{:02}/05/12.avro"
_PAID: Final = track("eh-1", "Order Paid", "2026-01-31T07:05:01Z", total=12.5)
_BATCH: Final = [
    track("eh-2", "Order Paid", "2026-01-31T07:05:02Z", total=3),
    track("eh-3", "Signed Up", "2026-01-31T06:59:00Z", plan="pro"),
]
_LATER: Final = track("eh-4", "Signed Up", "2026-01-31T08:05:01Z", plan="free")
_ENQUEUED: Final = {"x-opt-enqueued-time": 1769843101500}

EVENT_HUBS: Final = Export(
    name="Azure Event Hubs Capture",
    mapping="eventhubs",
    layout="*/*/*/{year}/{month}/{day}/{hour}/*/*",
    files={
        HUB.format(0, 7): avro(CAPTURE_SCHEMA, [captured(1, 7, _PAID, **_ENQUEUED), captured(2, 7, _BATCH)]),
        HUB.format(1, 8): avro(CAPTURE_SCHEMA, [captured(3, 8, _LATER)], "deflate"),
        HUB.format(2, 8): avro(CAPTURE_SCHEMA, []),
    },
    again={HUB.format(1, 9): avro(CAPTURE_SCHEMA, [captured(4, 9, _PAID), captured(5, 9, _LATER)])},
    lines=6,
    tables={"tracks": 4, "order_paid": 2, "signed_up": 2},
    rows={
        ("order_paid", "eh-1"): {
            "user_id": "u-1",
            "event_text": "Order Paid",
            "timestamp": "2026-01-31T07:05:01Z",
            "received_at": "2026-01-31T07:05:01.500Z",
            "total": 12.5,
            "_archive_hour": "2026-01-31T07:00:00Z",
            "_rescued": None,
        },
        ("order_paid", "eh-2"): {"total": 3.0, "received_at": "2026-01-31T07:00:00Z"},
        ("signed_up", "eh-3"): {"timestamp": "2026-01-31T06:59:00Z", "plan": "pro"},
        ("signed_up", "eh-4"): {"_archive_hour": "2026-01-31T08:00:00Z", "plan": "free"},
    },
)

PUBSUB_SCHEMA: Final = {
    "type": "record",
    "name": "PubsubMessage",
    "fields": [
        {"name": "subscription_name", "type": "string"},
        {"name": "message_id", "type": "string"},
        {"name": "publish_time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "attributes", "type": {"type": "map", "values": "string"}},
        {"name": "data", "type": "bytes"},
    ],
}
_UUID: Final = "4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"


def message(number: int, hour: int, data: object) -> Json:
    """A message of Pub/Sub, with its metadata."""
    return {
        "subscription_name": "projects/shop/subscriptions/archive",
        "message_id": f"90{number}",
        "publish_time": (1769842800 + 3600 * (hour - 7)) * 1_000_000 + 302_500_000 + number,
        "attributes": {"origin": "web"},
        "data": dumped(data),
    }


PUBSUB_KEY: Final = "events/2026-01-31T{:02}:05:00+00:00_" + _UUID + ".{}"
_SENT: Final = track("ps-1", "Order Paid", "2026-01-31T07:05:01Z", total=12.5)
_WITHOUT_ID: Final = track(None, "Order Paid", "2026-01-31T07:05:02Z", total=3)
_LATE: Final = track("ps-3", "Signed Up", "2026-01-30T08:05:01Z", plan="free")
_SENT_LATER: Final = track("ps-4", "Signed Up", "2026-01-31T08:04:59Z", plan="pro")
_AT_SEVEN: Final = [message(1, 7, _SENT), message(2, 7, _WITHOUT_ID)]

PUBSUB: Final = Export(
    name="Google Pub/Sub to Cloud Storage, Avro",
    mapping="pubsub",
    layout="*/{date}T{hour}*",
    files={
        PUBSUB_KEY.format(7, "avro"): avro(PUBSUB_SCHEMA, _AT_SEVEN),
        PUBSUB_KEY.format(8, "avro"): avro(PUBSUB_SCHEMA, [message(3, 8, [_LATE])], "deflate"),
    },
    again={PUBSUB_KEY.format(9, "avro"): avro(PUBSUB_SCHEMA, _AT_SEVEN)},
    lines=5,
    tables={"tracks": 3, "order_paid": 2, "signed_up": 1},
    rows={
        ("order_paid", "ps-1"): {
            "user_id": "u-1",
            "timestamp": "2026-01-31T07:05:01Z",
            "received_at": "2026-01-31T07:05:02.500001Z",
            "total": 12.5,
            "_rescued": None,
        },
        ("signed_up", "ps-3"): {"timestamp": "2026-01-30T08:05:01Z", "_archive_hour": "2026-01-31T08:00:00Z"},
    },
)

PUBSUB_TEXT: Final = Export(
    name="Google Pub/Sub to Cloud Storage, text",
    mapping=None,
    layout="*/{date}T{hour}*",
    files={
        PUBSUB_KEY.format(7, "txt"): json_lines([_SENT, _LATE]),
        PUBSUB_KEY.format(8, "txt"): json_lines([_SENT_LATER]),
    },
    again={PUBSUB_KEY.format(8, "2.txt"): json_lines([_SENT])},
    lines=4,
    tables={"tracks": 3, "order_paid": 1, "signed_up": 2},
    rows={("order_paid", "ps-1"): {"user_id": "u-1", "total": 12.5}},
)


def _delivery(events: Iterable[tuple[int, str]], **changed: object) -> bytes:
    """What a subscription filter sends: gzip, so that a file is several members without a line end between."""
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/shop/events",
        "logStream": "web-1",
        "subscriptionFilters": ["archive"],
        "logEvents": [
            {"id": f"3195310660{at}", "timestamp": 1769842800000 + at, "message": message} for at, message in events
        ],
    }
    return gzip.compress(dumped(record | changed), mtime=0)


def _message_of(event: object) -> str:
    return dumped(event).decode()


_TEST: Final = _delivery(
    [(0, "CWL CONTROL MESSAGE: Checking health of destination Firehose.")],
    messageType="CONTROL_MESSAGE",
    owner="CloudwatchLogs",
    logGroup="",
    logStream="",
    subscriptionFilters=[],
)
_LOG: Final = "2026/01/31/{0:02}/shop-logs-1-2026-01-31-{0:02}-00-00-" + _UUID
_ORDER: Final = track("cw-1", "Order Paid", "2026-01-31T07:00:01Z", total=12.5)
_ORDER_TOO: Final = track("cw-2", "Order Paid", "2026-01-31T07:00:02Z", total=3)
_SIGN_UP: Final = track("cw-3", "Signed Up", "2026-01-31T07:59:00Z", plan="pro")
_ORDERS: Final = _delivery([(2000, _message_of(_ORDER)), (2500, _message_of(_ORDER_TOO))])

CLOUDWATCH: Final = Export(
    name="CloudWatch Logs through Firehose, events",
    mapping="cloudwatch",
    layout="firehose",
    files={
        _LOG.format(7): _TEST + _ORDERS,
        _LOG.format(8): gzip.compress(_delivery([(3600000, _message_of(_SIGN_UP))]), mtime=0),
    },
    again={_LOG.format(9): _ORDERS + _TEST},
    lines=5,
    tables={"tracks": 3, "order_paid": 2, "signed_up": 1},
    rows={
        ("order_paid", "cw-1"): {
            "user_id": "u-1",
            "timestamp": "2026-01-31T07:00:01Z",
            "received_at": "2026-01-31T07:00:02Z",
            "total": 12.5,
            "_rescued": None,
        },
        ("signed_up", "cw-3"): {"timestamp": "2026-01-31T07:59:00Z", "plan": "pro"},
    },
)

_JSON_LOG: Final = _message_of({"level": "info", "event": "Cart Viewed", "user_id": "u-7", "items": [1, 2]})
_LOGGED: Final = _delivery([(1000, _JSON_LOG), (2000, "START RequestId: 8f1 Version: $LATEST")])

CLOUDWATCH_LOGS: Final = Export(
    name="CloudWatch Logs through Firehose, any messages",
    mapping="cloudwatch-logs",
    layout="firehose",
    files={_LOG.format(7): _LOGGED + _TEST},
    again={_LOG.format(8): _LOGGED},
    lines=4,
    tables={"tracks": 2, "cart_viewed": 1, "log": 1},
    rows={
        ("cart_viewed", "31953106601000"): {
            "user_id": "u-7",
            "timestamp": "2026-01-31T07:00:01Z",
            "level": "info",
            "items": "[1,2]",
            "log_group": "/shop/events",
            "_rescued": None,
        },
        ("log", "31953106602000"): {"message": "START RequestId: 8f1 Version: $LATEST", "log_stream": "web-1"},
    },
)

EXPORTS: Final = (EVENT_HUBS, PUBSUB, PUBSUB_TEXT, CLOUDWATCH, CLOUDWATCH_LOGS)
