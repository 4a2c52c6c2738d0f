"""Telemetry as events: OpenTelemetry's logs in OTLP's JSON."""

from __future__ import annotations

from typing import Final

from tests.vendors.streams import dumped
from tests.vendors.vendor import Export, Json, auto_id


def _typed(value: object) -> Json:
    """A value with its type, as OTLP's JSON has it: integers are texts."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_typed(inner) for inner in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _pairs(value)}}
    return {"stringValue": value}


def _pairs(values: Json) -> list[Json]:
    return [{"key": name, "value": _typed(value)} for name, value in values.items()]


def _record(seconds: int, body: object, *, name: str | None = None, **attributes: object) -> Json:
    nanos = 1769842800_000_000_000 + seconds * 1_000_000_000
    return {
        "timeUnixNano": f"{nanos}",
        "observedTimeUnixNano": f"{nanos + 250_000_000}",
        "severityNumber": 9,
        "severityText": "INFO",
        **({"eventName": name} if name else {}),
        "body": _typed(body),
        "attributes": _pairs({key.replace("__", "."): value for key, value in attributes.items()}),
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
    }


def _logs(service: str, *records: Json) -> Json:
    return {
        "resource": {"attributes": _pairs({"service.name": service, "service.replicas": 3})},
        "scopeLogs": [{"scope": {"name": "shop.events", "version": "1.2"}, "logRecords": list(records)}],
    }


def _id_of(record: Json, service: str) -> str:
    """The id of a record: made of its bytes and of what it inherits, in the order of the names."""
    logs = _logs(service)
    return auto_id(dumped(record) + dumped({"resource": logs["resource"], "scope": logs["scopeLogs"][0]["scope"]}))


_PAID: Final = _record(
    1, "order paid", name="order.paid", user__id="u-1", session__id="s-1", order__total=12.5, order__items=[1, 2]
)
_PLAIN: Final = _record(2, "cache warmed", cache__size=9_007_199_254_740_993)
_JSON_BODY: Final = _record(3600, '{"event": "Cart Viewed", "user_id": "u-2", "sku": "a"}')
_MAP_BODY: Final = _record(3601, {"event": "Cart Viewed", "user_id": "u-3", "sku": "b"}, gift=True)
_FOLDER: Final = "otel/year=2026/month=01/day=31/hour={:02}/minute=05/logs_{}.json"
_FIRST: Final = dumped({"resourceLogs": [_logs("web", _PAID), _logs("api", _PLAIN)]})
_SECOND: Final = (
    dumped({"resourceLogs": [_logs("api", _JSON_BODY)]}) + b"\n" + dumped({"resourceLogs": [_logs("api", _MAP_BODY)]})
)

OTEL: Final = Export(
    name="OpenTelemetry logs, OTLP JSON",
    mapping="otel",
    layout="*/year={year}/month={month}/day={day}/hour={hour}/*/*",
    files={_FOLDER.format(7, 1): _FIRST, _FOLDER.format(8, 2): _SECOND},
    again={_FOLDER.format(9, 3): _FIRST},
    lines=6,
    tables={"tracks": 4, "order_paid": 1, "log": 1, "cart_viewed": 2},
    rows={
        ("order_paid", _id_of(_PAID, "web")): {
            "user_id": "u-1",
            "anonymous_id": "s-1",
            "event_text": "order.paid",
            "timestamp": "2026-01-31T07:00:01Z",
            "received_at": "2026-01-31T07:00:01.250Z",
            "order_total": 12.5,
            "order_items": "[1,2]",
            "body": "order paid",
            "severity_text": "INFO",
            "context_service_name": "web",
            "context_service_replicas": 3,
            "scope_name": "shop.events",
            "_rescued": None,
        },
        ("log", _id_of(_PLAIN, "api")): {"body": "cache warmed", "cache_size": 9_007_199_254_740_993, "user_id": None},
        ("cart_viewed", _id_of(_JSON_BODY, "api")): {"user_id": "u-2", "body_sku": "a"},
        ("cart_viewed", _id_of(_MAP_BODY, "api")): {"user_id": "u-3", "body_sku": "b", "gift": True},
    },
)

EXPORTS: Final = (OTEL,)
