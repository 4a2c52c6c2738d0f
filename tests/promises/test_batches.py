"""Promises 1 and 2 over batches: every event of a request is a row, whatever form the request has and in any order."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events import Mapping
from event_assets.health.status import source_status
from tests.conftest import ROOT
from tests.drive import archive_hours, load_archive, place
from tests.independent.event import Mapped
from tests.independent.json_text import is_json
from tests.independent.reader import ArchiveFile
from tests.promises.archives import dated_files
from tests.promises.dirty import Hours, dirty_hours, fixed_hours
from tests.promises.proof import prove, prove_catalog, read_again
from tests.promises.test_dirty_lines import EXPLORE, MANY

GATEWAY: Mapped = {
    "each": "payload.batch",
    "inherit": {
        "receivedAt": {"first": ["payload.receivedAt", "createdAt"]},
        "request_ip": {"first": ["payload.request_ip", "payload.requestIP"]},
        "writeKey": "payload.writeKey",
    },
}
SEGMENT: Mapped = {
    "each": "batch",
    "inherit": {name: name for name in ("sentAt", "receivedAt", "context", "integrations", "writeKey")},
}
POSTHOG: Mapped = {
    "each": "batch",
    "retry_changes": ["sent_at"],
    "inherit": {"sent_at": "sent_at", "receivedAt": "receivedAt"},
    "message_id": "uuid",
    "event": "event",
    "type": {
        "path": "event",
        "default": "track",
        "values": {
            "$pageview": "page",
            "$screen": "screen",
            "$identify": "identify",
            "$set": "identify",
            "$groupidentify": "group",
        },
    },
    "user_id": {"first": ["distinct_id", "properties.distinct_id"]},
    "anonymous_id": {"first": ["properties.$anon_distinct_id", "properties.$device_id"]},
    "group_id": "properties.$group_key",
    "request_ip": {"first": ["ip", "properties.$ip"]},
    "traits": {"first": ["$set", "properties.$set", "properties.$group_set"]},
    "properties": "properties",
    "timestamp": "timestamp",
    "sent_at": "sent_at",
    "received_at": {"first": ["receivedAt", "received_at"]},
}


def as_requests(lines: list[bytes]) -> list[bytes]:
    """Lines of events as lines of the gateway: batches of three, single payloads, JSON texts; what is damaged alone."""
    sound = [line for line in lines if is_whole(line)]
    requests = [line for line in lines if not is_whole(line)]
    for number, start in enumerate(range(0, len(sound), 3)):
        events = sound[start : start + 3]
        head = b'{"userId":"u","createdAt":"2026-11-23T00:00:0%d.5Z","messageId":"","payload":' % (number % 10)
        outer = b'{"requestIP":"198.51.100.%d", "batch" : [%s ],"receivedAt":"2026-11-23T00:00:01Z"}' % (
            number,
            b" ,".join(events),
        )
        if number % 4 == 3:
            text = json.dumps(outer.decode(), ensure_ascii=number % 8 == 3)
            requests.append(head + text.encode() + b"}")
        elif number % 4 == 2:
            requests += [head + event + b"}" for event in events]
        else:
            requests.append(head + outer + b"}")
    return requests


def is_whole(line: bytes) -> bool:
    """Whether the line may be in a batch and leave that readable."""
    try:
        return is_json(line.decode())
    except UnicodeDecodeError:
        return False


def write_gateway(archive: Path, hours: Hours) -> Path:
    """An archive in the gateway's keys."""
    for hour, files in hours.items():
        for number, lines in enumerate(files):
            seconds = int(hour.timestamp()) + number
            name = f"{seconds}_{seconds}_ws_{number:08x}-0000-0000-0000-000000000000.json.gz"
            path = archive / "src" / "gw" / f"{hour:%Y-%m-%d}" / str(hour.hour) / "i-0" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(b"\n".join(as_requests(lines)), mtime=0))
    return archive


def gateway_files(archive: Path) -> list[ArchiveFile]:
    """The files with the hour of their folders."""
    found = []
    for path in sorted(archive.rglob("*.gz")):
        day, hour = path.relative_to(archive).parts[2:4]
        midnight = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        found.append(ArchiveFile(midnight + timedelta(hours=int(hour)), path))
    return found


def prove_gateway(hours: Hours, folder: Path, *, backwards: bool) -> int:
    """Load the hours in order, or the reverse of it, and prove them; how many events they have."""
    archive = write_gateway(folder / "archive", hours)
    where = place(archive, folder / "loaded", layout="auto")
    load_archive(where, reversed(archive_hours(where)) if backwards else None)
    again = read_again(gateway_files(archive), GATEWAY)
    prove(where, again)
    if not backwards:
        prove_catalog(where, again)
    return sum(hour.events for hour in again.hours.values())


