"""Exports of mobile attribution: Adjust's cloud storage uploads and AppsFlyer's Data Locker."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.vendors.vendor import Export, auto_id

Cells = Mapping[str, object]


def table_text(names: Sequence[str], rows: Iterable[Cells]) -> bytes:
    """A CSV file with a header, gzip."""
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return gzip.compress(out.getvalue().encode(), mtime=0)


def row_text(names: Sequence[str], row: Cells) -> bytes:
    """A row of such a file, of which its id is made."""
    return gzip.decompress(table_text(names, [row])).splitlines()[1]


ADJUST_COLUMNS: Final = (
    *("{app_name}", "{activity_kind}", "{event_name}", "{created_at}", "{adid}", "{gps_adid}", "[user_id]"),
    *("{reporting_revenue}", "{currency}", "[item_number]"),
)
"""The first row of a file is the definition of the upload: placeholders in braces, callback parameters in brackets."""


def _adjust(kind: str, event: str, created: int, device: str, user: str = "", **cells: object) -> Cells:
    return {
        "{app_name}": "My shop, 2",
        "{activity_kind}": kind,
        "{event_name}": event,
        "{created_at}": created,
        "{adid}": device,
        "{gps_adid}": f"gps-{device}",
        "[user_id]": user,
        **cells,
    }


_INSTALL: Final = _adjust("install", "", 1769842805, "ad-1")
_PURCHASE: Final = _adjust(
    "event", "Purchase", 1769842900, "ad-1", "u-1", **{"{reporting_revenue}": "5.00", "{currency}": "EUR"}
)
_SESSION: Final = _adjust("session", "", 1769846410, "ad-2", "u-2")
_NAME: Final = "abc123app_2026-01-31T{:02}0000_9f86d081884c7d659a2feaa0c55ad015_{}.csv.gz"

ADJUST: Final = Export(
    name="Adjust cloud storage uploads",
    mapping="adjust",
    layout="*_{date}T{hour}{minute}{second}*",
    framing="csv",
    files={
        _NAME.format(7, "a1b2"): table_text(ADJUST_COLUMNS, [_INSTALL, _PURCHASE]),
        _NAME.format(8, "c3d4"): table_text(ADJUST_COLUMNS, [_SESSION]),
    },
    again={_NAME.format(9, "e5f6"): table_text(ADJUST_COLUMNS, [_PURCHASE, _SESSION])},
    lines=5,
    tables={"tracks": 3, "install": 1, "purchase": 1, "session": 1},
    rows={
        ("purchase", auto_id(row_text(ADJUST_COLUMNS, _PURCHASE))): {
            "user_id": "u-1",
            "anonymous_id": "ad-1",
            "timestamp": "2026-01-31T07:01:40Z",
            "event_text": "Purchase",
            "app_name": "My shop, 2",
            "activity_kind": "event",
            "reporting_revenue": "5.00",
            "_archive_hour": "2026-01-31T07:00:00Z",
            "_rescued": None,
        },
        ("install", auto_id(row_text(ADJUST_COLUMNS, _INSTALL))): {"user_id": None, "anonymous_id": "ad-1"},
        ("session", auto_id(row_text(ADJUST_COLUMNS, _SESSION))): {
            "user_id": "u-2",
            "timestamp": "2026-01-31T08:00:10Z",
            "_archive_hour": "2026-01-31T08:00:00Z",
        },
    },
)

APPSFLYER_COLUMNS: Final = (
    *("attributed_touch_type", "install_time", "event_time", "event_name", "event_value", "event_revenue"),
    *("media_source", "appsflyer_id", "customer_user_id", "ip", "app_id", "is_primary_attribution"),
)


def _appsflyer(event: str, time: str, device: str, **cells: object) -> Cells:
    return {
        "attributed_touch_type": "click",
        "install_time": "2026-01-30 10:00:00",
        "event_time": time,
        "event_name": event,
        "media_source": "network_int",
        "appsflyer_id": device,
        "ip": "203.0.113.7",
        "app_id": "com.example.shop",
        "is_primary_attribution": "true",
        **cells,
    }


def parquet_of(rows: Sequence[Cells]) -> bytes:
    """The same columns as Parquet: every one is a text."""
    out = io.BytesIO()
    texts = [{name: row.get(name) for name in APPSFLYER_COLUMNS} for row in rows]
    pq.write_table(pa.Table.from_pylist(texts, pa.schema([(name, pa.string()) for name in APPSFLYER_COLUMNS])), out)
    return out.getvalue()


_OPENED: Final = _appsflyer("af_opened", "2026-01-31 07:05:00", "1769-1", customer_user_id="u-1")
_BOUGHT: Final = _appsflyer(
    "af_purchase",
    "2026-01-31 07:06:00.250",
    "1769-1",
    customer_user_id="u-1",
    event_value='{"af_revenue":"5.00","af_content":["a","b"]}',
    event_revenue="5.00",
)
_EVENING: Final = _appsflyer("af_opened", "2026-01-31 20:00:00", "1769-2")
_LATE: Final = _appsflyer("af_opened", "2026-01-31 09:00:00", "1769-3", customer_user_id="u-3")
_LOCKER: Final = "data-locker-hourly/t={}/dt=2026-01-31/h={}/part-0000{}-6f1c.c000.{}"

APPSFLYER: Final = Export(
    name="AppsFlyer Data Locker",
    mapping="appsflyer",
    layout="*/*/dt={date}/h={hour}/*",
    framing="csv",
    files={
        _LOCKER.format("inapps", 7, 0, "csv.gz"): table_text(APPSFLYER_COLUMNS, [_OPENED, _BOUGHT]),
        _LOCKER.format("inapps", 20, 0, "parquet"): parquet_of([_EVENING]),
        _LOCKER.format("inapps", "late", 0, "csv.gz"): table_text(APPSFLYER_COLUMNS, [_LATE]),
    },
    again={_LOCKER.format("inapps", "late", 1, "csv.gz"): table_text(APPSFLYER_COLUMNS, [_BOUGHT, _LATE])},
    lines=6,
    tables={"tracks": 4, "af_opened": 3, "af_purchase": 1},
    rows={
        ("af_purchase", auto_id(row_text(APPSFLYER_COLUMNS, _BOUGHT))): {
            "user_id": "u-1",
            "anonymous_id": "1769-1",
            "timestamp": "2026-01-31T07:06:00.250Z",
            "context_ip": "203.0.113.7",
            "media_source": "network_int",
            "event_revenue": "5.00",
            "_archive_hour": "2026-01-31T07:00:00Z",
            "_rescued": None,
        },
        ("af_opened", auto_id(row_text(APPSFLYER_COLUMNS, _LATE))): {
            "user_id": "u-3",
            "timestamp": "2026-01-31T09:00:00Z",
            "_archive_hour": "2026-01-31T23:00:00Z",
        },
    },
)

EXPORTS: Final = (ADJUST, APPSFLYER)
