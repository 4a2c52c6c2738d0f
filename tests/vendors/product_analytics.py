"""Exports of product analytics: Mixpanel's raw events."""

from __future__ import annotations

from typing import Final

from tests.vendors.vendor import Export, Json, json_lines


def _mixpanel_event(number: int, event: str, hour: int, **properties: object) -> Json:
    """An event of the raw export API; `time` is in seconds, processing in milliseconds."""
    time = 1769842800 + 3600 * (hour - 7) + 60 * number
    return {
        "event": event,
        "properties": {
            "time": time,
            "distinct_id": f"u-{number}",
            "$device_id": f"d-{number}",
            "$insert_id": f"mp-{number}",
            "$user_id": f"u-{number}",
            "mp_lib": "web",
            "mp_processing_time_ms": time * 1000 + 1500,
            **properties,
        },
    }


_SIGNED_UP: Final = _mixpanel_event(1, "Signed Up", 7, plan="pro", **{"$city": "Brno"})
_ANONYMOUS: Final = _mixpanel_event(2, "Signed Up", 7, plan="free", **{"$user_id": None, "distinct_id": "$device:d-2"})
_PAID: Final = _mixpanel_event(3, "Order Paid", 8, total=12.5, items=[{"sku": "a"}])

MIXPANEL: Final = Export(
    name="Mixpanel raw export",
    mapping="mixpanel",
    layout="{year}/{month}/{day}/{hour}/*",
    files={
        "2026/01/31/07/export.jsonl": json_lines([_SIGNED_UP, _ANONYMOUS]),
        "2026/01/31/08/export.jsonl": json_lines([_PAID]),
    },
    again={"2026/01/31/09/export.jsonl": json_lines([_SIGNED_UP, _PAID])},
    lines=5,
    tables={"tracks": 3, "signed_up": 2, "order_paid": 1},
    rows={
        ("signed_up", "mp-1"): {
            "user_id": "u-1",
            "anonymous_id": "d-1",
            "event_text": "Signed Up",
            "timestamp": "2026-01-31T07:01:00Z",
            "received_at": "2026-01-31T07:01:01.500Z",
            "plan": "pro",
            "city": "Brno",
            "_rescued": None,
        },
        ("signed_up", "mp-2"): {"user_id": "$device:d-2", "anonymous_id": "d-2"},
        ("order_paid", "mp-3"): {"total": 12.5, "items": '[{"sku":"a"}]'},
    },
)

EXPORTS: Final = (MIXPANEL,)
