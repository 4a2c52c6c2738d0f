"""Fixture trees of requests: what SDKs sent, as recorded, in the forms in which their servers take it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.layouts.lines import SDK, Json, packed, sdk_lines


def hourly(*hours: Iterable[Json | bytes]) -> dict[str, bytes]:
    """Lines below YYYY/MM/DD/HH, from 2026-11-23T00 on."""
    return {f"2026/11/23/{number:02}/requests.jsonl.gz": packed(lines) for number, lines in enumerate(hours)}


def without(event: Json, *names: str) -> Json:
    """An event inside a batch: members that all events share are outside."""
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