def test_every_event_of_the_gateways_requests_is_a_row(tmp_path: Path) -> None:
    assert prove_gateway(fixed_hours(), tmp_path, backwards=False) > 80


@pytest.mark.slow
@settings(MANY, max_examples=EXPLORE or 6)
@given(hours=dirty_hours(), backwards=st.booleans())
def test_many_dirty_requests(hours: Hours, *, backwards: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prove_gateway(hours, Path(folder), backwards=backwards)


BEATS: Mapped = {
    "each": "batch",
    "inherit": {"timestamp": "at", "session": "session", "context": "context", "sentAt": "sentAt"},
}


def write_beats(archive: Path) -> Path:
    """40 requests of two events that are alike but for what they inherit, each sent twice; in two hours."""
    beat, own = '{"type":"track","event":"Beat"}', '{"type":"page","context":{"ip":"1"}}'
    for hour in (0, 1):
        lines = []
        for number in range(40):
            context = f'{{"ip":"{number % 4}","s":{number % 3}}}'
            shared = f'"at":"2026-11-22T10:{number // 2:02}:00Z","session":"s{number % 2}","context":{context}'
            lines += [f'{{"sentAt":"2026-11-23T00:0{n}:00Z",{shared},"batch":[{beat},{own}]}}' for n in (hour, 2)]
        path = archive / "2026" / "11" / "23" / f"{hour:02}" / "requests.jsonl.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return archive


def test_events_that_differ_in_what_they_inherit_are_all_rows_and_retries_are_none(tmp_path: Path) -> None:
    archive = write_beats(tmp_path / "archive")
    where = place(archive, tmp_path / "loaded", layout="auto")
    where = replace(where, source=replace(where.source, mapping=Mapping.parse(BEATS)))
    results = load_archive(where)
    assert [result.counts["inserted"] for result in results] == [3 * 40, 0]
    assert [result.counts["duplicates"] for result in results] == [80, 80]
    again = read_again(dated_files(archive), BEATS)
    prove(where, again)
    prove_catalog(where, again)


def test_a_reload_replaces_ids_that_were_made_by_another_rule(tmp_path: Path) -> None:
    archive = write_beats(tmp_path / "archive")
    where = place(archive, tmp_path / "loaded", layout="auto")
    loose: Mapped = {**BEATS, "retry_changes": ["timestamp", "session", "context", "sentAt"]}
    where = replace(where, source=replace(where.source, mapping=Mapping.parse(loose)))
    load_archive(where)
    prove(where, read_again(dated_files(archive), loose))
    where = replace(where, source=replace(where.source, mapping=Mapping.parse(BEATS)))
    assert len(source_status(where.settings, where.source).other_settings) == 2
    load_archive(where, reload=True)
    prove(where, read_again(dated_files(archive), BEATS))


def requests_of(recording: str, **outer: object) -> list[bytes]:
    """A recording's lines in requests of five; those that are damaged are requests of their own."""
    lines = (ROOT / "tests" / "data" / "sdk" / f"{recording}.jsonl").read_bytes().splitlines()
    sound = [line for line in lines if is_whole(line)]
    texts = json.dumps(outer, ensure_ascii=False).encode()[1:-1]
    batches = [b'{%s,"batch":[%s]}' % (texts, b",".join(sound[n : n + 5])) for n in range(0, len(sound), 5)]
    return batches + [line for line in lines if not is_whole(line)]


@pytest.mark.parametrize(
    ("recording", "preset", "mapping"),
    [
        ("segment-py", "segment-batch", SEGMENT),
        ("segment-browser", "segment-batch", SEGMENT),
        ("rudder-py", "rudder-batch", SEGMENT),
        ("jitsu-browser", "jitsu", SEGMENT),
        ("posthog-py", "posthog", POSTHOG),
    ],
)
def test_what_an_sdk_sent_loads_whole_by_its_preset(
    recording: str, preset: str, mapping: Mapped, tmp_path: Path
) -> None:
    outer = {
        "sentAt": "2026-11-23T00:00:01Z",
        "sent_at": "2026-11-23T00:00:01Z",
        "context": {"app": {"name": "é"}, "library": {"name": "outer"}},
        "writeKey": "wk",
    }
    path = tmp_path / "archive" / "2026" / "11" / "23" / "00" / "requests.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(b"\n".join(requests_of(recording, **outer))))
    where = place(tmp_path / "archive", tmp_path / "loaded", layout="auto", preset=preset)
    load_archive(where)
    again = read_again(dated_files(tmp_path / "archive"), mapping)
    prove(where, again)
    prove_catalog(where, again)
