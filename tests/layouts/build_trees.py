"""Writes the fixture trees of `tests/data/layouts`: `python -m tests.layouts.build_trees`; the same bytes every time.

What a producer documents of its keys stands in the note beside each tree; what must come of a tree, in its
`expected.json`, is written by hand and not by this.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import shutil
from collections.abc import Iterable
from typing import Any, Final

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.conftest import ROOT
from tests.layouts.snowplow_lines import enriched_lines

TREES: Final = ROOT / "tests" / "data" / "layouts"
SDK: Final = ROOT / "tests" / "data" / "sdk"
UUID: Final = "4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"
Json = dict[str, Any]


def track(ident: str, event: str, timestamp: str, **properties: object) -> Json:
    """A track of the envelope."""
    return {
        "type": "track",
        "messageId": ident,
        "userId": "u-1",
        "event": event,
        "timestamp": timestamp,
        "properties": properties,
    }


def packed(lines: Iterable[Json | bytes]) -> bytes:
    """Gzip JSON lines, without a time in the header."""
    return gzip.compress(joined(lines), mtime=0)


def joined(lines: Iterable[Json | bytes], end: bytes = b"\n") -> bytes:
    """Compact JSON values, each with its end."""
    return b"".join((line if isinstance(line, bytes) else dumped(line)) + end for line in lines)


def dumped(value: object) -> bytes:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sdk_lines(name: str, numbers: Iterable[int]) -> list[Json]:
    """Recorded lines of an SDK, by their numbers from 0."""
    lines = (SDK / f"{name}.jsonl").read_bytes().splitlines()
    return [json.loads(lines[number]) for number in numbers]


def rudderstack() -> dict[str, bytes]:
    """Two hours; the second has a file in the folder of the day before's form."""
    folder = "rudder-logs/2Ab3Cd"
    return {
        f"{folder}/2026-01-31/1769842805.2Ab3Cd.{UUID}.json.gz": packed(
            [
                track("r-1", "Order Completed", "2026-01-31T07:00:01Z", total=12.5),
                {"type": "identify", "messageId": "r-2", "userId": "u-1", "traits": {"plan": "pro"}},
            ]
        ),
        f"{folder}/01-31-2026/1769846400.2Ab3Cd.{UUID}.json.gz": packed(
            [track("r-3", "Order Completed", "2026-01-31T06:59:59Z", total=3)]
        ),
        f"{folder}/01-31-2026/_SUCCESS": b"",
    }


def gateway() -> dict[str, bytes]:
    """A batch of two, a payload that is one event, and a payload as JSON text; hours are not padded."""
    batch = {
        "batch": [
            track("g-1", "Order Completed", "2026-01-31T07:00:01Z", total=12.5) | {"context": {"ip": "203.0.113.7"}},
            {"type": "identify", "messageId": "g-2", "userId": "u-2", "traits": {"plan": "free"}},
        ],
        "receivedAt": "2026-01-31T07:00:02.500Z",
        "requestIP": "198.51.100.1",
        "writeKey": "wk-1",
    }
    single = track("g-3", "Order Completed", "2026-01-31T06:59:59Z", total=3)
    text = track("g-4", "Signed Up", "2026-01-31T08:00:01Z", plan="pro")

    def line(user: str, payload: object, created: str) -> Json:
        return {"userId": user, "payload": payload, "createdAt": created, "messageId": ""}

    name = f"ws1_{UUID}.json.gz"
    return {
        f"2Ab3Cd/gw/2026-01-31/7/hosted-0/1769842802_1769842803_{name}": packed(
            [line("anon<<>>u-1", batch, "2026-01-31T07:00:02.6Z"), line("u-1", single, "2026-01-31T07:00:03.123456Z")]
        ),
        f"2Ab3Cd/gw/2026-01-31/8/hosted-0/1769846401_1769846401_{name}": packed(
            [line("u-1", json.dumps(text), "2026-01-31T08:00:02Z")]
        ),
    }


