"""Exports of product analytics: Mixpanel's raw events, Amplitude's, PostHog's batch exports."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.vendors.vendor import Export, Json, gzipped, json_lines


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

_SAME_INSERT_ID: Final = _mixpanel_event(1, "Signed Up", 8, plan="trial")
"""Another event under an id that was used an hour before."""

MIXPANEL: Final = Export(
    name="Mixpanel raw export",
    mapping="mixpanel",
    layout="{year}/{month}/{day}/{hour}/*",
    files={
        "2026/01/31/07/export.jsonl": json_lines([_SIGNED_UP, _ANONYMOUS]),
        "2026/01/31/08/export.jsonl": json_lines([_PAID, _SAME_INSERT_ID]),
    },
    again={"2026/01/31/09/export.jsonl": json_lines([_SIGNED_UP, _PAID])},
    lines=6,
    tables={"tracks": 4, "signed_up": 3, "order_paid": 1},
    rows={
        ("signed_up", '["mp-1","Signed Up","u-1","1769842860"]'): {
            "user_id": "u-1",
            "anonymous_id": "d-1",
            "event_text": "Signed Up",
            "timestamp": "2026-01-31T07:01:00Z",
            "received_at": "2026-01-31T07:01:01.500Z",
            "plan": "pro",
            "city": "Brno",
            "_rescued": None,
        },
        ("signed_up", '["mp-2","Signed Up","$device:d-2","1769842920"]'): {
            "user_id": "$device:d-2",
            "anonymous_id": "d-2",
        },
        ("order_paid", '["mp-3","Order Paid","u-3","1769846580"]'): {"total": 12.5, "items": '[{"sku":"a"}]'},
    },
)


def _amplitude_event(number: int, event: str, time: str, **members: object) -> Json:
    """A line of Amplitude's export: clocks without a zone, in UTC."""
    return {
        "$insert_id": f"ins-{number}",
        "$schema": None,
        "amplitude_id": 2_234_540_891 + number,
        "app": 187520,
        "city": "Brno",
        "client_event_time": f"2026-01-31 {time}.123000",
        "client_upload_time": f"2026-01-31 {time}.500000",
        "device_id": f"dev-{number}",
        "device_type": "Windows",
        "event_id": number,
        "event_properties": {},
        "event_time": f"2026-01-31 {time}.111000",
        "event_type": event,
        "group_properties": {},
        "groups": {},
        "ip_address": "203.0.113.9",
        "library": "amplitude-ts/2.1.0",
        "os_name": "Chrome",
        "paying": None,
        "platform": "Web",
        "processed_time": f"2026-01-31 {time}.900000",
        "server_received_time": f"2026-01-31 {time}.700000",
        "server_upload_time": f"2026-01-31 {time}.800000",
        "session_id": 1769842800000,
        "user_id": f"user-{number}",
        "user_properties": {},
        "uuid": f"5e2a-{number}",
        **members,
    }


_WATCHED: Final = _amplitude_event(1, "Watch Tutorial", "07:01:00", event_properties={"seconds": 42, "skipped": False})
_UNKNOWN_USER: Final = _amplitude_event(2, "Watch Tutorial", "07:02:00", user_id=None, event_properties={"seconds": 1})
_KNOWN: Final = _amplitude_event(3, "$identify", "07:03:00", user_properties={"plan": "pro", "age": 33})
_BOUGHT: Final = _amplitude_event(
    4, "Buy", "17:04:00", event_properties={"price": 9.5}, user_properties={"plan": "pro"}
)

AMPLITUDE: Final = Export(
    name="Amplitude export",
    mapping="amplitude",
    layout="amplitude",
    files={
        "187520/187520_2026-01-31_7#0.json.gz": gzipped([_WATCHED, _UNKNOWN_USER]),
        "187520/187520_2026-01-31_7#1.json.gz": gzipped([_KNOWN]),
        "187520/187520_2026-01-31_17#0.json.gz": gzipped([_BOUGHT]),
    },
    again={"187520/187520_2026-01-31_17#1.json.gz": gzipped([_BOUGHT, _WATCHED])},
    lines=6,
    tables={"tracks": 3, "watch_tutorial": 2, "buy": 1, "identifies": 1, "users": 1},
    rows={
        ("watch_tutorial", "5e2a-1"): {
            "user_id": "user-1",
            "anonymous_id": "dev-1",
            "event_text": "Watch Tutorial",
            "timestamp": "2026-01-31T07:01:00.111Z",
            "original_timestamp": "2026-01-31T07:01:00.123Z",
            "sent_at": "2026-01-31T07:01:00.500Z",
            "received_at": "2026-01-31T07:01:00.800Z",
            "context_ip": "203.0.113.9",
            "seconds": 42,
            "skipped": False,
            "platform": "Web",
            "session_id": 1769842800000,
            "_rescued": None,
        },
        ("watch_tutorial", "5e2a-2"): {"user_id": None, "anonymous_id": "dev-2", "seconds": 1},
        ("buy", "5e2a-4"): {"price": 9.5, "plan": "pro"},
        ("identifies", "5e2a-3"): {"user_id": "user-3", "plan": "pro", "age": 33},
        ("users", "user-3"): {"plan": "pro", "age": 33},
    },
)


