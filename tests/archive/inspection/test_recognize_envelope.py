"""The envelope of sampled values: ours, that of a shipped mapping, or none."""

from __future__ import annotations

import json

import pytest

from event_assets.archive.inspection.recognize_envelope import recognize_envelope


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
