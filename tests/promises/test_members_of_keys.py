"""Promises 1 and 2 where parts of keys are members: the same events under several keys, with and without ids."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.events import Mapping
from tests.drive import Place, archive_hours, load_archive, place
from tests.independent.event import Mapped
from tests.independent.reader import ArchiveFile
from tests.promises.proof import prove, read_again

LAYOUT = "app={member:context.app}/{member:event}/dt={date}/hr={hour}/{member:kind}-*"
MAPPED: Mapped = {
    "skip": {"path": "kind", "values": ["control"]},
    "parse": ["props"],
    "type": {"path": "kind", "values": {"page": "page"}, "default": "track"},
    "message_id": "messageId",
    "event": {"first": ["name", "event"], "default": "none"},
    "received_at": "receivedAt",
    "context": "context",
    "properties": "props",
}
APPS = ("iOS", "web%20shop", "__HIVE_DEFAULT_PARTITION__", "", "a%2Fb", "caf\u00e9", "100%", "%FF", "%00")
KINDS = ("track", "page", "control")
CONTEXTS: tuple[object, ...] = (
    None,
    "",
    {},
    [],
    [""],
    "plain",
    7,
    {"app": "own"},
    {"app": None, "ip": "203.0.113.7"},
    '{"ip": "198.51.100.1"}',
)


def lines_of(chance: random.Random) -> list[bytes]:
    """Events with and without an id, a context and an event of their own, and junk between them."""
    lines = []
    for _ in range(30):
        event: dict[str, object] = {"n": chance.randint(0, 3)}
        if chance.random() < 0.6:
            event["messageId"] = f"m-{chance.randint(1, 25)}"
        if chance.random() < 0.8:
            event["context"] = chance.choice(CONTEXTS)
        if chance.random() < 0.3:
            event |= {"event": chance.choice(("Own", "", None)), "kind": chance.choice((*KINDS, None, ["track"]))}
        event |= {"type": "track", "receivedAt": f"2026-01-31T0{chance.randint(6, 8)}:00:00Z", "props": '{"x": 1}'}
        text = json.dumps(event).encode()
        lines.append(text if chance.random() < 0.9 else chance.choice((text[:-1], b"junk " + text, b'"text"', b"")))
    return lines


def write_keys(archive: Path, chance: random.Random) -> list[ArchiveFile]:
    """A file for each part, in two hours. A file often has the lines of another, under other parts."""
    files, several = [], [lines_of(chance) for _ in range(4)]
    for number in range(len(APPS)):
        app, event, kind = APPS[number % len(APPS)], chance.choice(("Order Paid", "x=y")), chance.choice(KINDS)
        hour = datetime(2026, 1, 31, 7 + number % 2, tzinfo=UTC)
        path = archive / f"app={app}/{event}/dt=2026-01-31/hr={hour.hour:02}/{kind}-{number}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"\n".join(chance.choice(several)), mtime=0))
        parts = (("context.app", app), ("event", event), ("kind", kind))
        files.append(ArchiveFile(hour, path, parts=parts))
    return files


def loaded(archive: Path, folder: Path, mapping: Mapped | None, *, backwards: bool) -> Place:
    where = place(archive, folder, layout=LAYOUT)
    parsed = None if mapping is None else Mapping.parse(mapping)
    where = replace(where, source=replace(where.source, mapping=parsed))
    load_archive(where, reversed(archive_hours(where)) if backwards else None)
    return where


@pytest.mark.parametrize(("mapping", "backwards"), [(None, False), (MAPPED, True)], ids=["ours", "mapped"])
def test_every_row_is_that_of_the_independent_reader(
    mapping: Mapped | None, tmp_path: Path, *, backwards: bool
) -> None:
    archive = tmp_path / "archive"
    again = read_again(write_keys(archive, random.Random(5)), mapping)
    where = loaded(archive, tmp_path / "loaded", mapping, backwards=backwards)
    prove(where, again)
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        apps = "SELECT DISTINCT context_app FROM events.tracks"
        found = {row[0] for row in warehouse.execute(apps).fetchall()}
    assert found >= {None, "own", "iOS", "web shop", "a/b"}