def _zipped(files: dict[str, bytes]) -> bytes:
    """What the export API returns: the files of the hours that were asked for, in a folder."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"187520/{name}", data)
    return content.getvalue()


AMPLITUDE_ZIP: Final = replace(
    AMPLITUDE,
    name="Amplitude export API, zip",
    layout="dt={date}/hr={hour}/*",
    files={
        "dt=2026-01-31/hr=07/export.zip": _zipped(
            {
                "187520_2026-01-31_7#0.json.gz": gzipped([_WATCHED, _UNKNOWN_USER]),
                "187520_2026-01-31_7#1.json.gz": gzipped([_KNOWN]),
            }
        ),
        "dt=2026-01-31/hr=17/export.zip": _zipped({"187520_2026-01-31_17#0.json.gz": gzipped([_BOUGHT])}),
    },
    again={
        "dt=2026-01-31/hr=18/export.zip": _zipped(
            {"a.json.gz": gzipped([_BOUGHT]), "b.json": b"", "c.json.gz": gzipped([_WATCHED])}
        )
    },
)


def _posthog_row(number: int, event: str, time: str, properties: Json, **members: object) -> Json:
    """A row of the events model, as JSON lines have it."""
    return {
        "uuid": f"0192-{number}",
        "event": event,
        "distinct_id": f"p-{number}",
        "person_id": f"person-{number}",
        "properties": {"$lib": "web", "$device_id": f"pd-{number}", "$ip": "203.0.113.9", **properties},
        "person_properties": {"city": "Brno"},
        "elements_chain": "",
        "timestamp": f"2026-01-31T{time}.123456+00:00",
        "created_at": f"2026-01-31T{time}.900000+00:00",
        "_inserted_at": f"2026-01-31T{time}.950000+00:00",
        **members,
    }


_SIGNUP: Final = _posthog_row(1, "signup done", "07:05:00", {"plan": "pro", "n": 1})
_PAGE: Final = _posthog_row(2, "$pageview", "07:06:00", {"$current_url": "https://example.com/x"})
_PERSON: Final = _posthog_row(3, "$identify", "08:00:01", {"$set": {"email": "ann@example.com"}})
_AGAIN: Final = _posthog_row(4, "signup done", "08:10:00", {"plan": "free", "n": 2}, person_properties=None)

_POSTHOG_TABLES: Final = {"tracks": 2, "signup_done": 2, "pages": 1, "identifies": 1, "users": 1}
_POSTHOG_ROWS: Final[dict[tuple[str, str], Json]] = {
    ("signup_done", "0192-1"): {
        "user_id": "p-1",
        "anonymous_id": "pd-1",
        "event_text": "signup done",
        "timestamp": "2026-01-31T07:05:00.123456Z",
        "received_at": "2026-01-31T07:05:00.900Z",
        "context_ip": "203.0.113.9",
        "plan": "pro",
        "n": 1,
        "lib": "web",
        "person_id": "person-1",
        "person_properties_city": "Brno",
    },
    ("signup_done", "0192-4"): {"plan": "free", "n": 2, "person_properties_city": None},
    ("pages", "0192-2"): {"current_url": "https://example.com/x", "_rescued": '{"event":"$pageview"}'},
    ("identifies", "0192-3"): {"user_id": "p-3", "email": "ann@example.com"},
    ("users", "p-3"): {"email": "ann@example.com"},
}

POSTHOG_LINES: Final = Export(
    name="PostHog batch export, JSON lines",
    mapping="posthog-export",
    layout="*/{date}T{hour}*",
    files={
        "events/2026-01-31T07:00:00+00:00-2026-01-31T08:00:00+00:00.jsonl": json_lines([_SIGNUP, _PAGE]),
        "events/2026-01-31T08:00:00+00:00-2026-01-31T09:00:00+00:00.jsonl.gz": gzipped([_PERSON, _AGAIN]),
    },
    again={"events/2026-01-31T09:00:00+00:00-2026-01-31T10:00:00+00:00.jsonl": json_lines([_PERSON, _SIGNUP])},
    lines=6,
    tables=_POSTHOG_TABLES,
    rows=_POSTHOG_ROWS,
)


def _posthog_parquet(rows: list[Json]) -> bytes:
    """The same rows as Parquet: objects as texts of JSON, clocks as instants."""
    texts, clocks = ("properties", "person_properties"), ("timestamp", "created_at", "_inserted_at")
    stored = [
        row
        | {name: None if row[name] is None else json.dumps(row[name]) for name in texts}
        | {name: datetime.fromisoformat(row[name]) for name in clocks}
        for row in rows
    ]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(stored), out, compression="zstd")
    return out.getvalue()


POSTHOG_PARQUET: Final = Export(
    name="PostHog batch export, Parquet",
    mapping="posthog-export",
    layout="{date}T{hour}*",
    files={
        "2026-01-31T07:00:00+00:00-2026-01-31T08:00:00+00:00.parquet": _posthog_parquet([_SIGNUP, _PAGE]),
        "2026-01-31T08:00:00+00:00-2026-01-31T09:00:00+00:00.parquet.zst": _posthog_parquet([_PERSON, _AGAIN]),
    },
    again={"2026-01-31T09:00:00+00:00-2026-01-31T10:00:00+00:00.parquet": _posthog_parquet([_PERSON, _SIGNUP])},
    lines=6,
    tables=_POSTHOG_TABLES,
    rows=_POSTHOG_ROWS,
)

EXPORTS: Final = (MIXPANEL, AMPLITUDE, AMPLITUDE_ZIP, POSTHOG_LINES, POSTHOG_PARQUET)
