"""The envelope of sampled values: ours, that of a shipped mapping, or none."""

from __future__ import annotations

import json

import pytest

from event_assets.archive.inspection.recognize_envelope import OWN, recognize_envelope
from event_assets.archive.inspection.sniff import name_kind


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"type": "Track", "messageId": "1"}, "own"),
        ({"type": "page"}, None),
        ({"messageId": "1", "timestamp": "2026-01-31T07:00:00Z"}, None),
        ({"type": "shout", "messageId": "1"}, None),
        ({"id": "1", "type": "PushEvent", "actor": {"id": 1}, "created_at": "2026-01-31T07:00:00Z"}, "gharchive"),
        ({"id": "1", "type": "PushEvent", "actor": "a", "created_at": "2026-01-31T07:00:00Z"}, None),
        ({"id": "1", "type": "PushEvent", "actor": {"id": 1}}, None),
        ({"batch": [{"type": "track", "userId": "u", "event": "x"}]}, "segment-batch"),
        ({"batch": [{"kind": "track", "userId": "u", "event": "x"}]}, None),
    ],
)
def test_an_envelope_is_named_by_what_it_cannot_do_without(sent: dict[str, object], name: str | None) -> None:
    assert recognize_envelope([json.dumps(sent).encode()] * 3).name == name


EVENT = '{"type":"track","properties":{"a":[1,true],"b":"\\u00e9 [x] \\\\"}}'


@pytest.mark.parametrize(
    "content",
    [EVENT, f"[{EVENT},{EVENT}]", f"{EVENT}{EVENT}", f"{EVENT}, {EVENT}", f'{{"Records": [{EVENT}]}}', "[1,2]\n[3]\n"],
)
def test_json_is_recognised_from_any_beginning_of_it(content: str) -> None:
    for start in ("", "\ufeff", "\n ", f'"}}}}\n{EVENT}\n'):
        for size in (1 << 20, *range(1, 80)):
            head = (start + content).encode()[: len(start.encode()) + size]
            assert name_kind(head) is None, head


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("[2024-11-19 05:00:01] INFO a=[1]", "text"),
        ("[Tue Nov 19 05:00:01 2024] [error] [pid 3] x", "text"),
        ("[1234] started", "text"),
        ("[1234] [5] started", "text"),
        ("[INFO] started, then, stopped", "text"),
        ("{2024-11-19} INFO x", "text"),
        ('{app="web"} level=info', "text"),
        ("{'a': 1, 'b': 2, 'c': 3}", "text"),
        ('"GET /" 200 "Mozilla"', "text"),
        ("1732000000.5 INFO x", "text"),
        ("id,ts,payload", "CSV"),
        ("a\tb\tc", "tab-separated text"),
        ("<?xml version='1.0'?>", "XML or HTML"),
        ("#Version: 1.0", "W3C logs such as CloudFront's (tab-separated text after #Version)"),
    ],
)
def test_a_text_log_is_no_json_however_it_begins(line: str, kind: str) -> None:
    for start in ("", "\ufeff", "\r\n"):
        for lines in (1, 200):
            assert name_kind((start + f"{line}\n" * lines).encode()) == kind


def test_half_of_the_lines_are_enough() -> None:
    event = {"type": "track", "messageId": "m", "event": "x", "timestamp": "2026-01-31T07:00:00Z"}
    lines = [json.dumps(event).encode(), b'{"level": "info", "log": "started"}'] * 10
    assert recognize_envelope(lines).name == OWN
    assert recognize_envelope([*lines, lines[1]]).name is None
