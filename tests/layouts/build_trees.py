"""Writes the fixture trees of `tests/data/layouts`: `python -m tests.layouts.build_trees`; the same bytes every time.

The note beside a tree has the key format as its producer documents it. The expected result of a tree, its
`expected.json`, is written by hand and not by this module.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import shutil
from typing import Final

import zstandard

from tests.conftest import ROOT
from tests.layouts.connect_trees import kafka_connect, kafka_connect_avro, kafka_connect_parquet
from tests.layouts.lines import Json, dumped, joined, packed, sdk_lines, track
from tests.layouts.request_trees import jitsu, posthog, rudder_batch, segment_batch, snowplow_collector
from tests.layouts.snowplow_lines import enriched_lines

TREES: Final = ROOT / "tests" / "data" / "layouts"
UUID: Final = "4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"


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


def gharchive_2014() -> dict[str, bytes]:
    """Events of GitHub's timeline in the form before 2015, made up; one was recorded twice."""

    def event(kind: str, actor: str, created: str, payload: Json) -> Json:
        return {
            "created_at": created,
            "payload": payload,
            "public": True,
            "type": kind,
            "url": f"https://github.example/{actor}/a/compare/1...2",
            "actor": actor,
            "actor_attributes": {"login": actor, "type": "User", "gravatar_id": "0" * 32, "location": ""},
            "repository": {
                "id": 71,
                "name": "a",
                "url": f"https://github.example/{actor}/a",
                "fork": False,
                "watchers": 0,
            },
        }

    shas = {"shas": [["1f" * 20, "ann@example.com", "Tidy", "Ann", True]], "size": 1, "ref": "refs/heads/main"}
    push = event("PushEvent", "ann", "2014-12-31T22:05:00-08:00", shas)
    again = event("PushEvent", "ann", "2014-12-31T22:06:00-08:00", shas)
    gist = event(
        "GistEvent", "ben", "2014-12-31T23:02:00-08:00", {"action": "create", "id": 4711, "name": "gist: 4711"}
    )
    watch = event("WatchEvent", "ben", "2014-12-31T23:01:00-08:00", {"action": "started"})
    return {
        "2014-12-31-22.json.gz": packed([push, again]),
        "2014-12-31-23.json.gz": packed([watch, watch, gist]),
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
    "gharchive-2014": gharchive_2014,
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