def segment() -> dict[str, bytes]:
    """Real lines of the browser's SDK; the day folder is in milliseconds."""
    folder = "segment-logs/aBcD1234/1769817600000"
    page, simple = sdk_lines("segment-browser", (0, 1))
    return {
        f"{folder}/1769842800999.0f1e2d3c4b5a.0.gz": packed([page]),
        f"{folder}/1769846400001.0f1e2d3c4b5a.0.gz": packed([simple]),
    }


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


def kafka_connect_avro() -> dict[str, bytes]:
    """Logical types, an integer that no double holds, a map, bytes."""
    import datetime as dt
    from decimal import Decimal

    def record(ident: str, hour: int) -> Json:
        return {
            "type": "track",
            "messageId": ident,
            "userId": "u-1",
            "event": "Order Completed",
            "timestamp": dt.datetime(2026, 1, 31, hour, 0, 1, 250_000, dt.UTC),
            "properties": {
                "order_no": 9_007_199_254_740_993,
                "total": 12.5,
                "price": Decimal("12.30"),
                "placed_at": dt.datetime(2026, 1, 31, hour, 0, 0, 123_456, dt.UTC),
                "ship_on": dt.date(2026, 2, 1),
                "raw": b"\x00\xff",
                "labels": {"color": "red"},
            },
        }

    def written(records: list[Json], codec: str) -> bytes:
        out = io.BytesIO()
        fastavro.writer(out, fastavro.parse_schema(AVRO_SCHEMA), records, codec=codec, sync_marker=b"0123456789abcdef")
        return out.getvalue()

    return {
        connect_key(7, "avro"): written([record("a-1", 7), record("a-2", 7)], "null"),
        connect_key(8, "avro"): written([record("a-3", 8)], "deflate"),
    }


def kafka_connect_parquet() -> dict[str, bytes]:
    """The same values as columns."""
    import datetime as dt
    from decimal import Decimal

    properties = pa.struct(
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
    )
    columns = [
        ("type", pa.string()),
        ("messageId", pa.string()),
        ("userId", pa.string()),
        ("event", pa.string()),
        ("timestamp", pa.timestamp("ms", tz="UTC")),
        ("properties", properties),
    ]

    def written(idents: list[str], hour: int, compression: str) -> bytes:
        rows = [
            {
                "type": "track",
                "messageId": ident,
                "userId": "u-1",
                "event": "Order Completed",
                "timestamp": dt.datetime(2026, 1, 31, hour, 0, 1, 250_000, dt.UTC),
                "properties": {
                    "order_no": 9_007_199_254_740_993,
                    "total": 12.5,
                    "price": Decimal("12.30"),
                    "placed_at": dt.datetime(2026, 1, 31, hour, 0, 0, 123_456, dt.UTC),
                    "ship_on": dt.date(2026, 2, 1),
                    "raw": b"\x00\xff",
                    "labels": [("color", "red")],
                    "tags": ["a", None],
                },
            }
            for ident in idents
        ]
        out = io.BytesIO()
        table = pa.Table.from_pylist(rows, pa.schema(columns))
        pq.write_table(table, out, compression=compression, row_group_size=1, write_page_checksum=True)
        return out.getvalue()

    return {
        connect_key(7, "snappy.parquet"): written(["p-1", "p-2"], 7, "snappy"),
        connect_key(8, "parquet"): written(["p-3"], 8, "none"),
    }


def firehose() -> dict[str, bytes]:
    """Objects one after another, and with the new line delimiter switched on; what failed lies apart."""
    one, two, three = (track(f"f-{n}", "Order Completed", "2026-01-31T07:00:01Z", total=n) for n in (1, 2, 3))
    name = f"clicks-2-2026-01-31-{{}}-00-00-{UUID}"
    failed = {"attemptsMade": 4, "errorCode": "Lambda.FunctionError", "rawData": "e30="}
    return {
        f"2026/01/31/07/{name.format('07')}.gz": gzip.compress(joined([one, two], b""), mtime=0),
        f"2026/01/31/08/{name.format('08')}": joined([three]),
        f"processing-failed/2026/01/31/08/{name.format('08')}": joined([failed]),
    }


