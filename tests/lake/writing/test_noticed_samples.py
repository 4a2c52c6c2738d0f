"""Samples of what an hour's note counts: a few of each name, cut, and of the lake's rows alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from event_assets.health.noticed import find_examples
from event_assets.lake.hour_note import HourNote, NoticedSample, decode_note, encode_note
from event_assets.lake.reading.read import read_note
from event_assets.lake.writing.noticed_samples import first_samples
from event_assets.pipeline.erasure.forget import forget
from loaders.rewrite.forget import Persons
from tests.drive import Place, load_archive, place
from tests.promises.archives import hour_number, write_archive

KEY = "a key of this test alone"
LONG = "x\u202e|" * 100


def line(number: int, **members: object) -> bytes:
    event = {"type": "track", "event": "Sold", "messageId": f"m-{number}", "userId": "u", "anonymousId": "v"}
    return json.dumps(
        {**event, "timestamp": "2026-11-22T10:00:00Z", "receivedAt": "2026-11-23T00:01:00Z"} | members
    ).encode()


ODD = [
    line(1, sentAt="half past seven"),
    line(2, sentAt=LONG),
    line(3, timestamp="2999-01-01T00:00:00Z"),
    line(4, timestamp={"a": 1}),
    line(5, messageId=" "),
    line(6, messageId=" Undefined ", userId="w"),
    line(7, messageId="nan"),
    line(8),
    line(9, sentAt="noon", userId="w"),
    line(99, sentAt="dusk"),
]
COPIES = [
    line(8, event="Bought", receivedAt="2026-11-23T00:00:59Z"),
    line(8, userId="w", timestamp="2026-11-20T10:00:00Z", receivedAt="2026-11-23T00:00:58Z"),
]


def read_first(where: Place) -> HourNote:
    note = read_note(where.lake, where.source.name, hour_number(0))
    assert note is not None
    return note


def test_samples_are_of_odd_events_alone_and_leave_with_their_person(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "archive", {hour_number(0): [ODD, COPIES]})
    where = place(archive, tmp_path)
    load_archive(where, [hour_number(0)])
    note = read_first(where)
    a, b = sorted(file.file for file in note.files)
    assert [(one.name, one.file, one.line, one.value) for one in note.samples if not one.other_file] == [
        ("clocks_unread.sentAt", a, 1, '"half past seven"'),
        ("clocks_unread.sentAt", a, 2, json.dumps(LONG, ensure_ascii=False)[:120] + "..."),
        ("clocks_unread.sentAt", a, 9, '"noon"'),
        ("clocks_unread.timestamp", a, 4, '{"a": 1}'),
        ("not_ids", a, 6, '" Undefined "'),
        ("not_ids", a, 7, '"nan"'),
    ]
    assert [one for one in note.samples if one.other_file] == [
        NoticedSample("id_conflicts", b, 1, "m-8", "", a, 8, ("event",)),
        NoticedSample("id_conflicts", b, 2, "m-8", "", a, 8, ("user", "timestamp")),
    ]
    assert decode_note(encode_note(note), "note") == note
    texts = [text for texts in find_examples(note.samples).values() for text in texts]
    assert all(text.isprintable() and len(text) < 400 for text in texts)
    assert f"{b}:2 has the id m-8 of {a}:8, and another user, timestamp" in texts
    assert forget(replace(where.settings, erasure_key=KEY), Persons(frozenset({"w"})))
    assert [(one.name, one.line) for one in read_first(where).samples] == [
        ("clocks_unread.sentAt", 1), ("clocks_unread.sentAt", 2), ("clocks_unread.sentAt", 10),
        ("clocks_unread.timestamp", 4), ("id_conflicts", 1), ("not_ids", 7),
    ]  # fmt: skip


def test_the_same_samples_are_kept_whatever_the_order_in_which_they_are_found() -> None:
    found = [NoticedSample("not_ids", file, line, "m") for file in "ba" for line in (3, 1, 2)]
    kept = [("a", 1), ("a", 2), ("a", 3)]
    assert [(one.file, one.line) for one in first_samples(found)] == kept
    assert [(one.file, one.line) for one in first_samples([*reversed(found), *found])] == kept
