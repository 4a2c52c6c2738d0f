"""Lines that are no events by the mapping: left out, and counted as such."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_assets.archive.decoding.chunks import read_chunks
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.events.chunk import Block
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.skipped import Skip, drop_skipped
from event_assets.events.normalize import normalize

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
SKIP = Skip(("meta", "kind"), ("control", "test"))

LINES = {
    b'{"meta":{"kind":"control"}}': True,
    b'{"x":1, "meta": {"kind": "event", "kind": "test"}}': True,
    b'{"meta":{"kind":"event"},"note":"control"}': False,
    b'{"meta":"control"}': False,
    b'{"meta":{"kind":["control"]}}': False,
    b"control": False,
    b'{"meta":{"kind":"control"}': False,
    b'{"meta":{"kind":"control"},"x":"\xff"}': False,
}


@pytest.mark.parametrize("line", LINES)
def test_only_a_sound_line_with_the_text_at_the_path_is_marked(line: bytes) -> None:
    assert SKIP.marks(line) is LINES[line]


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        (b"{}", True),
        (b'{"meta":null}', True),
        (b'{"meta":{"kind":""}}', True),
        (b'{"meta":{"kind":"event"}}', False),
        (b'{"meta":{"kind":7}}', False),
        (b'{"meta":{"kind":"test"}}', True),
        (b'"control"', False),
        (b"[]", False),
    ],
)
def test_a_part_of_the_key_marks_lines_that_have_nothing_there(line: bytes, *, marked: bool) -> None:
    assert SKIP.marks(line, {("meta", "kind"): "control"}) is marked
    assert SKIP.marks(line, {("meta", "kind"): "event"}) is (marked and b"test" in line)


def test_the_other_lines_keep_their_places() -> None:
    values = list(LINES)
    block = Block("f", values, range(1, 9), range(0, 80, 10), [value + b" " for value in values])
    left, dropped = drop_skipped(block, SKIP)
    assert (left.values, list(left.lines), list(left.offsets)) == (
        values[2:],
        [3, 4, 5, 6, 7, 8],
        list(range(20, 80, 10)),
    )
    assert left.sent == [value + b" " for value in values[2:]]
    assert dropped == 2
    assert drop_skipped(left, SKIP) == (left, 0)


def test_skipped_lines_are_counted_apart_from_lines_and_events(tmp_path: Path) -> None:
    (tmp_path / "2026/01/31/07").mkdir(parents=True)
    (tmp_path / "2026/01/31/07/a.json").write_bytes(
        b'{"kind":"control"}\n{"kind":"data","type":"track","messageId":"m-1"}\n{"kind":"control"}\n'
    )
    (tmp_path / "2026/01/31/07/b.json").write_bytes(b'{"kind":"control"}\n')
    mapping = Mapping.parse(
        {"skip": {"path": "kind", "values": ["control"]}, "type": "type", "message_id": "messageId"}
    )
    source = ArchiveSource(str(tmp_path), layout="{year}/{month}/{day}/{hour}/*", mapping=mapping)
    (chunk,) = read_chunks(source, list_hours(source).hours[HOUR])
    read = normalize(chunk, hour=HOUR, mapping=mapping)
    assert read.events["id"].to_list() == ["m-1"]
    assert read.events["_line"].to_list() == [2]
    assert [(end.file[-6:], end.lines) for end in read.ends] == [("a.json", 1), ("b.json", 0)]
    assert {file[-6:]: counts for file, counts in read.noticed.items()} == {
        "a.json": {"skipped": 2},
        "b.json": {"skipped": 1},
    }
