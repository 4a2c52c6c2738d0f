"""Exports of customer engagement: Braze Currents."""

from __future__ import annotations

import json
from typing import Final

from tests.vendors.streams import avro
from tests.vendors.vendor import Export, Json

_COMMON: Final = [
    {"name": "id", "type": "string"},
    {"name": "user_id", "type": "string"},
    {"name": "external_user_id", "type": ["null", "string"], "default": None},
    {"name": "device_id", "type": ["null", "string"], "default": None},
    {"name": "app_id", "type": ["null", "string"], "default": None},
    {"name": "time", "type": "int"},
    {"name": "timezone", "type": ["null", "string"], "default": None},
]


def _schema(kind: str, *columns: str) -> Json:
    more = [{"name": column, "type": ["null", "string"], "default": None} for column in columns]
    return {"type": "record", "name": kind, "namespace": "com.appboy.braze", "fields": [*_COMMON, *more]}


_CUSTOM: Final = _schema("CustomEvent", "name", "properties")
_OPEN: Final = _schema("EmailOpen", "campaign_id", "email_address")


def _event(number: int, seconds: int, **columns: object) -> Json:
    return {
        "id": f"bz-{number}",
        "user_id": f"65b0c0ffee{number}",
        "external_user_id": f"u-{number}",
        "app_id": "app-1",
        "time": 1769842800 + seconds,
        "timezone": "Europe/Prague",
        **columns,
    }


_INTEGRATION: Final = "dataexport.prod-03.S3.integration.5f1c"


def _key(kind: str, hour: int, offset: int) -> str:
    folder = f"currents/{_INTEGRATION}/event_type={kind}/date=2026-01-31-{hour:02}"
    return f"{folder}/436/prod-03/{_INTEGRATION}+0+{offset:010}.avro"


_ADDED: Final = _event(1, 60, name="Added To Cart", properties=json.dumps({"sku": "a-1", "price": 12.5}))
_ANONYMOUS: Final = _event(2, 61, name="Added To Cart", properties="{}", external_user_id=None)
_OPENED: Final = _event(3, 3660, campaign_id="c-1", email_address="ann@example.com")
_BEHAVIOR: Final = "users.behaviors.CustomEvent"
_EMAIL: Final = "users.messages.email.Open"

BRAZE: Final = Export(
    name="Braze Currents",
    mapping="braze",
    layout="braze",
    files={
        _key(_BEHAVIOR, 7, 1): avro(_CUSTOM, [_ADDED, _ANONYMOUS], "deflate"),
        _key(_EMAIL, 8, 1): avro(_OPEN, [_OPENED]),
    },
    again={_key(_BEHAVIOR, 9, 3): avro(_CUSTOM, [_ADDED]), _key(_EMAIL, 9, 2): avro(_OPEN, [_OPENED])},
    lines=5,
    tables={"tracks": 3, "added_to_cart": 2, "users_messages_email_open": 1},
    rows={
        ("added_to_cart", "bz-1"): {
            "user_id": "u-1",
            "anonymous_id": "65b0c0ffee1",
            "timestamp": "2026-01-31T07:01:00Z",
            "sku": "a-1",
            "price": 12.5,
            "event_type": _BEHAVIOR,
            "timezone": "Europe/Prague",
            "_archive_hour": "2026-01-31T07:00:00Z",
            "_rescued": None,
        },
        ("added_to_cart", "bz-2"): {"user_id": None, "anonymous_id": "65b0c0ffee2"},
        ("users_messages_email_open", "bz-3"): {
            "event_text": _EMAIL,
            "campaign_id": "c-1",
            "email_address": "ann@example.com",
            "timestamp": "2026-01-31T08:01:00Z",
            "_rescued": None,
        },
    },
)

EXPORTS: Final = (BRAZE,)