def firehose_prefix() -> dict[str, bytes]:
    """A prefix of one's own in Hive's form."""
    name = f"clicks-1-2026-01-31-{{}}-00-00-{UUID}.gz"
    folder = "raw/year=2026/month=01/day=31"
    events = [track(f"h-{n}", "Order Completed", "2026-01-31T07:00:01Z", total=n) for n in (1, 2, 3)]
    return {
        f"{folder}/hour=07/{name.format('07')}": gzip.compress(joined(events[:2], b""), mtime=0),
        f"{folder}/hour=08/{name.format('08')}": packed(events[2:]),
    }


def gharchive() -> dict[str, bytes]:
    """Events of GitHub's public timeline, made up in its form."""

    def push(ident: str, created: str) -> Json:
        return {
            "id": ident,
            "type": "PushEvent",
            "actor": {"id": 71, "login": "ann"},
            "repo": {"id": 3, "name": "ann/a"},
            "payload": {"size": 2, "ref": "refs/heads/main"},
            "public": True,
            "created_at": created,
        }

    return {
        "2026-01-31-7.json.gz": packed([push("1", "2026-01-31T07:00:00Z"), push("2", "2026-01-31T07:59:59Z")]),
        "2026-01-31-17.json.gz": packed([push("3", "2026-01-31T17:00:00Z")]),
    }


def snowplow() -> dict[str, bytes]:
    """Enriched events of every kind, and one line that is short."""
    lines = enriched_lines()
    folder = "enriched/archive/run=2026-01-31"
    return {
        f"{folder}-07-12-33/part-00000-{UUID}.gz": gzip.compress(joined(lines[:3]), mtime=0),
        f"{folder}-07-12-33/part-00001-{UUID}.gz": gzip.compress(joined(lines[3:5]), mtime=0),
        f"{folder}-08-12-40/part-00000-{UUID}.gz": gzip.compress(joined([*lines[5:], b"web\tshort"]), mtime=0),
        f"{folder}-08-12-40/_SUCCESS": b"",
    }


def cloudtrail() -> dict[str, bytes]:
    """`{"Records": [...]}`, one array a file."""

    def record(number: int, name: str, time: str) -> Json:
        return {
            "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "mateo"},
            "eventTime": time,
            "eventSource": "ec2.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-2",
            "sourceIPAddress": "203.0.113.9",
            "userAgent": "aws-cli/2",
            "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-1"}]}},
            "eventID": f"e-{number}",
            "readOnly": False,
        }

    folder = "AWSLogs/111122223333/CloudTrail/us-east-2/2026/01/31/111122223333_CloudTrail_us-east-2_20260131"
    first = [record(1, "StartInstances", "2026-01-31T07:01:00Z"), record(2, "StopInstances", "2026-01-31T06:59:00Z")]
    second = [record(3, "StartInstances", "2026-01-31T08:01:00Z")]
    return {
        f"{folder}T0710Z_Mu0KsOhtH1ar15ZZ.json.gz": gzip.compress(dumped({"Records": first}), mtime=0),
        f"{folder}T0805Z_Mu0KsOhtH1ar15AA.json.gz": gzip.compress(dumped({"Records": second}), mtime=0),
    }


def json_array() -> dict[str, bytes]:
    """One array a file."""
    events = [track(f"j-{n}", "Order Completed", "2026-01-31T07:00:01Z", total=n) for n in (1, 2, 3)]
    return {
        "2026/01/31/07/export.json": json.dumps(events[:2], indent=1).encode(),
        "2026/01/31/08/export.json.gz": gzip.compress(dumped(events[2:]), mtime=0),
    }


def ndjson() -> dict[str, bytes]:
    """The same lines in every compression."""
    lines = [joined([track(f"n-{n}", "Order Completed", "2026-01-31T07:00:01Z", total=n)]) for n in range(5)]
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    return {
        "dt=2026-01-31/hr=07/a.jsonl.zst": zstd.compress(lines[0]),
        "dt=2026-01-31/hr=07/b.jsonl.bz2": bz2.compress(lines[1]),
        "dt=2026-01-31/hr=07/c.jsonl.xz": lzma.compress(lines[2]),
        "dt=2026-01-31/hr=08/d.jsonl": lines[3],
        "dt=2026-01-31/hr=08/e.jsonl.gz": gzip.compress(lines[4], mtime=0),
    }


def hourly(*hours: Iterable[Json | bytes]) -> dict[str, bytes]:
    """Lines below YYYY/MM/DD/HH, from 2026-11-23T00 on."""
    return {f"2026/11/23/{number:02}/requests.jsonl.gz": packed(lines) for number, lines in enumerate(hours)}


def without(event: Json, *names: str) -> Json:
    """An event as it stands in a batch: what all of it have in common is outside."""
    return {name: value for name, value in event.items() if name not in names}


def batch_of(name: str, numbers: Iterable[int], **outer: object) -> Json:
    """Recorded events in one request."""
    return {"batch": [without(event, "sentAt", "receivedAt") for event in sdk_lines(name, numbers)], **outer}


def segment_batch() -> dict[str, bytes]:
    """Requests as Segment's HTTP API takes them, and one single event."""
    outer = {"writeKey": "wk", "sentAt": "2026-11-23T00:05:32.178Z", "receivedAt": "2026-11-23T00:05:32.183Z"}
    common = {"context": {"ip": "203.0.113.9", "app": {"name": "shop"}}}
    return hourly([batch_of("segment-py", (0, 1), **outer, **common)], sdk_lines("segment-py", (4,)))


def rudder_batch() -> dict[str, bytes]:
    """Requests as RudderStack's HTTP API takes them."""
    outer = {"sentAt": "2026-11-23T00:05:34.456Z", "receivedAt": "2026-11-23T00:05:34.467Z"}
    return hourly([batch_of("rudder-py", (0, 1), **outer)], [batch_of("rudder-py", (2, 4), **outer)])


def jitsu() -> dict[str, bytes]:
    """Events as Jitsu's SDK sends them, one at a time and in a batch."""
    return hourly(sdk_lines("jitsu-browser", (0, 1)), [{"batch": sdk_lines("jitsu-browser", (13, 14))}])


def posthog() -> dict[str, bytes]:
    """A batch of PostHog's capture API, and single events of its kinds."""
    names = [
        json.loads(line).get("event")
        for line in (SDK / "posthog-py.jsonl").read_bytes().replace(b"NaN", b"0").splitlines()
    ]
    page, known, group = (names.index(name) for name in ("$pageview", "$set", "$groupidentify"))
    batch = [without(event, "sent_at", "receivedAt") for event in sdk_lines("posthog-py", (0, page))]
    outer = {"api_key": "phc_1", "sent_at": "2026-11-23T00:05:36.802Z", "receivedAt": "2026-11-23T00:05:36.810Z"}
    return hourly([{**outer, "batch": batch}], sdk_lines("posthog-py", (known, group)))


def snowplow_collector() -> dict[str, bytes]:
    """Requests of a tracker: the payload's schema with its data, and single ones."""
    names = [json.loads(line)["e"] for line in (SDK / "snowplow-node.jsonl").read_bytes().splitlines()]
    page, struct = names.index("pv"), names.index("se")
    schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    return hourly(
        [{"schema": schema, "data": sdk_lines("snowplow-node", (0, 1))}], sdk_lines("snowplow-node", (page, struct))
    )


TREE_BUILDERS: Final = {
    "rudderstack": rudderstack,
    "rudderstack-gateway": gateway,
    "segment": segment,
    "kafka-connect": kafka_connect,
    "kafka-connect-avro": kafka_connect_avro,
    "kafka-connect-parquet": kafka_connect_parquet,
    "firehose": firehose,
    "firehose-prefix": firehose_prefix,
    "gharchive": gharchive,
    "snowplow": snowplow,
    "cloudtrail": cloudtrail,
    "json-array": json_array,
    "ndjson": ndjson,
    "segment-batch": segment_batch,
    "rudder-batch": rudder_batch,
    "jitsu": jitsu,
    "posthog": posthog,
    "snowplow-collector": snowplow_collector,
}


def main() -> None:
    """Write every tree anew."""
    for name, build in TREE_BUILDERS.items():
        archive = TREES / name / "archive"
        shutil.rmtree(archive, ignore_errors=True)
        for key, content in build().items():
            (archive / key).parent.mkdir(parents=True, exist_ok=True)
            (archive / key).write_bytes(content)


if __name__ == "__main__":
    main()
